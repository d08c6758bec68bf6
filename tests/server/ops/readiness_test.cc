#include "server/ops/readiness.h"

#include <gtest/gtest.h>

#include <atomic>

#include "absl/synchronization/notification.h"

namespace heapd::server {
namespace {

constexpr absl::Duration kMaxWait = absl::Seconds(1);
constexpr absl::Duration kRecovery = absl::Seconds(3);
const absl::Time kStart = absl::UnixEpoch();

TEST(ReadinessPolicyTest, ShortWaitsLeaveItReady) {
  ReadinessPolicy policy(kMaxWait, kRecovery);
  EXPECT_TRUE(policy.Update(absl::ZeroDuration(), kStart));
  EXPECT_TRUE(policy.Update(kMaxWait, kStart));
}

TEST(ReadinessPolicyTest, OneLongWaitTurnsIt) {
  ReadinessPolicy policy(kMaxWait, kRecovery);
  EXPECT_FALSE(policy.Update(kMaxWait + absl::Milliseconds(1), kStart));
}

TEST(ReadinessPolicyTest, ItTurnsBackOnlyAfterACalmWhile) {
  ReadinessPolicy policy(kMaxWait, kRecovery);
  policy.Update(absl::Seconds(2), kStart);
  EXPECT_FALSE(policy.Update(absl::ZeroDuration(), kStart + absl::Seconds(1)));
  EXPECT_FALSE(policy.Update(kMaxWait / 2, kStart + absl::Seconds(3)));
  EXPECT_TRUE(policy.Update(absl::ZeroDuration(), kStart + absl::Seconds(4)));
}

TEST(ReadinessPolicyTest, AMiddlingWaitStartsTheCalmAnew) {
  ReadinessPolicy policy(kMaxWait, kRecovery);
  policy.Update(absl::Seconds(2), kStart);
  policy.Update(absl::ZeroDuration(), kStart + absl::Seconds(1));
  EXPECT_FALSE(
      policy.Update(absl::Milliseconds(600), kStart + absl::Seconds(3)));
  EXPECT_FALSE(policy.Update(absl::ZeroDuration(), kStart + absl::Seconds(4)));
  EXPECT_FALSE(policy.Update(absl::ZeroDuration(), kStart + absl::Seconds(6)));
  EXPECT_TRUE(policy.Update(absl::ZeroDuration(), kStart + absl::Seconds(7)));
}

class FakeProbe final : public ReadinessProbe {
 public:
  absl::Duration OldestWaitingCallAge() const override {
    return stuck ? absl::Hours(1) : absl::ZeroDuration();
  }
  std::atomic<bool> stuck{true};
};

TEST(ReadinessSamplerTest, EachChangeIsReported) {
  FakeProbe probe;
  absl::Notification not_ready;
  absl::Notification ready;
  ReadinessSampler sampler(
      &probe, ReadinessPolicy(kMaxWait, absl::ZeroDuration()),
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
  ReadinessSampler sampler(&probe, ReadinessPolicy(kMaxWait, kRecovery),
                           [&](bool) { ++reports; });
  sampler.Stop();
  sampler.Stop();
  EXPECT_EQ(reports, 0);
}

}  // namespace
}  // namespace heapd::server
