#ifndef HEAPD_CLIENT_HEAPD_REF_H_
#define HEAPD_CLIENT_HEAPD_REF_H_

#include <compare>
#include <cstdint>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/statusor.h"

namespace heapd::client {

// Names one object of one heap for its whole life, and never another object:
// once the object is collected, calls with its ref answer NOT_FOUND
// (OBJECT_COLLECTED). Opaque; the default one is null and names nothing.
//
// A ref alone does not keep its object alive; a root, a session's scope or a
// strong slot does. A value: copy it freely.
class Ref {
 public:
  // The upper four bits of a ref are zero: the wire uses them for other things.
  static constexpr uint64_t kMaxId = (uint64_t{1} << 60) - 1;

  constexpr Ref() = default;
  // `id` as it came from the wire; 0 is null.
  explicit constexpr Ref(uint64_t id) : id_(id) {}

  // Reads a ref in decimal ("4294967301") or hex ("0x100000005").
  // INVALID_ARGUMENT for anything else, for 0 and for ids over kMaxId.
  static absl::StatusOr<Ref> Parse(std::string_view text);

  constexpr uint64_t id() const { return id_; }
  constexpr bool is_null() const { return id_ == 0; }

  // In hex, as Parse() reads it: "0x100000005"; "null" for the null ref.
  std::string ToString() const;
  // In decimal, as JSON shows it.
  std::string ToDecimal() const;

  friend constexpr auto operator<=>(Ref, Ref) = default;
  template <typename H>
  friend H AbslHashValue(H h, Ref ref) {
    return H::combine(std::move(h), ref.id_);
  }
  friend std::ostream& operator<<(std::ostream& out, Ref ref) {
    return out << ref.ToString();
  }

 private:
  uint64_t id_ = 0;
};

}  // namespace heapd::client

#endif  // HEAPD_CLIENT_HEAPD_REF_H_
