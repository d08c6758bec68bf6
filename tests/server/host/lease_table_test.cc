#include "server/host/lease_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <random>
#include <set>

namespace heapd::server {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

absl::Time At(int seconds) {
  return absl::UnixEpoch() + absl::Seconds(seconds);
}

TEST(LeaseTableTest, IdsAreNewAndNeverZero) {
  LeaseTable table;
  std::set<SessionId> ids;
  for (int i = 0; i < 1000; ++i) ids.insert(table.NewId());
  EXPECT_THAT(ids, SizeIs(1000));
  EXPECT_FALSE(ids.contains(0));
}

TEST(LeaseTableTest, ALeaseThatIsNotRenewedExpires) {
  LeaseTable table;
  table.Add(7, absl::Seconds(10), At(0));
  EXPECT_EQ(table.NextEnd(), At(10));
  EXPECT_THAT(table.TakeExpired(At(10), 100), IsEmpty());
  EXPECT_THAT(table.TakeExpired(At(11), 100), ElementsAre(7));
  EXPECT_EQ(table.size(), 0u);
  EXPECT_EQ(table.NextEnd(), absl::InfiniteFuture());
}

TEST(LeaseTableTest, SaysWhenALeaseEnds) {
  LeaseTable table;
  table.Add(7, absl::Seconds(10), At(0));
  EXPECT_EQ(table.EndOf(7), At(10));
  EXPECT_TRUE(table.Renew(7, At(5), At(5)));
  EXPECT_EQ(table.EndOf(7), At(15));
  table.Remove(7);
  EXPECT_EQ(table.EndOf(7), absl::InfinitePast());
}

TEST(LeaseTableTest, RenewingMovesTheEnd) {
  LeaseTable table;
  table.Add(7, absl::Seconds(10), At(0));
  EXPECT_EQ(table.Renew(7, At(8), At(8)), absl::Seconds(10));
  EXPECT_THAT(table.TakeExpired(At(15), 100), IsEmpty());
  EXPECT_THAT(table.TakeExpired(At(19), 100), ElementsAre(7));
}

TEST(LeaseTableTest, ACallThatCameInTimeRenewsHoweverLongItWaited) {
  LeaseTable table;
  table.Add(7, absl::Seconds(10), At(0));
  EXPECT_EQ(table.Renew(7, At(9), At(30)), absl::Seconds(10));
  EXPECT_THAT(table.TakeExpired(At(35), 100), IsEmpty());
}

TEST(LeaseTableTest, ACallThatCameTooLateDoesNotRenew) {
  LeaseTable table;
  table.Add(7, absl::Seconds(10), At(0));
  EXPECT_FALSE(table.Renew(7, At(11), At(11)).has_value());
  EXPECT_FALSE(table.Renew(8, At(1), At(1)).has_value());
}

// Between reading the clock and getting the lane, calls can pass each other.
TEST(LeaseTableTest, WhatOneCallWasToldIsOverNoEarlierCallRenews) {
  LeaseTable table;
  table.Add(7, absl::Seconds(10), At(0));
  EXPECT_FALSE(table.Renew(7, At(11), At(12)).has_value());
  EXPECT_FALSE(table.Renew(7, At(9), At(12)).has_value());
  EXPECT_THAT(table.TakeExpired(At(13), 100), ElementsAre(7));
  EXPECT_FALSE(table.Renew(7, At(9), At(13)).has_value());
}

// And the other way round: what is renewed before the end is looked for lives.
TEST(LeaseTableTest, ALeaseIsRenewedOrExpiresNeverBoth) {
  LeaseTable table;
  table.Add(7, absl::Seconds(10), At(0));
  ASSERT_TRUE(table.Renew(7, At(10), At(20)).has_value());
  EXPECT_THAT(table.TakeExpired(At(20), 100), IsEmpty());
  EXPECT_EQ(table.NextEnd(), At(30));
  EXPECT_THAT(table.TakeExpired(At(31), 100), ElementsAre(7));
}

TEST(LeaseTableTest, ExpiryIsPaced) {
  LeaseTable table;
  for (SessionId id = 1; id <= 10; ++id) {
    table.Add(id, absl::Seconds(10), At(0));
  }
  EXPECT_THAT(table.TakeExpired(At(20), 4), SizeIs(4));
  EXPECT_THAT(table.TakeExpired(At(20), 4), SizeIs(4));
  EXPECT_LT(table.NextEnd(), At(20));
  EXPECT_THAT(table.TakeExpired(At(20), 4), SizeIs(2));
}

TEST(LeaseTableTest, ALookThatFindsALeaseRenewedCountsToo) {
  LeaseTable table;
  for (SessionId id = 1; id <= 10; ++id) {
    table.Add(id, absl::Seconds(10), At(0));
    if (id <= 6) table.Renew(id, At(9), At(9));
  }
  size_t expired = 0;
  for (int look = 0; look < 5; ++look) {
    expired += table.TakeExpired(At(15), 2).size();
  }
  EXPECT_EQ(expired, 4u);
  EXPECT_EQ(table.NextEnd(), At(19));
}

TEST(LeaseTableTest, IsTheSameAsAListOfEnds) {
  std::mt19937 random(1);
  LeaseTable table;
  std::map<SessionId, int> ends;  // in seconds
  for (int now = 0; now < 20'000; ++now) {
    const SessionId id = 1 + random() % 300;
    switch (random() % 4) {
      case 0:
        if (!ends.contains(id)) {
          const int seconds = 1 + static_cast<int>(random() % 1000);
          table.Add(id, absl::Seconds(seconds), At(now));
          ends[id] = now + seconds;
        }
        break;
      case 1:
        table.Remove(id);
        ends.erase(id);
        break;
      default: {
        const bool lives = ends.contains(id);
        const auto time_to_live = table.Renew(id, At(now), At(now));
        ASSERT_EQ(time_to_live.has_value(), lives);
        if (lives) {
          ends[id] = now + static_cast<int>(ToInt64Seconds(*time_to_live));
        }
      }
    }
    for (const SessionId gone : table.TakeExpired(At(now + 1), 10)) {
      ASSERT_EQ(ends.at(gone), now);
      ends.erase(gone);
    }
    for (const auto& [session, end] : ends) ASSERT_GT(end, now);
    ASSERT_EQ(table.size(), ends.size());
  }
}

TEST(LeaseTableTest, RemovedSessionsAreForgotten) {
  LeaseTable table;
  table.Add(1000, absl::Seconds(10), At(0));
  for (SessionId id = 1; id <= 500; ++id) {
    table.Add(id, absl::Seconds(5), At(0));
    table.Remove(id);
  }
  EXPECT_EQ(table.size(), 1u);
  EXPECT_THAT(table.TakeExpired(At(100), 1000), UnorderedElementsAre(1000));
}

}  // namespace
}  // namespace heapd::server
