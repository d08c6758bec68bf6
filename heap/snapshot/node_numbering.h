#ifndef HEAPD_HEAP_SNAPSHOT_NODE_NUMBERING_H_
#define HEAPD_HEAP_SNAPSHOT_NODE_NUMBERING_H_

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "absl/numeric/bits.h"
#include "heap/gc/mark_bitmap.h"
#include "heap/object/ref.h"

namespace heapd {

// Numbers marked objects in the order of their indices: an object's number is
// the count of mark bits below its own. So no map from objects to nodes is
// built, only a sum for every 512 bits. Copies the bits, which the next
// collection makes anew: about a bit and an eighth for an index. What a reduced
// snapshot shows is numbered in the same way. Immutable.
class NodeNumbering {
 public:
  explicit NodeNumbering(const MarkBitmap& marks)
      : NodeNumbering(CopyOf(marks)) {}
  // One bit for each index, the first in the lowest bit of the first word.
  explicit NodeNumbering(std::vector<uint64_t> marks)
      : words_(std::move(marks)) {
    // Index 0 is no object.
    if (!words_.empty()) words_[0] &= ~uint64_t{1};
    sums_.reserve(words_.size() / kWordsPerSum + 1);
    for (size_t word = 0; word < words_.size(); ++word) {
      if (word % kWordsPerSum == 0) sums_.push_back(count_);
      count_ += absl::popcount(words_[word]);
    }
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
    return number + absl::popcount(words_[word] & below);
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
        if (index < end) visit(index);
      }
    }
  }

 private:
  static constexpr size_t kWordsPerSum = 8;

  static std::vector<uint64_t> CopyOf(const MarkBitmap& marks) {
    std::vector<uint64_t> words((size_t{marks.end()} + 63) / 64);
    for (size_t word = 0; word < words.size(); ++word) {
      words[word] = marks.word(word);
    }
    return words;
  }

  std::vector<uint64_t> words_;
  std::vector<uint64_t> sums_;
  uint64_t count_ = 0;
};

}  // namespace heapd

#endif  // HEAPD_HEAP_SNAPSHOT_NODE_NUMBERING_H_
