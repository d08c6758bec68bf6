#include "client/heapd/ref.h"

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "client/heapd/parse_id.h"

namespace heapd::client {

absl::StatusOr<Ref> Ref::Parse(std::string_view text) {
  absl::StatusOr<uint64_t> id = ParseId(text, "ref");
  if (!id.ok()) return id.status();
  if (*id == 0 || *id > kMaxId) {
    return absl::InvalidArgumentError(
        absl::StrCat("a ref is never ", std::string(text)));
  }
  return Ref(*id);
}

std::string Ref::ToString() const {
  return is_null() ? "null" : absl::StrCat("0x", absl::Hex(id_));
}

std::string Ref::ToDecimal() const { return absl::StrCat(id_); }

}  // namespace heapd::client
