#ifndef HEAPD_CLIENT_HEAPLOAD_RECORD_LIVE_COUNTS_H_
#define HEAPD_CLIENT_HEAPLOAD_RECORD_LIVE_COUNTS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "client/heapd/client.h"
#include "client/heapload/record/recording.pb.h"

namespace heapd::heapload {

// The class under which objects are counted that only sessions hold: the API
// says how many there are and not which.
inline constexpr char kHeldBySessions[] = "(held by sessions)";
// And that of interned strings.
inline constexpr char kStrings[] = "(string)";

// Collects a heap (a major collection) and counts what lives: totals from
// GetStats, and objects and bytes of each class that roots reach, by reading
// the graph in pieces of 1,000 objects. Nobody may use the heap meanwhile.
// Takes about 30 bytes an object. Errors of the daemon.
absl::StatusOr<recording::HeapCounts> CountLiveObjects(client::Client& client,
                                                       const std::string& heap);

// One figure that was counted twice.
struct CountRow {
  std::string name;
  uint64_t recorded = 0;
  uint64_t replayed = 0;
};

// Totals, then classes in the order of their names. Everything in it is equal
// if the same lives: bytes are of payloads, which do not depend on where the
// collector put things.
std::vector<CountRow> CompareCounts(const recording::HeapCounts& recorded,
                                    const recording::HeapCounts& replayed);

}  // namespace heapd::heapload

#endif  // HEAPD_CLIENT_HEAPLOAD_RECORD_LIVE_COUNTS_H_
