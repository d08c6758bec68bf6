#include "client/heapd/retry.h"

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/cord.h"
#include "client/heapd/status.h"
#include "gtest/gtest.h"
#include "tests/client/heapd/fake_clock.h"

namespace heapd::client {
namespace {

absl::Status WithRetryDelay(absl::Status status, absl::Duration delay) {
  google::rpc::RetryInfo info;
  info.mutable_retry_delay()->set_seconds(absl::ToInt64Seconds(delay));
  status.SetPayload("type.googleapis.com/google.rpc.RetryInfo",
                    absl::Cord(info.SerializeAsString()));
  return status;
}

absl::Status Overloaded() {
  return ErrorWithReason(absl::StatusCode::kResourceExhausted, "busy",
                         "OVERLOADED");
}

absl::Status Full(const std::string& reason) {
  return ErrorWithReason(absl::StatusCode::kResourceExhausted, "full", reason);
}

class RetryTest : public testing::Test {
 protected:
  std::optional<absl::Duration> Delay(
      const absl::Status& status, int attempt = 1,
      Repeat repeat = Repeat::kSafe,
      absl::Duration time_left = absl::InfiniteDuration()) {
    return NextRetryDelay(options_, status, attempt, repeat, time_left,
                          random_);
  }

  RetryOptions options_;
  std::mt19937_64 random_{1};
};

TEST_F(RetryTest, OnlyErrorsThatPassAreRetried) {
  EXPECT_TRUE(Delay(absl::UnavailableError("gone")).has_value());
  EXPECT_TRUE(Delay(Overloaded()).has_value());
  for (const absl::Status& status :
       {Full("HEAP_LIMIT"), Full("BUDGET"),
        WithRetryDelay(Full("WATCHERS"), absl::Seconds(1)),
        absl::ResourceExhaustedError("message too large"),
        absl::NotFoundError("x"), absl::InternalError("x"),
        absl::DeadlineExceededError("x"), absl::InvalidArgumentError("x")}) {
    EXPECT_FALSE(Delay(status).has_value()) << status;
  }
}

// As gRPC ends a call that reaches a daemon in the moment of its stop.
TEST_F(RetryTest, ACallThatGrpcCancelledIsRetriedIfItMayBeAppliedTwice) {
  EXPECT_TRUE(Delay(absl::CancelledError("CANCELLED")).has_value());
  EXPECT_FALSE(
      Delay(absl::CancelledError("CANCELLED"), 1, Repeat::kUnsafe).has_value());
  EXPECT_FALSE(Delay(ErrorWithReason(absl::StatusCode::kCancelled, "by bob",
                                     "SNAPSHOT_CANCELLED"))
                   .has_value());
}

TEST_F(RetryTest, UnsafeCallsNeedTheDaemonsWordThatNothingWasDone) {
  EXPECT_FALSE(Delay(absl::UnavailableError("reset"), 1, Repeat::kUnsafe));
  EXPECT_TRUE(Delay(
      ErrorWithReason(absl::StatusCode::kUnavailable, "stopping", "DRAINING"),
      1, Repeat::kUnsafe));
  EXPECT_TRUE(Delay(Overloaded(), 1, Repeat::kUnsafe));
}

TEST_F(RetryTest, BackoffDoublesUpToItsLimitWithJitter) {
  options_ = {.max_attempts = 100,
              .initial_backoff = absl::Milliseconds(100),
              .max_backoff = absl::Seconds(1)};
  const absl::Duration full[] = {
      absl::Milliseconds(100), absl::Milliseconds(200), absl::Milliseconds(400),
      absl::Milliseconds(800), absl::Seconds(1),        absl::Seconds(1)};
  for (int attempt = 1; attempt <= 6; ++attempt) {
    for (int i = 0; i < 100; ++i) {
      const auto delay = Delay(absl::UnavailableError("gone"), attempt);
      EXPECT_LE(delay, full[attempt - 1]);
      EXPECT_GE(delay, full[attempt - 1] / 2);
    }
  }
  EXPECT_LE(Delay(absl::UnavailableError("gone"), 99), absl::Seconds(1));
}

TEST_F(RetryTest, TheDaemonsDelayIsHonouredAndJitterComesOnTop) {
  for (int i = 0; i < 1000; ++i) {
    const auto delay = Delay(WithRetryDelay(Overloaded(), absl::Seconds(7)));
    EXPECT_GE(delay, absl::Seconds(7));
    EXPECT_LE(delay, absl::Seconds(10.5));
  }
}

TEST_F(RetryTest, AFullHeapIsTriedAgainWhereMemoryIsBeingReclaimed) {
  for (const char* reason : {"HEAP_LIMIT", "BUDGET"}) {
    EXPECT_GE(Delay(WithRetryDelay(Full(reason), absl::Seconds(1)), 1,
                    Repeat::kUnsafe),
              absl::Seconds(1));
  }
}

// How many of those who were refused at once are back in the fullest stretch
// of that length.
int MostTogether(std::vector<absl::Duration> returns, absl::Duration stretch) {
  std::sort(returns.begin(), returns.end());
  int most = 0;
  for (size_t first = 0, last = 0; last < returns.size(); ++last) {
    while (returns[last] - returns[first] > stretch) ++first;
    most = std::max(most, static_cast<int>(last - first + 1));
  }
  return most;
}

TEST_F(RetryTest, AThousandClientsRefusedAtOnceDoNotReturnAtOnce) {
  for (const auto asked_for : {absl::Seconds(1), absl::Seconds(10)}) {
    std::vector<absl::Duration> returns;
    for (int client = 0; client < 1000; ++client) {
      std::mt19937_64 random(client);
      returns.push_back(
          *NextRetryDelay(options_, WithRetryDelay(Overloaded(), asked_for), 1,
                          Repeat::kSafe, absl::InfiniteDuration(), random));
    }
    // Evenly, a tenth of the spread has a tenth of the clients.
    EXPECT_LT(MostTogether(returns, asked_for / 20), 150);
    EXPECT_GE(*std::min_element(returns.begin(), returns.end()), asked_for);
  }
}

TEST_F(RetryTest, EndsWithAttemptsAndTime) {
  options_.max_attempts = 3;
  EXPECT_TRUE(Delay(Overloaded(), 2).has_value());
  EXPECT_FALSE(Delay(Overloaded(), 3).has_value());
  EXPECT_FALSE(Delay(WithRetryDelay(Overloaded(), absl::Seconds(7)), 1,
                     Repeat::kSafe, absl::Seconds(7))
                   .has_value());
}

TEST_F(RetryTest, CallsUntilItSucceeds) {
  FakeClock clock;
  int attempts = 0;
  const absl::Status status = CallWithRetries(
      options_, clock, absl::InfiniteFuture(), Repeat::kSafe,
      [&] { return ++attempts < 4 ? Overloaded() : absl::OkStatus(); });
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_EQ(attempts, 4);
  EXPECT_EQ(clock.waits().size(), 3u);
}

TEST_F(RetryTest, ReturnsTheLastErrorWhenItGivesUp) {
  FakeClock clock;
  int attempts = 0;
  const absl::Status status = CallWithRetries(
      options_, clock, clock.Now() + absl::Seconds(15), Repeat::kSafe, [&] {
        ++attempts;
        return WithRetryDelay(Overloaded(), absl::Seconds(5));
      });
  EXPECT_EQ(ErrorReason(status), "OVERLOADED");
  EXPECT_EQ(attempts, 3) << "a third wait would pass the deadline";
}

}  // namespace
}  // namespace heapd::client
