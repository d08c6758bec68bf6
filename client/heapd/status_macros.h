#ifndef HEAPD_CLIENT_HEAPD_STATUS_MACROS_H_
#define HEAPD_CLIENT_HEAPD_STATUS_MACROS_H_

#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

// The engine's headers have macros like these under their own names; the client
// must not need the engine.

// Evaluates a Status and returns it from the function if it is an error.
#define HEAPD_CLIENT_RETURN_IF_ERROR(expression)         \
  do {                                                   \
    if (absl::Status heapd_client_status = (expression); \
        !heapd_client_status.ok()) {                     \
      return heapd_client_status;                        \
    }                                                    \
  } while (false)

// Evaluates a StatusOr: returns its error or moves its value into `target`,
// which may declare a variable.
#define HEAPD_CLIENT_ASSIGN_OR_RETURN(target, expression) \
  HEAPD_CLIENT_ASSIGN_OR_RETURN_IMPL(                     \
      HEAPD_CLIENT_CONCAT(heapd_client_result_, __LINE__), target, expression)

#define HEAPD_CLIENT_CONCAT_IMPL(a, b) a##b
#define HEAPD_CLIENT_CONCAT(a, b) HEAPD_CLIENT_CONCAT_IMPL(a, b)
#define HEAPD_CLIENT_ASSIGN_OR_RETURN_IMPL(result, target, expression) \
  auto result = (expression);                                          \
  if (!result.ok()) return std::move(result).status();                 \
  target = *std::move(result)

#endif  // HEAPD_CLIENT_HEAPD_STATUS_MACROS_H_
