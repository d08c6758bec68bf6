#include "client/heapd/value.h"

#include <charconv>
#include <system_error>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "client/heapd/status_macros.h"
#include "client/heapd/strings.h"

namespace heapd::client {
namespace {

constexpr std::string_view kStrongPrefix = "strong:";
constexpr std::string_view kWeakPrefix = "weak:";
constexpr std::string_view kIntegerPrefix = "int:";

absl::StatusOr<Value> ParseSmallInteger(std::string_view text) {
  int32_t integer = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, integer);
  if (error != std::errc() || stop != end ||
      integer < Value::kMinSmallInteger || integer > Value::kMaxSmallInteger) {
    return absl::InvalidArgumentError(
        absl::StrCat("not an integer from ", Value::kMinSmallInteger, " to ",
                     Value::kMaxSmallInteger, ": '", Absl(text), "'"));
  }
  return Value::SmallInteger(integer);
}

}  // namespace

absl::StatusOr<Value> Value::Parse(std::string_view text) {
  if (text == "null") return Value();
  if (text.starts_with(kIntegerPrefix)) {
    return ParseSmallInteger(text.substr(kIntegerPrefix.size()));
  }
  const bool weak = text.starts_with(kWeakPrefix);
  if (weak) {
    text.remove_prefix(kWeakPrefix.size());
  } else if (text.starts_with(kStrongPrefix)) {
    text.remove_prefix(kStrongPrefix.size());
  }
  HEAPD_CLIENT_ASSIGN_OR_RETURN(const Ref ref, Ref::Parse(text));
  return weak ? Weak(ref) : Strong(ref);
}

absl::StatusOr<Value> Value::FromWord(uint64_t word) {
  const uint64_t tag = word & kTagMask;
  const uint64_t rest = word & ~kTagMask;
  const bool known = tag == 0 || (tag == kWeakTag && rest != 0) ||
                     (tag == kSmallIntegerTag && rest <= UINT32_MAX);
  if (!known) {
    return absl::InvalidArgumentError(
        absl::StrCat("not a slot value: 0x", absl::Hex(word)));
  }
  return Value(word);
}

Value Value::FromProto(const v1::Value& value) {
  switch (value.kind_case()) {
    case v1::Value::kSmallInteger:
      return SmallInteger(value.small_integer());
    case v1::Value::kStrongRef:
      return Strong(Ref(value.strong_ref()));
    case v1::Value::kWeakRef:
      return Weak(Ref(value.weak_ref()));
    case v1::Value::KIND_NOT_SET:
      break;
  }
  return Value();
}

v1::Value Value::ToProto() const {
  v1::Value message;
  switch (kind()) {
    case Kind::kSmallInteger:
      message.set_small_integer(small_integer());
      break;
    case Kind::kStrong:
      message.set_strong_ref(ref().id());
      break;
    case Kind::kWeak:
      message.set_weak_ref(ref().id());
      break;
    case Kind::kNull:
      break;
  }
  return message;
}

std::string Value::ToString() const {
  switch (kind()) {
    case Kind::kSmallInteger:
      return absl::StrCat(Absl(kIntegerPrefix), small_integer());
    case Kind::kStrong:
      return absl::StrCat(Absl(kStrongPrefix), ref().ToString());
    case Kind::kWeak:
      return absl::StrCat(Absl(kWeakPrefix), ref().ToString());
    case Kind::kNull:
      break;
  }
  return "null";
}

}  // namespace heapd::client
