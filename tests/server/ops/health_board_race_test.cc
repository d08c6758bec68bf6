// States are set, asked for and waited for at once.

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

#include "server/ops/health_board.h"
#include "server/ops/readiness.h"

namespace heapd::server {
namespace {

TEST(HealthBoardRaceTest, EveryWaiterSeesTheLastState) {
  HealthBoard board({"a.Service"});
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&board] {
      std::optional<ServingState> seen;
      while (!board.closed()) {
        seen = board.AwaitChange("a.Service", seen, absl::Seconds(30));
      }
      EXPECT_EQ(board.Get("a.Service"), ServingState::kNotServing);
    });
  }
  for (int i = 0; i < 1000; ++i) {
    board.SetAll(i % 2 == 0 ? ServingState::kServing
                            : ServingState::kNotServing);
  }
  board.Close();
  for (std::thread& thread : threads) thread.join();
}

class FlippingProbe final : public ReadinessProbe {
 public:
  ReadinessSample Sample() override {
    ReadinessSample sample;
    if (++samples_ % 2 != 0) sample.longest_wait = absl::Hours(1);
    return sample;
  }

 private:
  std::atomic<int> samples_{0};
};

TEST(ReadinessSamplerRaceTest, StoppingMeetsSamplingAtAnyMoment) {
  FlippingProbe probe;
  for (int i = 0; i < 20; ++i) {
    HealthBoard board;
    ReadinessSampler sampler(
        &probe,
        ReadinessPolicy({.max_wait = absl::Seconds(1),
                         .max_full = absl::Seconds(1),
                         .recovery = absl::ZeroDuration()}),
        [&board](bool ready) {
          board.SetAll(ready ? ServingState::kServing
                             : ServingState::kNotServing);
        });
    if (i % 4 == 0) {
      board.AwaitChange("", ServingState::kNotServing, absl::Milliseconds(150));
    }
  }
}

}  // namespace
}  // namespace heapd::server
