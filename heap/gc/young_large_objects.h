#ifndef HEAPD_HEAP_GC_YOUNG_LARGE_OBJECTS_H_
#define HEAPD_HEAP_GC_YOUNG_LARGE_OBJECTS_H_

#include <cstdint>
#include <utility>
#include <vector>

#include "heap/object/ref.h"

namespace heapd {

// Objects with a large payload that have not been promoted yet, by age. They
// are never copied: a scavenge frees them or lets them get older. An index can
// be in it more than once, or belong to another object by now.
// Thread-compatible.
class YoungLargeObjects {
 public:
  // A scavenge is due when so much was allocated since the last one.
  static constexpr uint64_t kDueBytes = uint64_t{8} << 20;

  void Add(Index object, uint64_t bytes) {
    nursery_.push_back(object);
    nursery_bytes_ += bytes;
  }
  bool IsDue() const { return nursery_bytes_ >= kDueBytes; }
  bool empty() const { return nursery_.empty() && intermediate_.empty(); }

  // Takes all out: those that survived once, and those that did not yet.
  std::vector<Index> TakeIntermediate() {
    return std::exchange(intermediate_, {});
  }
  std::vector<Index> TakeNursery() {
    nursery_bytes_ = 0;
    return std::exchange(nursery_, {});
  }
  // Survived for the first time.
  void AddIntermediate(Index object) { intermediate_.push_back(object); }

  template <typename Visit>
  void ForEach(Visit visit) const {
    for (const Index object : nursery_) visit(object);
    for (const Index object : intermediate_) visit(object);
  }

 private:
  std::vector<Index> nursery_;
  std::vector<Index> intermediate_;
  uint64_t nursery_bytes_ = 0;
};

}  // namespace heapd

#endif  // HEAPD_HEAP_GC_YOUNG_LARGE_OBJECTS_H_
