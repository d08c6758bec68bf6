#ifndef HEAPD_CLIENT_HEAPLOAD_RECORD_CALL_TRANSLATOR_H_
#define HEAPD_CLIENT_HEAPLOAD_RECORD_CALL_TRANSLATOR_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "client/heapload/record/recording.pb.h"
#include "client/heapload/record/ref_map.h"
#include "client/heapload/record/replay_strings.h"

namespace heapd::heapload {

// What the ids of a recorded heap are in the replay. The types of the contract
// have the same ids everywhere.
struct ReplayIds {
  std::string heap;  // its name in the replay
  RefMap refs;
  absl::flat_hash_map<uint64_t, uint64_t> sessions;
  absl::flat_hash_map<uint32_t, uint32_t> types = {{1, 1}};

  // As in a new heap.
  void Clear();
};

// What a recorded call needs before it can be sent.
enum class CallNeeds {
  kNothing,
  // An id that no answer has given so far.
  kRef,
  kSession,
  kType,
  // Something that a call would have made which failed in the replay.
  kLost,
};
CallNeeds NeedsOf(recording::Entry& entry, const ReplayIds& ids);

// How limits of heaps differ from those recorded.
struct ReplayLimits {
  std::optional<uint64_t> limit_bytes;
};

// Makes the recorded request one of the replay: names, ids, payloads and
// contents filled in. REQUIRES: it needs nothing.
void Translate(const ReplayLimits& limits, const ReplayIds& ids,
               ReplayStrings& strings, recording::Entry* entry);

// Learns ids from the same answer as it was recorded and as it was replayed.
void LearnAnswer(const recording::Entry& recorded,
                 const recording::Entry& replayed, ReplayIds* ids);
// The replayed call failed: what it would have made is lost.
void LoseAnswer(const recording::Entry& recorded, ReplayIds* ids);

}  // namespace heapd::heapload

#endif  // HEAPD_CLIENT_HEAPLOAD_RECORD_CALL_TRANSLATOR_H_
