#ifndef HEAPD_HEAP_OBJECT_SLOT_H_
#define HEAPD_HEAP_OBJECT_SLOT_H_

#include <atomic>
#include <cstdint>

#include "heap/object/ref.h"

namespace heapd {

// What a slot holds, as the heap stores it: one 32-bit tagged word.
//
//   31                                  2 1 0
//   +-------------------------------------+-+
//   | small integer, 31 bits              |1|
//   +-----------------------------------+-+-+
//   | index of the object, 30 bits      |w|0|   w = weak
//   +-----------------------------------+-+-+
//   all zero: null
//
// A marker follows a word when its lower two bits are 0: null then leads to
// index 0, which is always marked, so no branch tells null from strong refs.
class Slot {
 public:
  constexpr Slot() = default;
  static constexpr Slot FromWord(uint32_t word) { return Slot(word); }
  static constexpr Slot SmallInteger(int32_t value) {
    return Slot(static_cast<uint32_t>(value) << 1 | 1);
  }
  static constexpr Slot Strong(Index index) { return Slot(index << 2); }
  static constexpr Slot Weak(Index index) {
    return Slot(index << 2 | kWeakBit);
  }

  // Access to a slot of an object while a marker may read what the mutator
  // writes. Acquire and release: with a ref come the state of the chunk that
  // the object is in and, for an old object, the object.
  static Slot Load(const Slot* place) {
    return Slot(Word(place).load(std::memory_order_acquire));
  }
  static void Store(Slot* place, Slot value) {
    Word(place).store(value.word_, std::memory_order_release);
  }

  constexpr uint32_t word() const { return word_; }
  constexpr bool is_null() const { return word_ == 0; }
  constexpr bool is_small_integer() const { return (word_ & 1) != 0; }
  constexpr bool is_ref() const { return word_ != 0 && (word_ & 1) == 0; }
  constexpr bool is_weak() const { return (word_ & 3) == kWeakBit; }
  constexpr bool is_strong() const { return word_ != 0 && (word_ & 3) == 0; }

  constexpr int32_t small_integer() const {
    return static_cast<int32_t>(word_) >> 1;
  }
  // REQUIRES: is_ref().
  constexpr Index index() const { return word_ >> 2; }
  // The index that a marker goes on to; 0 unless is_strong().
  constexpr Index strong_index_or_zero() const {
    return (word_ & 3) == 0 ? word_ >> 2 : 0;
  }

  friend constexpr bool operator==(Slot, Slot) = default;

 private:
  static constexpr uint32_t kWeakBit = 2;

  explicit constexpr Slot(uint32_t word) : word_(word) {}
  static std::atomic_ref<uint32_t> Word(const Slot* place) {
    return std::atomic_ref<uint32_t>(const_cast<Slot*>(place)->word_);
  }

  uint32_t word_ = 0;
};

static_assert(sizeof(Slot) == 4, "table entries hold two slots in 8 bytes");

}  // namespace heapd

#endif  // HEAPD_HEAP_OBJECT_SLOT_H_
