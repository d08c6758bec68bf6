#include "server/host/lease_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

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
