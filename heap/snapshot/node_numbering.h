#ifndef HEAPD_HEAP_SNAPSHOT_NODE_NUMBERING_H_
#define HEAPD_HEAP_SNAPSHOT_NODE_NUMBERING_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/numeric/bits.h"
#include "heap/gc/mark_bitmap.h"
#include "heap/object/ref.h"

namespace heapd {

// Numbers marked objects in the order of their indices: an object's number is
// the count of mark bits below its own. So no map from objects to nodes is
// built, only a sum for every 512 bits. Copies the bits, which the next
// collection makes anew: about a bit and an eighth for an index. Immutable.
class NodeNumbering {
 public:
  explicit NodeNumbering(const MarkBitmap& marks) {
    const size_t words = (size_t{marks.end()} + 63) / 64;
    words_.reserve(words);
    sums_.reserve(words / kWordsPerSum + 1);
    uint64_t sum = 0;
    for (size_t word = 0; word < words; ++word) {
      if (word % kWordsPerSum == 0) sums_.push_back(sum);
      words_.push_back(marks.word(word));
      sum += absl::popcount(words_.back());
    }
    // Index 0 is always marked and no object.
    count_ = sum == 0 ? 0 : sum - 1;
  }
  // Bytes that numbering indices below `end` takes, about.
  static uint64_t BytesFor(Index end) { return uint64_t{end} / 7 + 64; }

  bool IsNumbered(Index index) const {
    return index / 64 < words_.size() &&
           (words_[index / 64] >> (index % 64) & 1) != 0;
  }
  // REQUIRES: IsNumbered().
  uint64_t NumberOf(Index index) const {
    const size_t word = index / 64;
    uint64_t number = sums_[word / kWordsPerSum];
    for (size_t w = word / kWordsPerSum * kWordsPerSum; w < word; ++w) {
      number += absl::popcount(words_[w]);
    }
    const uint64_t below = (uint64_t{1} << (index % 64)) - 1;
    return number + absl::popcount(words_[word] & below) - 1;
  }
  uint64_t count() const { return count_; }
  // All indices are below.
  Index end() const { return static_cast<Index>(words_.size() * 64); }

  // Calls `visit(Index)` for each object in [first, end) in the order of their
  // numbers. REQUIRES: `first` is a multiple of 64.
  template <typename Visit>
  void ForEach(Index first, Index end, Visit visit) const {
    for (size_t word = first / 64; word < words_.size() && word * 64 < end;
         ++word) {
      for (uint64_t bits = words_[word]; bits != 0; bits &= bits - 1) {
        const Index index =
            static_cast<Index>(word * 64 + absl::countr_zero(bits));
        if (index != 0 && index < end) visit(index);
      }
    }
  }

 private:
  static constexpr size_t kWordsPerSum = 8;

  std::vector<uint64_t> words_;
  std::vector<uint64_t> sums_;
  uint64_t count_ = 0;
};

}  // namespace heapd

#endif  // HEAPD_HEAP_SNAPSHOT_NODE_NUMBERING_H_
