#include "server/ops/progress_probe.h"

#include <gtest/gtest.h>

#include <memory>

#include "absl/synchronization/notification.h"
#include "server/ops/health.h"
#include "server/ops/listener.h"

namespace heapd::server {
namespace {

constexpr absl::Duration kTimeout = absl::Milliseconds(300);
constexpr absl::Duration kLong = absl::Seconds(30);

// Counters that stand still once they are stuck.
class StickingProbe : public ReadinessProbe {
 public:
  ReadinessSample Sample() override {
    if (stick_.HasBeenNotified()) go_on_.WaitForNotification();
    return {};
  }
  void Stick() { stick_.Notify(); }
  void GoOn() { go_on_.Notify(); }

 private:
  absl::Notification stick_;
  absl::Notification go_on_;
};

class ProgressProbeTest : public ::testing::Test {
 protected:
  ProgressProbeTest()
      : health_(&board_, 1, [this](const grpc::ServerContextBase&) {
          if (hold_) answer_.WaitForNotification();
          return grpc::Status::OK;
        }) {
    board_.SetAll(ServingState::kServing);
    ListenerOptions options;
    options.name = "test";
    options.addresses = {"127.0.0.1:0"};
    listener_ = *Listener::Start(options, {&health_});
  }
  ~ProgressProbeTest() override {
    if (!answer_.HasBeenNotified()) answer_.Notify();
    board_.Close();
    listener_->Shutdown(kLong);
  }

  // Waits for so many more samples.
  static void AwaitSamples(const ReadinessSampler& sampler, uint64_t count) {
    const uint64_t until = sampler.sample_count() + count;
    while (sampler.sample_count() < until) {
      absl::SleepFor(absl::Milliseconds(1));
    }
  }

  StickingProbe counters_;
  ReadinessSampler sampler_{&counters_, ReadinessPolicy({}), [](bool) {}};
  HealthBoard board_;
  HealthService health_;
  std::unique_ptr<Listener> listener_;
  std::atomic<bool> hold_{false};
  absl::Notification answer_;
};

TEST_F(ProgressProbeTest, ItIsThereWhileSamplesAreTakenAndLivenessAnswers) {
  ProgressProbe probe(&sampler_, listener_->InProcessChannel());
  EXPECT_TRUE(probe.Ask(kLong));
  AwaitSamples(sampler_, 1);
  EXPECT_TRUE(probe.Ask(kLong));
}

TEST_F(ProgressProbeTest, ASamplerThatStandsStillIsNoProgress) {
  ProgressProbe probe(&sampler_, listener_->InProcessChannel());
  counters_.Stick();
  // One sample may still have been on its way.
  probe.Ask(kLong);
  absl::SleepFor(kTimeout);
  probe.Ask(kLong);
  EXPECT_FALSE(probe.Ask(kLong));
  counters_.GoOn();
  AwaitSamples(sampler_, 1);
  EXPECT_TRUE(probe.Ask(kLong));
}

TEST_F(ProgressProbeTest, ASamplerThatIsToBeStoppedIsNotMissed) {
  ProgressProbe probe(&sampler_, listener_->InProcessChannel());
  probe.ForgetSampler();
  sampler_.Stop();
  EXPECT_TRUE(probe.Ask(kLong));
  EXPECT_TRUE(probe.Ask(kLong));
}

TEST_F(ProgressProbeTest, ALivenessThatDoesNotAnswerIsNoProgress) {
  ProgressProbe probe(&sampler_, listener_->InProcessChannel());
  hold_ = true;
  EXPECT_FALSE(probe.Ask(kTimeout));
  hold_ = false;
  answer_.Notify();
  AwaitSamples(sampler_, 1);
  EXPECT_TRUE(probe.Ask(kLong));
}

TEST_F(ProgressProbeTest, ALivenessThatSaysNoIsNoProgress) {
  ProgressProbe probe(&sampler_, listener_->InProcessChannel());
  board_.SetAll(ServingState::kNotServing);
  EXPECT_FALSE(probe.Ask(kLong));
}

TEST_F(ProgressProbeTest, WithoutALivenessTheSamplerAloneCounts) {
  ProgressProbe probe(&sampler_, nullptr);
  EXPECT_TRUE(probe.Ask(kTimeout));
  AwaitSamples(sampler_, 1);
  EXPECT_TRUE(probe.Ask(kTimeout));
}

}  // namespace
}  // namespace heapd::server
