#ifndef HEAPD_TESTS_HEAP_STATUS_MATCHERS_H_
#define HEAPD_TESTS_HEAP_STATUS_MATCHERS_H_

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "heap/base/error.h"

namespace heapd {

inline const absl::Status& StatusOf(const absl::Status& status) {
  return status;
}
template <typename T>
const absl::Status& StatusOf(const absl::StatusOr<T>& result) {
  return result.status();
}

MATCHER(IsOk, "is OK") {
  *result_listener << StatusOf(arg);
  return arg.ok();
}

MATCHER_P(HasReason, reason, "has reason " + std::string(reason)) {
  *result_listener << StatusOf(arg);
  return ReasonOf(StatusOf(arg)) == reason;
}

// INVALID_ARGUMENT that names the field.
MATCHER_P(IsInvalid, field, "names the field " + std::string(field)) {
  *result_listener << StatusOf(arg);
  return StatusOf(arg).code() == absl::StatusCode::kInvalidArgument &&
         ReasonOf(StatusOf(arg)) == reason::kInvalidField &&
         FieldOf(StatusOf(arg)) == field;
}

}  // namespace heapd

#define ASSERT_OK(expression) ASSERT_THAT(expression, ::heapd::IsOk())
#define EXPECT_OK(expression) EXPECT_THAT(expression, ::heapd::IsOk())

#endif  // HEAPD_TESTS_HEAP_STATUS_MATCHERS_H_
