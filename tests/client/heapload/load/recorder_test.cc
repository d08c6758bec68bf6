#include "client/heapload/load/recorder.h"

#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"

namespace heapd::heapload {
namespace {

TEST(RecorderTest, ACallCountsInItsIntervalAndItsPhase) {
  Recorder recorder({.interval = 100, .interval_count = 3, .phase_count = 2});
  const auto intend = [](CallTally& tally) { tally.CountIntended(); };
  recorder.Record({.start = 0, .phase = 0}, intend);
  recorder.Record({.start = 199, .phase = 1}, intend);
  recorder.Record({.start = 199, .phase = 1},
                  [](CallTally& tally) { tally.CountOk(7, 64); });
  EXPECT_EQ(recorder.interval(0)->intended(), 1u);
  EXPECT_EQ(recorder.interval(0)->ended(), 0u);
  EXPECT_EQ(recorder.interval(1)->intended(), 1u);
  EXPECT_EQ(recorder.interval(1)->ended(), 1u);
  EXPECT_EQ(recorder.interval(1)->latency().max(), 7);
  EXPECT_EQ(recorder.interval(2), nullptr);
  EXPECT_EQ(recorder.phase(1).ended(), 1u);
  recorder.Discard(1);
  EXPECT_EQ(recorder.interval(1), nullptr);
  EXPECT_EQ(recorder.phase(1).ended(), 1u);
}

TEST(RecorderTest, ATallyKeepsErrorsByTheirClass) {
  ErrorClasses classes;
  ErrorClassCache cache(classes);
  CallTally tally;
  tally.CountError(cache.IndexOf("OVERLOADED"), Refusal::kWithRetryInfo);
  tally.CountError(cache.IndexOf("OVERLOADED"), Refusal::kWithRetryInfo);
  tally.CountError(cache.IndexOf("HEAP_LIMIT"), Refusal::kWithoutRetryInfo);
  tally.CountError(ErrorClasses::kExpiredUnsentIndex, Refusal::kNone);
  tally.CountUnsent();
  CallCounts counts;
  tally.AddTo(counts, classes.Names());
  EXPECT_EQ(counts.errors["OVERLOADED"], 2u);
  EXPECT_EQ(counts.errors["HEAP_LIMIT"], 1u);
  EXPECT_EQ(counts.errors["EXPIRED_UNSENT"], 1u);
  EXPECT_EQ(counts.refused_with_retry, 2u);
  EXPECT_EQ(counts.refused_without_retry, 1u);
  EXPECT_EQ(counts.unsent, 1u);
  EXPECT_EQ(tally.ended(), 5u);
}

TEST(RecorderTest, ClassesThatAreTooManyShareOne) {
  ErrorClasses classes;
  for (int i = 0; i < 100; ++i) {
    EXPECT_LT(classes.IndexOf(absl::StrCat("REASON_", i)),
              ErrorClasses::kCount);
  }
  EXPECT_EQ(classes.Names().size(), ErrorClasses::kCount);
  EXPECT_EQ(classes.Names().back(), "OTHER");
  EXPECT_EQ(classes.IndexOf("REASON_1"), 2u);
  EXPECT_EQ(classes.IndexOf("REASON_99"), ErrorClasses::kCount - 1);
}

}  // namespace
}  // namespace heapd::heapload
