#include "server/base/retry_delay.h"

#include <cstdint>
#include <string>

#include "absl/strings/cord.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace heapd::server {
namespace {

constexpr absl::string_view kUrl = "heapd/retry_delay";

}  // namespace

absl::Status WithRetryDelay(absl::Status error, absl::Duration delay) {
  error.SetPayload(kUrl,
                   absl::Cord(absl::StrCat(absl::ToInt64Milliseconds(delay))));
  return error;
}

absl::optional<absl::Duration> RetryDelayOf(const absl::Status& error) {
  const absl::optional<absl::Cord> payload = error.GetPayload(kUrl);
  int64_t milliseconds = 0;
  if (!payload.has_value() ||
      !absl::SimpleAtoi(std::string(*payload), &milliseconds)) {
    return absl::nullopt;
  }
  return absl::Milliseconds(milliseconds);
}

}  // namespace heapd::server
