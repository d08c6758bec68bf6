#include "client/heapd/ids.h"

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "client/heapd/parse_id.h"

namespace heapd::client {

absl::StatusOr<SessionId> SessionId::Parse(std::string_view text) {
  absl::StatusOr<uint64_t> value = ParseId(text, "session id");
  if (!value.ok()) return value.status();
  if (*value == 0) {
    return absl::InvalidArgumentError("a session id is never 0");
  }
  return SessionId(*value);
}

std::string SessionId::ToString() const {
  return absl::StrCat("0x", absl::Hex(value_, absl::kZeroPad16));
}

}  // namespace heapd::client
