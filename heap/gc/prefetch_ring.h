#ifndef HEAPD_HEAP_GC_PREFETCH_RING_H_
#define HEAPD_HEAP_GC_PREFETCH_RING_H_

#include <array>
#include <cstddef>

namespace heapd {

// A delay line: what goes in comes out kLength exchanges later. The time
// between is what a prefetch has. Starts full of zeros. Single-threaded.
template <typename T, size_t kLength>
class PrefetchRing {
 public:
  static constexpr size_t size() { return kLength; }

  T Exchange(T in) {
    T& place = items_[position_ % kLength];
    const T out = place;
    place = in;
    ++position_;
    return out;
  }

 private:
  static_assert((kLength & (kLength - 1)) == 0, "a power of two");

  std::array<T, kLength> items_{};
  size_t position_ = 0;
};

}  // namespace heapd

#endif  // HEAPD_HEAP_GC_PREFETCH_RING_H_
