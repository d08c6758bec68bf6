#ifndef HEAPD_HEAP_SNAPSHOT_KEPT_OBJECTS_H_
#define HEAPD_HEAP_SNAPSHOT_KEPT_OBJECTS_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/numeric/bits.h"
#include "absl/status/statusor.h"
#include "heap/base/memory_budget.h"
#include "heap/snapshot/snapshot_capture.h"
#include "heap/snapshot/snapshot_sink.h"
#include "heap/snapshot/snapshot_spill.h"

namespace heapd {

// The objects of a captured graph that a reduced snapshot shows, numbered anew
// in the same order. Objects are named by their number in the graph. Immutable.
class KeptObjects {
 public:
  // Those that meet every condition of the reduction, and what is on a shortest
  // path from what holds each of them: a viewer has to reach it. Errors of the
  // spill; RESOURCE_EXHAUSTED (SNAPSHOT_BUDGET) as AnalyzeCapturedGraph().
  static absl::StatusOr<KeptObjects> Select(const SnapshotCapture& capture,
                                            SnapshotSpill* spill,
                                            const SnapshotReduction& reduction,
                                            MemoryBudget* budget);

  bool Contains(uint64_t object) const {
    return (words_[object / 64] >> (object % 64) & 1) != 0;
  }
  // REQUIRES: Contains().
  uint64_t NumberOf(uint64_t object) const {
    const uint64_t below = (uint64_t{1} << (object % 64)) - 1;
    return sums_[object / 64] + absl::popcount(words_[object / 64] & below);
  }
  uint64_t count() const { return count_; }

 private:
  // By object.
  explicit KeptObjects(const std::vector<bool>& kept);

  std::vector<uint64_t> words_;
  std::vector<uint32_t> sums_;  // of the bits in all words before
  uint64_t count_ = 0;
};

}  // namespace heapd

#endif  // HEAPD_HEAP_SNAPSHOT_KEPT_OBJECTS_H_
