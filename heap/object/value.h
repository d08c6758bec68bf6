#ifndef HEAPD_HEAP_OBJECT_VALUE_H_
#define HEAPD_HEAP_OBJECT_VALUE_H_

#include <compare>
#include <cstdint>

#include "heap/object/ref.h"

namespace heapd {

// What a slot holds, as clients see it: null, a small integer, a strong ref or
// a weak ref. One 64-bit word whose upper four bits say which, the encoding of
// Batch.values in proto/heapd/v1/batch.proto. In a batch a ref can be local:
// the number of an earlier operation that yields the object. A value.
class Value {
 public:
  static constexpr int32_t kMinSmallInteger = -(1 << 30);
  static constexpr int32_t kMaxSmallInteger = (1 << 30) - 1;

  enum class Kind : uint8_t {
    kNull,
    kSmallInteger,
    kStrong,
    kWeak,
    kLocalStrong,
    kLocalWeak,
    kMalformed,
  };

  constexpr Value() = default;
  explicit constexpr Value(uint64_t bits) : bits_(bits) {}

  static constexpr Value Null() { return Value(); }
  static constexpr Value SmallInteger(int32_t value) {
    return Value(uint64_t{kSmallIntegerTag} << kTagShift |
                 static_cast<uint32_t>(value));
  }
  static constexpr Value Strong(Ref ref) { return Value(ref.bits()); }
  static constexpr Value Weak(Ref ref) {
    return Value(uint64_t{kWeakTag} << kTagShift | ref.bits());
  }
  static constexpr Value LocalStrong(uint32_t operation) {
    return Value(uint64_t{kLocalStrongTag} << kTagShift | operation);
  }
  static constexpr Value LocalWeak(uint32_t operation) {
    return Value(uint64_t{kLocalWeakTag} << kTagShift | operation);
  }

  constexpr uint64_t bits() const { return bits_; }

  constexpr Kind kind() const {
    switch (bits_ >> kTagShift) {
      case 0:
        return bits_ == 0 ? Kind::kNull : Kind::kStrong;
      case kWeakTag:
        return Kind::kWeak;
      case kSmallIntegerTag:
        return FitsSmallInteger() ? Kind::kSmallInteger : Kind::kMalformed;
      case kLocalStrongTag:
        return FitsLocal() ? Kind::kLocalStrong : Kind::kMalformed;
      case kLocalWeakTag:
        return FitsLocal() ? Kind::kLocalWeak : Kind::kMalformed;
      default:
        return Kind::kMalformed;
    }
  }

  // REQUIRES: the kind that the name says.
  constexpr int32_t small_integer() const {
    return static_cast<int32_t>(static_cast<uint32_t>(bits_));
  }
  constexpr Ref ref() const { return Ref(bits_ & kRefMask); }
  constexpr uint32_t local_operation() const {
    return static_cast<uint32_t>(bits_);
  }

  friend constexpr auto operator<=>(Value, Value) = default;

 private:
  static constexpr int kTagShift = 60;
  static constexpr uint64_t kRefMask = (uint64_t{1} << kTagShift) - 1;
  static constexpr uint8_t kWeakTag = 0x1;
  static constexpr uint8_t kSmallIntegerTag = 0x2;
  static constexpr uint8_t kLocalStrongTag = 0x8;
  static constexpr uint8_t kLocalWeakTag = 0x9;

  constexpr bool FitsLocal() const { return (bits_ & kRefMask) >> 32 == 0; }
  constexpr bool FitsSmallInteger() const {
    return FitsLocal() && small_integer() >= kMinSmallInteger &&
           small_integer() <= kMaxSmallInteger;
  }

  uint64_t bits_ = 0;
};

}  // namespace heapd

#endif  // HEAPD_HEAP_OBJECT_VALUE_H_
