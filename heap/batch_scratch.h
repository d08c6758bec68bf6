#ifndef HEAPD_HEAP_BATCH_SCRATCH_H_
#define HEAPD_HEAP_BATCH_SCRATCH_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "heap/batch.h"

namespace heapd {

// Which objects of a batch need not be made: *scratch*, allocated unheld and at
// its end reached by nothing, as an object is that a compiler's escape analysis
// finds to stay in its function (Choi et al., "Escape analysis for Java",
// 1999).
//
// Seen from the columns alone, before anything is applied, so cautious: an
// object is scratch if its local ref is used for nothing but initial values of
// other scratch. Since a local ref names an earlier operation, one look from
// the last operation to the first finds that out.
//
// Costs nothing for a batch without unheld allocations. A value; single-
// threaded.
class BatchScratch {
 public:
  // Nothing is scratch until Find(). REQUIRES: `batch` outlives this.
  explicit BatchScratch(const BatchView& batch) : batch_(batch) {}

  // Call once. Nothing is scratch in a batch whose columns are too short: the
  // applier will refuse it.
  void Find();

  bool IsScratch(size_t operation) const {
    return !needed_.empty() && needed_[operation] == 0;
  }

 private:
  // An allocation with initial values, and where they are.
  struct Allocation {
    uint32_t operation;
    uint32_t first_value;
    uint32_t value_count;
  };

  // False when a column is too short.
  bool LookAhead();
  bool Look(OperationKind kind, size_t operation);
  bool LookAtAllocation(size_t operation, bool held);
  bool SkipNumber() { return number_++ < batch_.numbers.size(); }
  bool TakeRef() {
    if (ref_ >= batch_.refs.size()) return false;
    const uint64_t bits = batch_.refs[ref_++];
    if ((bits & kLocalRefBit) != 0) Need(bits & ~kLocalRefBit);
    return true;
  }
  void NeedIfLocal(uint64_t value_bits);
  void Need(uint64_t operation) {
    if (operation < needed_.size()) needed_[operation] = 1;
  }

  const BatchView& batch_;
  size_t ref_ = 0;  // of the columns, what the next operation takes
  size_t number_ = 0;
  size_t value_ = 0;
  std::vector<Allocation> allocations_;
  std::vector<uint8_t> needed_;  // by operation; empty when nothing is scratch
};

}  // namespace heapd

#endif  // HEAPD_HEAP_BATCH_SCRATCH_H_
