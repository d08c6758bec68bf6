#ifndef HEAPD_CLIENT_HEAPLOAD_RECORD_REPLAY_OUTCOME_H_
#define HEAPD_CLIENT_HEAPLOAD_RECORD_REPLAY_OUTCOME_H_

#include <cstdint>
#include <map>
#include <ostream>
#include <string>
#include <vector>

#include "client/heapload/record/live_counts.h"
#include "nlohmann/json.hpp"

namespace heapd::heapload {

// What a replay did and found, as plain data.
struct ReplayOutcome {
  // A heap that was counted at the end of the recording and of the replay.
  struct Heap {
    std::string recorded_name;
    std::string replayed_name;
    uint64_t recorded_used_bytes = 0;
    uint64_t replayed_used_bytes = 0;
    std::vector<CountRow> rows;
    bool equal = false;
  };

  uint64_t recorded_calls = 0;
  // Of those, by what became of them:
  uint64_t ok = 0;
  // Failed in the recording already, without effect; not sent.
  uint64_t failed_in_recording = 0;
  // Sent and refused, by reason or code, though the recording has an answer.
  std::map<std::string, uint64_t> failed;
  // Not sent, for want of something that a refused call would have made.
  uint64_t depend_on_failed = 0;
  // Not sent: they use objects or types that are not in the recording, such as
  // those that were there before it began.
  uint64_t unknown_ids = 0;

  // Of those that were sent: in the recording nobody knows what became of them.
  uint64_t unknown_outcome = 0;
  // Sent again after OVERLOADED.
  uint64_t sent_again = 0;

  double seconds = 0;
  double recorded_seconds = 0;
  // Calls that were sent later than their time, for want of an answer, by more
  // than 10 ms; and the longest of all.
  uint64_t late = 0;
  double longest_late_seconds = 0;

  std::vector<Heap> heaps;  // empty if the recording has no counts
  // What is missing at the end of the recording; empty if nothing is.
  std::string cut_off;

  bool compared() const { return !heaps.empty(); }
  bool equal() const;
  // Why counts may differ, one sentence each.
  std::vector<std::string> Reasons() const;
};

void PrintOutcome(const ReplayOutcome& outcome, std::ostream& out);
nlohmann::ordered_json ToJson(const ReplayOutcome& outcome);

}  // namespace heapd::heapload

#endif  // HEAPD_CLIENT_HEAPLOAD_RECORD_REPLAY_OUTCOME_H_
