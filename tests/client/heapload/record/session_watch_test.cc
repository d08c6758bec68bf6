#include "client/heapload/record/session_watch.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace heapd::heapload {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

constexpr int64_t kNoCall = int64_t{1} << 60;

TEST(SessionWatchTest, ASessionExpiresAfterItsLastAnswer) {
  SessionWatch watch;
  watch.Opened("heap", 7, 100, 10);
  EXPECT_TRUE(watch.Used(7, 50));
  EXPECT_FALSE(watch.Used(8, 50));
  EXPECT_THAT(watch.TakeExpired(150, kNoCall), IsEmpty());
  EXPECT_THAT(watch.TakeExpired(151, kNoCall), ElementsAre(Pair("heap", 7)));
  EXPECT_THAT(watch.TakeExpired(500, kNoCall), IsEmpty());
}

TEST(SessionWatchTest, ACallInFlightMayStillRenewIt) {
  SessionWatch watch;
  watch.Opened("heap", 7, 100, 10);
  EXPECT_THAT(watch.TakeExpired(500, 90), IsEmpty());
  watch.Used(7, 500);
  EXPECT_THAT(watch.TakeExpired(590, kNoCall), IsEmpty());
  EXPECT_THAT(watch.TakeExpired(601, kNoCall), ElementsAre(Pair("heap", 7)));
}

TEST(SessionWatchTest, WhatIsClosedDoesNotExpire) {
  SessionWatch watch;
  watch.Opened("heap", 7, 100, 10);
  watch.Opened("other", 8, 100, 10);
  EXPECT_TRUE(watch.Closed(7));
  EXPECT_FALSE(watch.Closed(7));
  watch.HeapDeleted("other");
  EXPECT_THAT(watch.TakeExpired(500, kNoCall), IsEmpty());
  EXPECT_EQ(watch.size(), 0);
}

}  // namespace
}  // namespace heapd::heapload
