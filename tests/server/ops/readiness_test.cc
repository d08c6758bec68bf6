#include "server/ops/readiness.h"

#include <gtest/gtest.h>

#include <atomic>

#include "absl/synchronization/notification.h"

namespace heapd::server {
namespace {

constexpr absl::Duration kMaxWait = absl::Seconds(1);
constexpr ReadinessPolicy::Options kOptions = {.max_wait = kMaxWait,
                                               .max_full = absl::Seconds(2),
                                               .recovery = absl::Seconds(3)};
const absl::Time kStart = absl::UnixEpoch();

ReadinessSample Wait(absl::Duration wait) { return {.longest_wait = wait}; }
ReadinessSample Full() { return {.is_full = true}; }

TEST(ReadinessPolicyTest, ShortWaitsLeaveItReady) {
  ReadinessPolicy policy(kOptions);
  EXPECT_TRUE(policy.Update(Wait(absl::ZeroDuration()), kStart));
  EXPECT_TRUE(policy.Update(Wait(kMaxWait), kStart));
}

TEST(ReadinessPolicyTest, OneLongWaitTurnsIt) {
  ReadinessPolicy policy(kOptions);
  EXPECT_FALSE(policy.Update(Wait(kMaxWait + absl::Milliseconds(1)), kStart));
}

TEST(ReadinessPolicyTest, ItTurnsBackOnlyAfterACalmWhile) {
  ReadinessPolicy policy(kOptions);
  policy.Update(Wait(absl::Seconds(2)), kStart);
  EXPECT_FALSE(
      policy.Update(Wait(absl::ZeroDuration()), kStart + absl::Seconds(1)));
  EXPECT_FALSE(policy.Update(Wait(kMaxWait / 2), kStart + absl::Seconds(3)));
  EXPECT_TRUE(
      policy.Update(Wait(absl::ZeroDuration()), kStart + absl::Seconds(4)));
}

TEST(ReadinessPolicyTest, AMiddlingWaitStartsTheCalmAnew) {
  ReadinessPolicy policy(kOptions);
  policy.Update(Wait(absl::Seconds(2)), kStart);
  policy.Update(Wait(absl::ZeroDuration()), kStart + absl::Seconds(1));
  EXPECT_FALSE(
      policy.Update(Wait(absl::Milliseconds(600)), kStart + absl::Seconds(3)));
  EXPECT_FALSE(
      policy.Update(Wait(absl::ZeroDuration()), kStart + absl::Seconds(4)));
  EXPECT_FALSE(
      policy.Update(Wait(absl::ZeroDuration()), kStart + absl::Seconds(6)));
  EXPECT_TRUE(
      policy.Update(Wait(absl::ZeroDuration()), kStart + absl::Seconds(7)));
}

TEST(ReadinessPolicyTest, ABurstThatPassesLeavesItReady) {
  ReadinessPolicy policy(kOptions);
  for (int burst = 0; burst < 3; ++burst) {
    const absl::Time begin = kStart + absl::Seconds(5) * burst;
    EXPECT_TRUE(policy.Update(Full(), begin));
    EXPECT_TRUE(policy.Update(Full(), begin + absl::Seconds(2)));
    EXPECT_TRUE(
        policy.Update(Wait(absl::ZeroDuration()), begin + absl::Seconds(3)));
  }
}

TEST(ReadinessPolicyTest, ADaemonThatStaysFullTurnsItUntilItHasRoom) {
  ReadinessPolicy policy(kOptions);
  EXPECT_TRUE(policy.Update(Full(), kStart));
  EXPECT_FALSE(policy.Update(Full(), kStart + absl::Seconds(2.1)));
  const auto calm = [&](double seconds) {
    return policy.Update(Wait(absl::ZeroDuration()),
                         kStart + absl::Seconds(seconds));
  };
  EXPECT_FALSE(calm(3));
  EXPECT_FALSE(policy.Update(Full(), kStart + absl::Seconds(4)));
  EXPECT_FALSE(calm(5));
  EXPECT_FALSE(calm(7.9));
  EXPECT_TRUE(calm(8));
}

class FakeProbe final : public ReadinessProbe {
 public:
  ReadinessSample Sample() override {
    return Wait(stuck ? absl::Hours(1) : absl::ZeroDuration());
  }
  std::atomic<bool> stuck{true};
};

TEST(ReadinessSamplerTest, EachChangeIsReported) {
  FakeProbe probe;
  absl::Notification not_ready;
  absl::Notification ready;
  ReadinessSampler sampler(
      &probe,
      ReadinessPolicy({.max_wait = kMaxWait,
                       .max_full = kMaxWait,
                       .recovery = absl::ZeroDuration()}),
      [&](bool verdict) { (verdict ? ready : not_ready).Notify(); });
  ASSERT_TRUE(not_ready.WaitForNotificationWithTimeout(absl::Seconds(30)));
  probe.stuck = false;
  ASSERT_TRUE(ready.WaitForNotificationWithTimeout(absl::Seconds(30)));
  sampler.Stop();
}

TEST(ReadinessSamplerTest, NothingIsReportedAfterStop) {
  FakeProbe probe;
  probe.stuck = false;
  std::atomic<int> reports{0};
  ReadinessSampler sampler(&probe, ReadinessPolicy(kOptions),
                           [&](bool) { ++reports; });
  sampler.Stop();
  sampler.Stop();
  EXPECT_EQ(reports, 0);
}

}  // namespace
}  // namespace heapd::server
