#ifndef HEAPD_TESTS_BENCH_LAYOUT_SLOT_VALUE_H_
#define HEAPD_TESTS_BENCH_LAYOUT_SLOT_VALUE_H_

#include <cstdint>

namespace heapd::layout_bench {

// A 32-bit tagged slot value:
//
//   31                                2 1 0
//   +----------------------------------+-+-+
//   | index of the object (30 bits)    |w|0|   w = 1: weak; all zero: null
//   +----------------------------------+-+-+
//   | small integer (31 bits)            |1|
//   +------------------------------------+-+
using SlotValue = uint32_t;

inline SlotValue StrongRef(uint32_t index) { return index << 2; }

// The object that the value keeps alive, or 0, the null object, for every other
// value. Compiles to a conditional move: marking has no branch on the tag.
inline uint32_t StrongIndexOrNull(SlotValue value) {
  return (value & 3) == 0 ? value >> 2 : 0;
}

// What a client names an object by.
inline uint64_t MakeRef(uint16_t incarnation, uint32_t index) {
  return uint64_t{incarnation} << 32 | index;
}

}  // namespace heapd::layout_bench

#endif  // HEAPD_TESTS_BENCH_LAYOUT_SLOT_VALUE_H_
