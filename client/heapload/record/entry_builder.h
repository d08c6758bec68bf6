#ifndef HEAPD_CLIENT_HEAPLOAD_RECORD_ENTRY_BUILDER_H_
#define HEAPD_CLIENT_HEAPLOAD_RECORD_ENTRY_BUILDER_H_

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "client/heapload/record/observed_call.h"
#include "client/heapload/record/recording.pb.h"
#include "client/heapload/record/ref_sights.h"
#include "client/heapload/record/request_masker.h"
#include "client/heapload/record/session_watch.h"

namespace heapd::heapload {

// Which calls are recorded, and how.
struct RecordedScope {
  // Only these heaps; all if empty.
  absl::flat_hash_set<std::string> heaps = {};
  RecordedNames names = RecordedNames::kKeep;
};

// Makes entries of what passes the proxy, in the order of the answers: of calls
// that change a heap or renew a session, and of what other calls tell about
// leases and refs. Single-threaded.
class EntryBuilder {
 public:
  explicit EntryBuilder(RecordedScope scope);

  // A heap that is there when the recording begins. No entry if it is not in
  // the scope.
  std::vector<recording::Entry> FoundHeap(recording::HeapFound found);
  // What the call adds to the recording, usually one entry or none.
  std::vector<recording::Entry> Observed(ObservedCall call);
  // Sessions that ended by themselves. `next_number`: of the next call.
  std::vector<recording::Entry> Expired(int64_t now_nanos,
                                        int64_t oldest_call_nanos,
                                        uint64_t next_number);

  // Hashes the names of classes, if names are hashed.
  void MaskCounts(recording::HeapCounts* counts) const;

  // Heaps that recorded calls were about, in the order of their names.
  std::vector<std::string> Heaps() const;

 private:
  using Entries = std::vector<recording::Entry>;

  bool InScope(const std::string& heap) const;
  void ReadRequest(ObservedCall& call, recording::Entry* entry);
  void InheritOnStream(const ObservedCall& call, v1::ApplyRequest* request);
  // Parses the answer into the entry and follows what it says.
  void ReadAnswer(ObservedCall& call, recording::Entry* entry, Entries* more);
  void ReadPipelineAnswer(ObservedCall& call, recording::Entry* entry);
  void FollowSession(const ObservedCall& call, const recording::Entry& entry);
  Entries ObservedRead(ObservedCall& call);
  Entries StreamEnd(const ObservedCall& call);

  const RecordedScope scope_;
  const RequestMasker masker_;
  SessionWatch sessions_;
  RefSights sights_;
  absl::flat_hash_set<std::string> heaps_;
  // Heap and session of the request before, by stream.
  absl::flat_hash_map<uint32_t, std::pair<std::string, uint64_t>> streams_;
};

}  // namespace heapd::heapload

#endif  // HEAPD_CLIENT_HEAPLOAD_RECORD_ENTRY_BUILDER_H_
