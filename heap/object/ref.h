#ifndef HEAPD_HEAP_OBJECT_REF_H_
#define HEAPD_HEAP_OBJECT_REF_H_

#include <compare>
#include <cstdint>

namespace heapd {

// Where an object's entry is in the object table. 0 is no object.
using Index = uint32_t;

// Names one object for its whole life: `incarnation << 32 | index`. The
// incarnation grows each time the index is used again, so a ref outlives its
// object without ever naming another one. A value; 0 is no object.
class Ref {
 public:
  constexpr Ref() = default;
  explicit constexpr Ref(uint64_t bits) : bits_(bits) {}
  constexpr Ref(Index index, uint32_t incarnation)
      : bits_(uint64_t{incarnation} << 32 | index) {}

  constexpr uint64_t bits() const { return bits_; }
  constexpr Index index() const { return static_cast<Index>(bits_); }
  constexpr uint32_t incarnation() const {
    return static_cast<uint32_t>(bits_ >> 32);
  }
  constexpr bool is_null() const { return bits_ == 0; }

  friend constexpr auto operator<=>(Ref, Ref) = default;

 private:
  uint64_t bits_ = 0;
};

}  // namespace heapd

#endif  // HEAPD_HEAP_OBJECT_REF_H_
