#ifndef HEAPD_HEAP_SNAPSHOT_NODE_NUMBERING_H_
#define HEAPD_HEAP_SNAPSHOT_NODE_NUMBERING_H_

#include <cstdint>
#include <vector>

#include "absl/numeric/bits.h"
#include "heap/gc/mark_bitmap.h"
#include "heap/object/ref.h"

namespace heapd {

// Numbers marked objects in the order of their indices: an object's number is
// the count of mark bits below its own. So no map from objects to nodes is
// built, only a sum for every 512 bits.
// REQUIRES: the bitmap does not change meanwhile. Const calls are thread-safe.
class NodeNumbering {
 public:
  explicit NodeNumbering(const MarkBitmap& marks) : marks_(marks) {
    uint64_t sum = 0;
    const size_t words = (size_t{marks.end()} + 63) / 64;
    for (size_t word = 0; word < words; ++word) {
      if (word % kWordsPerSum == 0) sums_.push_back(sum);
      sum += absl::popcount(marks.word(word));
    }
    // Index 0 is always marked and no object.
    count_ = sum == 0 ? 0 : sum - 1;
  }

  // REQUIRES: marked.
  uint64_t NumberOf(Index index) const {
    const size_t word = index / 64;
    uint64_t number = sums_[word / kWordsPerSum];
    for (size_t w = word / kWordsPerSum * kWordsPerSum; w < word; ++w) {
      number += absl::popcount(marks_.word(w));
    }
    const uint64_t below = (uint64_t{1} << (index % 64)) - 1;
    return number + absl::popcount(marks_.word(word) & below) - 1;
  }
  uint64_t count() const { return count_; }

  // Calls `visit(Index)` for each object in the order of their numbers.
  template <typename Visit>
  void ForEach(Visit visit) const {
    const size_t words = (size_t{marks_.end()} + 63) / 64;
    for (size_t word = 0; word < words; ++word) {
      for (uint64_t bits = marks_.word(word); bits != 0; bits &= bits - 1) {
        const Index index =
            static_cast<Index>(word * 64 + absl::countr_zero(bits));
        if (index != 0) visit(index);
      }
    }
  }

 private:
  static constexpr size_t kWordsPerSum = 8;

  const MarkBitmap& marks_;
  std::vector<uint64_t> sums_;
  uint64_t count_ = 0;
};

}  // namespace heapd

#endif  // HEAPD_HEAP_SNAPSHOT_NODE_NUMBERING_H_
