#ifndef HEAPD_HEAP_BASE_STATUS_MACROS_H_
#define HEAPD_HEAP_BASE_STATUS_MACROS_H_

#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

// Returns from the enclosing function when `expression` is not OK.
#define HEAPD_RETURN_IF_ERROR(expression)          \
  do {                                             \
    ::absl::Status heapd_status_ = (expression);   \
    if (!heapd_status_.ok()) return heapd_status_; \
  } while (false)

// Evaluates `expression` (an absl::StatusOr), returns its error or assigns its
// value to `lhs`, which may be a declaration.
#define HEAPD_ASSIGN_OR_RETURN(lhs, expression)                         \
  HEAPD_ASSIGN_OR_RETURN_IMPL_(HEAPD_CONCAT_(heapd_or_, __LINE__), lhs, \
                               expression)

#define HEAPD_ASSIGN_OR_RETURN_IMPL_(temporary, lhs, expression) \
  auto temporary = (expression);                                 \
  if (!temporary.ok()) return std::move(temporary).status();     \
  lhs = *std::move(temporary)

#define HEAPD_CONCAT_(a, b) HEAPD_CONCAT_IMPL_(a, b)
#define HEAPD_CONCAT_IMPL_(a, b) a##b

#endif  // HEAPD_HEAP_BASE_STATUS_MACROS_H_
