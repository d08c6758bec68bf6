#include "client/heapctl/snapshot_filter.h"

#include "gtest/gtest.h"

namespace heapd::heapctl {
namespace {

const absl::Time kNow = absl::FromUnixSeconds(1'800'000'000);

TEST(SnapshotFilterTest, ATimeIsATimeOrHowLongAgo) {
  EXPECT_EQ(*ParseTimeOrAge("24h", kNow), kNow - absl::Hours(24));
  EXPECT_EQ(*ParseTimeOrAge("1h30m", kNow), kNow - absl::Minutes(90));
  EXPECT_EQ(*ParseTimeOrAge("0", kNow), kNow);
  EXPECT_EQ(*ParseTimeOrAge("2027-01-15T08:00:00Z", kNow), kNow);
  EXPECT_EQ(*ParseTimeOrAge("2027-01-15T09:00:00.5+01:00", kNow),
            kNow + absl::Milliseconds(500));
  for (const char* text : {"", "yesterday", "-1h", "inf", "infinite-past",
                           "infinite-future", "2027-01-15", "24"}) {
    EXPECT_TRUE(absl::IsInvalidArgument(ParseTimeOrAge(text, kNow).status()))
        << text;
  }
}

TEST(SnapshotFilterTest, OptionsBecomeAFilter) {
  CLI::App app;
  client::SnapshotFilter filter;
  AddSnapshotFilter(app, filter);
  app.parse(
      "--heap shop --state cancelled --trigger near-limit --label mine "
      "--destination archive --since 2027-01-15T08:00:00Z "
      "--until 2027-01-15T08:00:01Z");
  EXPECT_EQ(filter.heap, "shop");
  EXPECT_EQ(filter.state, v1::SNAPSHOT_STATE_CANCELLED);
  EXPECT_EQ(filter.trigger, v1::SNAPSHOT_TRIGGER_NEAR_LIMIT);
  EXPECT_EQ(filter.label, "mine");
  EXPECT_EQ(filter.destination, "archive");
  EXPECT_EQ(filter.start, kNow);
  EXPECT_EQ(filter.end, kNow + absl::Seconds(1));
  EXPECT_THROW(app.parse("--since soon"), CLI::ValidationError);
  EXPECT_THROW(app.parse("--state done"), CLI::ValidationError);
}

}  // namespace
}  // namespace heapd::heapctl
