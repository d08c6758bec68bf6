#ifndef HEAPD_HEAP_BASE_SHARDED_MAP_H_
#define HEAPD_HEAP_BASE_SHARDED_MAP_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "absl/container/flat_hash_map.h"

namespace heapd {

// A map from 64-bit ids, in parts that grow and shrink each on its own: one map
// of a hundred thousand entries takes milliseconds to move to a larger table,
// during which nothing else happens in a heap. A part that becomes empty gives
// its memory back. Thread-compatible; pointers to values go bad as those into a
// flat_hash_map do.
template <typename Value>
class ShardedMap {
 public:
  using Part = absl::flat_hash_map<uint64_t, Value>;
  static constexpr size_t kParts = 64;

  size_t size() const { return size_; }
  bool contains(uint64_t id) const { return PartOf(id).contains(id); }
  // Null when there is none.
  Value* Find(uint64_t id) { return FindIn(PartOf(id), id); }
  const Value* Find(uint64_t id) const { return FindIn(PartOf(id), id); }

  // False, and nothing changed, when there is one with that id.
  bool Insert(uint64_t id, Value value) {
    const bool is_new = PartOf(id).try_emplace(id, std::move(value)).second;
    if (is_new) ++size_;
    return is_new;
  }

  // REQUIRES: there is one.
  Value Extract(uint64_t id) {
    Part& part = PartOf(id);
    const auto found = part.find(id);
    Value value = std::move(found->second);
    part.erase(found);
    if (part.empty()) part = Part();
    --size_;
    return value;
  }

  // REQUIRES: `i` < kParts.
  const Part& part(size_t i) const { return parts_[i]; }

  // Over pairs of id and value, part after part.
  class Iterator {
   public:
    const typename Part::value_type& operator*() const { return *at_; }
    Iterator& operator++() {
      ++at_;
      SkipEnds();
      return *this;
    }
    friend bool operator==(const Iterator& a, const Iterator& b) {
      return a.part_ == b.part_ && (a.part_ == a.end_ || a.at_ == b.at_);
    }

   private:
    friend class ShardedMap;

    Iterator(const Part* part, const Part* end) : part_(part), end_(end) {
      if (part_ != end_) at_ = part_->begin();
      SkipEnds();
    }
    void SkipEnds() {
      while (part_ != end_ && at_ == part_->end()) {
        if (++part_ != end_) at_ = part_->begin();
      }
    }

    const Part* part_;
    const Part* const end_;
    typename Part::const_iterator at_;
  };
  Iterator begin() const { return {parts_.data(), parts_.data() + kParts}; }
  Iterator end() const {
    return {parts_.data() + kParts, parts_.data() + kParts};
  }

 private:
  template <typename MaybeConstPart>
  static auto FindIn(MaybeConstPart& part, uint64_t id)
      -> decltype(&part.find(id)->second) {
    const auto found = part.find(id);
    return found == part.end() ? nullptr : &found->second;
  }

  // Ids need not be random: Knuth's multiplicative hash.
  static size_t Number(uint64_t id) { return (id * 0x9e3779b97f4a7c15u) >> 58; }
  static_assert(kParts == size_t{1} << (64 - 58));
  Part& PartOf(uint64_t id) { return parts_[Number(id)]; }
  const Part& PartOf(uint64_t id) const { return parts_[Number(id)]; }

  std::array<Part, kParts> parts_;
  size_t size_ = 0;
};

}  // namespace heapd

#endif  // HEAPD_HEAP_BASE_SHARDED_MAP_H_
