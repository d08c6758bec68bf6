#ifndef HEAPD_CLIENT_HEAPLOAD_LOAD_CALL_FAILURE_H_
#define HEAPD_CLIENT_HEAPLOAD_LOAD_CALL_FAILURE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"

namespace heapd::heapload {

// Whether a failed call was refused: RESOURCE_EXHAUSTED, or UNAVAILABLE that
// the daemon itself said and not a broken connection.
enum class Refusal { kNone, kWithRetryInfo, kWithoutRetryInfo };

// What a failed call says, in the terms in which it is counted.
struct CallFailure {
  // The daemon's reason (OVERLOADED, HEAP_LIMIT); where there is none, as when
  // the deadline passed, the name of the code (DEADLINE_EXCEEDED).
  std::string error_class;
  Refusal refusal = Refusal::kNone;
  // Nobody knows whether it was applied: no daemon answered. One that does
  // answer says that it changed nothing.
  bool maybe_applied = false;
  // The operation of its batch that was at fault; none in a refusal.
  std::optional<uint32_t> failed_operation = {};
};

// `status` is no OK.
CallFailure DescribeFailure(const absl::Status& status);

// Whether the daemon knew the heap or the session no more, as one that was
// started anew does. Nothing was done then.
bool IsLostWorkspace(std::string_view error_class);

// The class of calls that were not sent, since a quarter of the time to their
// deadline had passed before they could be.
inline constexpr std::string_view kExpiredUnsent = "EXPIRED_UNSENT";

}  // namespace heapd::heapload

#endif  // HEAPD_CLIENT_HEAPLOAD_LOAD_CALL_FAILURE_H_
