#ifndef HEAPD_CLIENT_HEAPD_IDS_H_
#define HEAPD_CLIENT_HEAPD_IDS_H_

#include <compare>
#include <cstdint>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/statusor.h"

namespace heapd::client {

// The id that a heap gave to a type. 0 is no type; 1 is the type of interned
// strings. A value: copy it freely.
class TypeId {
 public:
  constexpr TypeId() = default;
  explicit constexpr TypeId(uint32_t value) : value_(value) {}

  constexpr uint32_t value() const { return value_; }

  friend constexpr auto operator<=>(TypeId, TypeId) = default;
  template <typename H>
  friend H AbslHashValue(H h, TypeId id) {
    return H::combine(std::move(h), id.value_);
  }
  friend std::ostream& operator<<(std::ostream& out, TypeId id) {
    return out << id.value_;
  }

 private:
  uint32_t value_ = 0;
};

// The type of interned strings, the same in every heap.
inline constexpr TypeId kStringType{1};

// The id of a session. 0 is no session. Whoever knows it can act for the
// session, so it is not for logs. A value: copy it freely.
class SessionId {
 public:
  constexpr SessionId() = default;
  explicit constexpr SessionId(uint64_t value) : value_(value) {}

  // Reads what ToString() wrote, or a decimal number. INVALID_ARGUMENT.
  static absl::StatusOr<SessionId> Parse(std::string_view text);

  constexpr uint64_t value() const { return value_; }
  constexpr bool is_none() const { return value_ == 0; }

  // "0x" and 16 hex digits.
  std::string ToString() const;

  friend constexpr auto operator<=>(SessionId, SessionId) = default;
  template <typename H>
  friend H AbslHashValue(H h, SessionId id) {
    return H::combine(std::move(h), id.value_);
  }

 private:
  uint64_t value_ = 0;
};

}  // namespace heapd::client

#endif  // HEAPD_CLIENT_HEAPD_IDS_H_
