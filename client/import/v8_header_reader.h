#ifndef HEAPD_CLIENT_IMPORT_V8_HEADER_READER_H_
#define HEAPD_CLIENT_IMPORT_V8_HEADER_READER_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "client/import/v8_layout.h"

namespace heapd::importer {

// Picks a V8Header out of the events within the "snapshot" section. `depth`
// counts open objects and arrays: 2 within the section itself, 3 within its
// "meta", 4 within a list there, 5 within a list in such a list.
//
// Single-threaded.
class V8HeaderReader {
 public:
  void OnKey(int depth, absl::string_view key);
  void OnArray(int depth);
  void OnNumber(int depth, uint64_t value);
  // INVALID_ARGUMENT if a list gets too long.
  absl::Status OnString(int depth, absl::string_view value);

  const V8Header& header() const { return header_; }

 private:
  std::vector<std::string>* ListFor(int depth);

  V8Header header_;
  std::string key_;
  std::string meta_key_;
  int inner_arrays_ = 0;  // begun in the list of meta_key_
};

}  // namespace heapd::importer

#endif  // HEAPD_CLIENT_IMPORT_V8_HEADER_READER_H_
