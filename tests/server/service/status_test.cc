#include "server/service/status.h"

#include <gtest/gtest.h>

#include <string>

#include "heap/base/error.h"
#include "server/base/recent_collections.h"
#include "server/base/retry_delay.h"
#include "tests/server/support/in_process_server.h"

namespace heapd::server {
namespace {

TEST(StatusTest, OkStaysOk) {
  EXPECT_TRUE(ToGrpcStatus(absl::OkStatus()).ok());
  EXPECT_EQ(ToRpcStatus(absl::OkStatus()).code(), 0);
}

TEST(StatusTest, AReasonBecomesErrorInfo) {
  const grpc::Status status = ToGrpcStatus(
      MakeError(absl::StatusCode::kNotFound, "OBJECT_COLLECTED", "gone"));
  EXPECT_EQ(status.error_code(), grpc::StatusCode::NOT_FOUND);
  EXPECT_EQ(status.error_message(), "gone");
  const ErrorDetails details(status);
  EXPECT_EQ(details.info.reason(), "OBJECT_COLLECTED");
  EXPECT_EQ(details.info.domain(), "heapd");
  EXPECT_FALSE(details.has_retry);
  EXPECT_EQ(details.field(), "");
}

TEST(StatusTest, AFieldBecomesBadRequestAndAnOperationMetadata) {
  const ErrorDetails details(
      ToGrpcStatus(WithOperation(InvalidField("batch.sizes", "too long"), 17)));
  EXPECT_EQ(details.field(), "batch.sizes");
  EXPECT_EQ(details.metadata("field"), "batch.sizes");
  EXPECT_EQ(details.metadata("operation"), "17");
  EXPECT_EQ(details.info.metadata().count("reason"), 0u);
}

TEST(StatusTest, ARetryDelayBecomesRetryInfo) {
  const ErrorDetails details(ToGrpcStatus(
      WithRetryDelay(MakeError(absl::StatusCode::kUnavailable, "DRAINING", "x"),
                     absl::Milliseconds(1500))));
  ASSERT_TRUE(details.has_retry);
  EXPECT_EQ(details.retry.retry_delay().seconds(), 1);
  EXPECT_EQ(details.retry.retry_delay().nanos(), 500'000'000);
}

TEST(StatusTest, RecentCollectionsBecomeDebugInfo) {
  absl::Status error =
      MakeError(absl::StatusCode::kResourceExhausted, "HEAP_LIMIT", "full");
  SetRecentCollections({"first", std::string(1000, 'x')}, &error);
  const ErrorDetails details(ToGrpcStatus(error));
  ASSERT_EQ(details.debug.stack_entries_size(), 2);
  EXPECT_EQ(details.debug.stack_entries(0), "first");
  EXPECT_EQ(details.debug.stack_entries(1), std::string(256, 'x'));
  EXPECT_EQ(details.info.metadata_size(), 0);
}

TEST(StatusTest, AnErrorWithoutAReasonIsNamedByItsCode) {
  EXPECT_EQ(
      ErrorDetails(ToGrpcStatus(absl::DeadlineExceededError("late"))).reason(),
      "DEADLINE_EXCEEDED");
}

TEST(StatusTest, LongTextsAreCutBetweenCharacters) {
  std::string text;
  for (int i = 0; i < 2000; ++i) text += "\xc3\xa4";
  const grpc::Status status = ToGrpcStatus(InvalidField(text, text));
  EXPECT_LE(status.error_message().size(), 1024u);
  EXPECT_LT(status.error_details().size(), 4000u);
  const ErrorDetails details(status);
  EXPECT_EQ(details.reason(), "INVALID_FIELD");
  EXPECT_EQ(details.field().size() % 2, 0u);
}

}  // namespace
}  // namespace heapd::server
