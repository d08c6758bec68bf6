#ifndef HEAPD_CLIENT_HEAPLOAD_RECORD_REQUEST_MASKER_H_
#define HEAPD_CLIENT_HEAPLOAD_RECORD_REQUEST_MASKER_H_

#include <string>

#include "client/heapload/record/keyed_hash.h"
#include "client/heapload/record/recording.pb.h"

namespace heapd::heapload {

// What becomes of names of roots, types and slots.
enum class RecordedNames { kKeep, kHash };

// Takes out of requests what a recording must not hold: bytes of payloads,
// contents of strings, labels and request ids. Fields that this program does
// not know are dropped too, since nobody can say what is in them.
//
// Thread-compatible.
class RequestMasker {
 public:
  explicit RequestMasker(RecordedNames names) : names_(names) {}

  // Masks the request in the entry, and notes sizes and hashes beside it.
  void Mask(recording::Entry* entry) const;
  void MaskType(v1::Type* type) const;
  // A name of a root, type or slot.
  void MaskName(std::string* name) const;

 private:
  void MaskBatch(v1::Batch* batch, recording::Entry* entry) const;

  const RecordedNames names_;
  KeyedHash hash_;
};

}  // namespace heapd::heapload

#endif  // HEAPD_CLIENT_HEAPLOAD_RECORD_REQUEST_MASKER_H_
