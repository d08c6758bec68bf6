#ifndef HEAPD_TESTS_SERVER_SUPPORT_GRPC_MATCHERS_H_
#define HEAPD_TESTS_SERVER_SUPPORT_GRPC_MATCHERS_H_

#include <gmock/gmock.h>
#include <grpcpp/grpcpp.h>

#include <string>

#include "tests/server/support/in_process_server.h"

namespace heapd::server {

inline void Describe(const grpc::Status& status,
                     ::testing::MatchResultListener* listener) {
  *listener << "code " << status.error_code() << ", reason "
            << ErrorDetails(status).reason() << ", field "
            << ErrorDetails(status).field() << ": " << status.error_message();
}

MATCHER(Succeeds, "is OK") {
  Describe(arg, result_listener);
  return arg.ok();
}

// An error with this code and ErrorInfo, which is complete.
MATCHER_P2(FailsWith, code, reason, "fails with " + std::string(reason)) {
  Describe(arg, result_listener);
  const ErrorDetails details(arg);
  return arg.error_code() == code && details.reason() == reason &&
         details.info.domain() == "heapd" && !arg.error_message().empty() &&
         details.rpc_status.code() == static_cast<int>(code) &&
         details.rpc_status.message() == arg.error_message();
}

// INVALID_ARGUMENT (INVALID_FIELD) with a BadRequest that names the field.
MATCHER_P(RefusesField, field, "refuses the field " + std::string(field)) {
  Describe(arg, result_listener);
  const ErrorDetails details(arg);
  return arg.error_code() == grpc::StatusCode::INVALID_ARGUMENT &&
         details.reason() == "INVALID_FIELD" && details.field() == field;
}

}  // namespace heapd::server

#define ASSERT_SUCCEEDS(expression) \
  ASSERT_THAT(expression, ::heapd::server::Succeeds())
#define EXPECT_SUCCEEDS(expression) \
  EXPECT_THAT(expression, ::heapd::server::Succeeds())

#endif  // HEAPD_TESTS_SERVER_SUPPORT_GRPC_MATCHERS_H_
