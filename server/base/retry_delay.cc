#include "server/base/retry_delay.h"

#include <algorithm>
#include <cstdint>
#include <string>

#include "absl/strings/cord.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace heapd::server {
namespace {

constexpr absl::string_view kUrl = "heapd/retry_delay";

}  // namespace

absl::Duration BoundedRetryDelay(absl::Duration estimate) {
  return std::clamp(estimate, absl::Milliseconds(1), absl::Seconds(10));
}

absl::Status WithRetryDelay(absl::Status error, absl::Duration delay) {
  const int64_t milliseconds =
      absl::ToInt64Milliseconds(absl::Ceil(delay, absl::Milliseconds(1)));
  error.SetPayload(kUrl, absl::Cord(absl::StrCat(milliseconds)));
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
