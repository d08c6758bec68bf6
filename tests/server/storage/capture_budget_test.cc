#include "server/storage/capture_budget.h"

#include <gtest/gtest.h>

#include "heap/base/error.h"
#include "server/base/retry_delay.h"

namespace heapd::server {
namespace {

constexpr absl::Duration kMinute = absl::Minutes(1);

// The beginning of a minute.
const absl::Time kStart = absl::FromUnixSeconds(60'000'000);

TEST(CaptureBudgetTest, SoManyBeginInAnHour) {
  CaptureBudget budget({.max_per_hour = 3});
  EXPECT_TRUE(budget.Begin(kStart).ok());
  EXPECT_TRUE(budget.Begin(kStart + 10 * kMinute).ok());
  EXPECT_TRUE(budget.Begin(kStart + 10 * kMinute).ok());
  const absl::Status refused = budget.Begin(kStart + 20 * kMinute);
  EXPECT_EQ(ReasonOf(refused), "SNAPSHOT_QUOTA");
  // The first must be an hour old, to the end of its minute.
  EXPECT_EQ(RetryDelayOf(refused), 41 * kMinute);
  EXPECT_FALSE(budget.Begin(kStart + 61 * kMinute - absl::Seconds(1)).ok());
  EXPECT_TRUE(budget.Begin(kStart + 61 * kMinute).ok());
  EXPECT_FALSE(budget.Begin(kStart + 61 * kMinute).ok());
  EXPECT_TRUE(budget.Begin(kStart + 71 * kMinute).ok());
}

TEST(CaptureBudgetTest, WhatCameToNothingIsTakenBack) {
  CaptureBudget budget({.max_per_hour = 1});
  EXPECT_TRUE(budget.Begin(kStart).ok());
  budget.TakeBack();
  EXPECT_TRUE(budget.Begin(kStart).ok());
  EXPECT_FALSE(budget.Begin(kStart).ok());
}

TEST(CaptureBudgetTest, SoMuchIsWrittenInADay) {
  CaptureBudget budget({.max_bytes_per_day = 100});
  EXPECT_TRUE(budget.Begin(kStart).ok());
  budget.AddBytes(60, kStart);
  EXPECT_TRUE(budget.CheckBytes(kStart).ok());
  EXPECT_TRUE(budget.Begin(kStart + kMinute).ok());
  budget.AddBytes(40, kStart + kMinute);
  // All of it may be written, and not a byte more.
  EXPECT_TRUE(budget.CheckBytes(kStart + kMinute).ok());
  const absl::Status refused = budget.Begin(kStart + 2 * kMinute);
  EXPECT_EQ(ReasonOf(refused), "SNAPSHOT_QUOTA");
  EXPECT_EQ(RetryDelayOf(refused), absl::Hours(24) - kMinute);
  budget.AddBytes(1, kStart + kMinute);
  EXPECT_EQ(ReasonOf(budget.CheckBytes(kStart + kMinute)), "SNAPSHOT_QUOTA");
  const absl::Time next_day = kStart + absl::Hours(24) + kMinute;
  EXPECT_TRUE(budget.CheckBytes(next_day).ok());
  EXPECT_TRUE(budget.Begin(next_day).ok());
}

TEST(CaptureBudgetTest, SaysWhatCounts) {
  CaptureBudget budget({.max_per_hour = 9, .max_bytes_per_day = 100});
  EXPECT_TRUE(budget.Begin(kStart).ok());
  EXPECT_TRUE(budget.Begin(kStart + 10 * kMinute).ok());
  budget.AddBytes(60, kStart);
  EXPECT_EQ(budget.UsageAt(kStart + 60 * kMinute).captures, 2u);
  EXPECT_EQ(budget.UsageAt(kStart + 61 * kMinute).captures, 1u);
  EXPECT_EQ(budget.UsageAt(kStart + 61 * kMinute).bytes, 60u);
  EXPECT_EQ(budget.UsageAt(kStart + absl::Hours(24) + kMinute).bytes, 0u);
}

TEST(CaptureBudgetTest, WithoutLimitsNothingIsCounted) {
  CaptureBudget budget({});
  for (int i = 0; i < 10'000; ++i) EXPECT_TRUE(budget.Begin(kStart).ok());
  budget.AddBytes(uint64_t{1} << 60, kStart);
  EXPECT_TRUE(budget.CheckBytes(kStart).ok());
  EXPECT_EQ(budget.Write(), CaptureBudget({}).Write());
}

TEST(CaptureBudgetTest, WhatWasWrittenIsReadBack) {
  const CaptureLimits limits = {.max_per_hour = 2, .max_bytes_per_day = 100};
  CaptureBudget first(limits);
  EXPECT_TRUE(first.Begin(kStart).ok());
  first.AddBytes(30, kStart);
  CaptureBudget second(limits);
  const absl::Time later = kStart + 5 * kMinute;
  ASSERT_TRUE(second.Read(first.Write(), later).ok());
  EXPECT_EQ(second.Write(), first.Write());
  EXPECT_TRUE(second.Begin(later).ok());
  EXPECT_FALSE(second.Begin(later).ok());
  second.AddBytes(71, later);
  EXPECT_FALSE(second.CheckBytes(later).ok());
  // A clock that was set back: what was noted later than that counts as of the
  // present.
  CaptureBudget third(limits);
  ASSERT_TRUE(third.Read(second.Write(), kStart - absl::Hours(1000)).ok());
  EXPECT_TRUE(third.Begin(kStart).ok());
}

TEST(CaptureBudgetTest, WhatIsNoSuchTextChangesNothing) {
  CaptureBudget budget({.max_per_hour = 1});
  EXPECT_TRUE(budget.Begin(kStart).ok());
  for (const char* text :
       {"", "{", "[]", "{\"version\":2,\"minutes_captures_bytes\":[]}",
        "{\"version\":1}", "{\"version\":1,\"minutes_captures_bytes\":[[1]]}",
        "{\"version\":1,\"minutes_captures_bytes\":[[\"a\",1,1]]}"}) {
    EXPECT_TRUE(absl::IsInvalidArgument(budget.Read(text, kStart))) << text;
  }
  EXPECT_FALSE(budget.Begin(kStart).ok());
}

TEST(CaptureBudgetTest, ItStaysSmall) {
  CaptureBudget budget({.max_per_hour = 1'000'000});
  for (int i = 0; i < 5'000; ++i) {
    EXPECT_TRUE(budget.Begin(kStart + i * kMinute).ok());
  }
  EXPECT_LT(budget.Write().size(), size_t{64} << 10);
}

}  // namespace
}  // namespace heapd::server
