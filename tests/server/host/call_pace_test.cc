#include "server/host/call_pace.h"

#include <gtest/gtest.h>

namespace heapd::server {
namespace {

int64_t g_now = 1;

class CallPaceTest : public ::testing::Test {
 protected:
  // Calls end, one every so often.
  void End(int calls, int64_t nanos_each) {
    for (int i = 0; i < calls; ++i) {
      g_now += nanos_each;
      pace_.Ended();
    }
  }

  CallPace pace_{[] { return g_now; }};
};

TEST_F(CallPaceTest, TheTimeFollowsThePace) {
  End(64 * 40, 1'000'000);
  EXPECT_NEAR(absl::ToDoubleSeconds(pace_.TimeFor(100)), 0.1, 0.001);
  End(64 * 40, 10'000);
  EXPECT_NEAR(absl::ToDoubleSeconds(pace_.TimeFor(100)), 0.001, 0.0001);
}

TEST_F(CallPaceTest, IdleTimeIsNoPace) {
  End(64 * 40, 10'000);
  g_now += int64_t{60} * 1'000'000'000;
  pace_.Idle();
  End(64 * 2, 10'000);
  EXPECT_NEAR(absl::ToDoubleSeconds(pace_.TimeFor(100)), 0.001, 0.0001);
}

TEST_F(CallPaceTest, WhereNothingEndsTheTimeGrows) {
  End(64 * 40, 10'000);
  g_now += 3'000'000'000;
  EXPECT_EQ(pace_.TimeFor(100), absl::Seconds(3));
}

}  // namespace
}  // namespace heapd::server
