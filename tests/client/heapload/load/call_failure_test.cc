#include "client/heapload/load/call_failure.h"

#include <gtest/gtest.h>

#include "client/heapd/status.h"
#include "google/rpc/error_details.pb.h"

namespace heapd::heapload {
namespace {

absl::Status WithRetryInfo(absl::Status status) {
  google::rpc::RetryInfo retry;
  retry.mutable_retry_delay()->set_nanos(5'000'000);
  status.SetPayload("type.googleapis.com/google.rpc.RetryInfo",
                    absl::Cord(retry.SerializeAsString()));
  return status;
}

TEST(CallFailureTest, TheReasonIsTheClassAndElseTheCode) {
  const CallFailure full = DescribeFailure(client::ErrorWithReason(
      absl::StatusCode::kResourceExhausted, "full", "HEAP_LIMIT"));
  EXPECT_EQ(full.error_class, "HEAP_LIMIT");
  EXPECT_FALSE(full.maybe_applied);
  const CallFailure late = DescribeFailure(absl::DeadlineExceededError("late"));
  EXPECT_EQ(late.error_class, "DEADLINE_EXCEEDED");
  EXPECT_TRUE(late.maybe_applied);
}

TEST(CallFailureTest, RefusalsAreToldApartByRetryInfo) {
  const absl::Status overloaded = client::ErrorWithReason(
      absl::StatusCode::kResourceExhausted, "busy", "OVERLOADED");
  EXPECT_EQ(DescribeFailure(overloaded).refusal, Refusal::kWithoutRetryInfo);
  EXPECT_EQ(DescribeFailure(WithRetryInfo(overloaded)).refusal,
            Refusal::kWithRetryInfo);
  const absl::Status draining = client::ErrorWithReason(
      absl::StatusCode::kUnavailable, "stops", "DRAINING");
  EXPECT_EQ(DescribeFailure(WithRetryInfo(draining)).refusal,
            Refusal::kWithRetryInfo);
}

TEST(CallFailureTest, ABrokenConnectionIsNoRefusal) {
  const CallFailure failure =
      DescribeFailure(absl::UnavailableError("connection refused"));
  EXPECT_EQ(failure.refusal, Refusal::kNone);
  EXPECT_EQ(failure.error_class, "UNAVAILABLE");
}

}  // namespace
}  // namespace heapd::heapload
