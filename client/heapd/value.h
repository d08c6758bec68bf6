#ifndef HEAPD_CLIENT_HEAPD_VALUE_H_
#define HEAPD_CLIENT_HEAPD_VALUE_H_

#include <compare>
#include <cstdint>
#include <ostream>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "client/heapd/ref.h"
#include "heapd/v1/value.pb.h"

namespace heapd::client {

// What a slot holds: null, a small integer, a strong ref (keeps its object
// alive) or a weak ref (reads as null once its object is collected).
// A value of 8 bytes: copy it freely.
class Value {
 public:
  enum class Kind { kNull, kSmallInteger, kStrong, kWeak };

  // Small integers have 31 bits.
  static constexpr int32_t kMinSmallInteger = -(1 << 30);
  static constexpr int32_t kMaxSmallInteger = (1 << 30) - 1;

  // Null.
  constexpr Value() = default;

  // `integer` from kMinSmallInteger to kMaxSmallInteger; the daemon refuses
  // others with INVALID_ARGUMENT.
  static constexpr Value SmallInteger(int32_t integer) {
    return Value(kSmallIntegerTag | static_cast<uint32_t>(integer));
  }
  // A null ref makes the null value.
  static constexpr Value Strong(Ref ref) { return Value(ref.id()); }
  static constexpr Value Weak(Ref ref) {
    return Value(ref.is_null() ? 0 : kWeakTag | ref.id());
  }

  // Reads "null", "strong:REF", "weak:REF", "int:N", or a REF alone, which is
  // strong. INVALID_ARGUMENT says what was wrong.
  static absl::StatusOr<Value> Parse(std::string_view text);

  // Word encoding of batch.proto, the columns' one. FromWord() gives
  // INVALID_ARGUMENT for words that are not values, local refs included.
  static absl::StatusOr<Value> FromWord(uint64_t word);
  constexpr uint64_t word() const { return word_; }

  // Message encoding, that of single calls.
  static Value FromProto(const v1::Value& value);
  v1::Value ToProto() const;

  constexpr Kind kind() const {
    if (word_ == 0) return Kind::kNull;
    switch (word_ & kTagMask) {
      case kSmallIntegerTag:
        return Kind::kSmallInteger;
      case kWeakTag:
        return Kind::kWeak;
      default:
        return Kind::kStrong;
    }
  }
  constexpr bool is_null() const { return word_ == 0; }
  constexpr bool is_ref() const {
    return kind() == Kind::kStrong || kind() == Kind::kWeak;
  }

  // The object that it refers to; null unless is_ref().
  constexpr Ref ref() const {
    return is_ref() ? Ref(word_ & ~kTagMask) : Ref();
  }
  // The integer; 0 unless the kind is kSmallInteger.
  constexpr int32_t small_integer() const {
    return kind() == Kind::kSmallInteger ? static_cast<int32_t>(word_) : 0;
  }

  // As Parse() reads it: "null", "strong:0x...", "weak:0x...", "int:-5".
  std::string ToString() const;

  friend constexpr bool operator==(Value, Value) = default;
  friend std::ostream& operator<<(std::ostream& out, Value value) {
    return out << value.ToString();
  }

 private:
  static constexpr uint64_t kTagMask = uint64_t{0xF} << 60;
  static constexpr uint64_t kWeakTag = uint64_t{0x1} << 60;
  static constexpr uint64_t kSmallIntegerTag = uint64_t{0x2} << 60;

  explicit constexpr Value(uint64_t word) : word_(word) {}

  uint64_t word_ = 0;
};

}  // namespace heapd::client

#endif  // HEAPD_CLIENT_HEAPD_VALUE_H_
