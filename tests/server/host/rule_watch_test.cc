#include "server/host/rule_watch.h"

#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"

namespace heapd::server {
namespace {

// A rule on one heap, looked at once a second.
class RuleWatchTest : public ::testing::Test {
 protected:
  void Rule(const std::string& condition, absl::Duration window) {
    const RuleEntry entry = *ParseRuleEntry(
        absl::StrCat("{name: a, ", condition,
                     ", window: ", absl::FormatDuration(window), "}"));
    watch_.emplace(TermsOf(entry), window);
  }

  // A second passes, and the heap is looked at.
  absl::optional<double> Look() {
    now_ += absl::Seconds(1);
    heap_.pauses = pauses_.Read();
    return watch_->Look(now_, heap_);
  }
  // How many of so many looks met the condition.
  int Met(int looks) {
    int met = 0;
    for (int i = 0; i < looks; ++i) met += Look().has_value() ? 1 : 0;
    return met;
  }
  void Pause(absl::Duration duration) {
    pauses_.Observe(duration);
    heap_.counters.pause_duration += duration;
  }

  Histogram<kFinePauseBounds> pauses_;
  HeapObservation heap_;
  absl::Time now_ = absl::FromUnixSeconds(1'000'000);
  absl::optional<RuleWatch> watch_;
};

TEST_F(RuleWatchTest, ALevelMustHoldForTheWholeWindow) {
  Rule("metric: used_ratio, above: 0.8", absl::Seconds(5));
  heap_.limit_bytes = 100;
  heap_.used_bytes = 81;
  EXPECT_EQ(Met(5), 0) << "it holds since the first look";
  EXPECT_EQ(Look(), 0.81);
}

TEST_F(RuleWatchTest, OneLookBelowBeginsTheWindowAnew) {
  Rule("metric: used_bytes, above: 80", absl::Seconds(5));
  heap_.used_bytes = 81;
  EXPECT_EQ(Met(5), 0);
  heap_.used_bytes = 80;
  EXPECT_EQ(Met(1), 0) << "not above";
  heap_.used_bytes = 81;
  EXPECT_EQ(Met(5), 0);
  EXPECT_EQ(Met(1), 1);
}

TEST_F(RuleWatchTest, TheNextTimeTakesAnotherWindow) {
  Rule("metric: object_count, above: 10", absl::Seconds(5));
  heap_.object_count = 11;
  EXPECT_EQ(Met(6), 1);
  EXPECT_EQ(Met(4), 0);
  EXPECT_EQ(Met(1), 1);
}

TEST_F(RuleWatchTest, WithoutAWindowOneLookIsEnough) {
  Rule("metric: used_bytes, below: 10", absl::ZeroDuration());
  EXPECT_EQ(Look(), 0.0);
  heap_.used_bytes = 10;
  EXPECT_EQ(Look(), absl::nullopt);
}

TEST_F(RuleWatchTest, WhatIsNotKnownMeetsNothing) {
  Rule("metric: live_bytes, below: 10", absl::ZeroDuration());
  EXPECT_EQ(Look(), absl::nullopt) << "no collection yet";
  heap_.counters.major_count = 1;
  EXPECT_EQ(Look(), 0.0);
  Rule("metric: growth_bytes_per_hour, above: 1MiB", absl::ZeroDuration());
  EXPECT_EQ(Look(), absl::nullopt);
  heap_.growth_bytes_per_hour = 2e6;
  EXPECT_EQ(Look(), 2e6);
  Rule("metric: current_mutator_utilization, below: 0.5", absl::ZeroDuration());
  heap_.counters.major_count = 0;
  heap_.counters.current_mutator_utilization = 0.4;
  EXPECT_EQ(Look(), absl::nullopt);
  heap_.counters.major_count = 1;
  EXPECT_EQ(Look(), 0.4);
  Rule("metric: used_ratio, below: 0.5", absl::ZeroDuration());
  EXPECT_EQ(Look(), absl::nullopt) << "a heap that is being made";
}

TEST_F(RuleWatchTest, RefusalsAreCountedInTheWindow) {
  Rule("metric: refused_calls_per_second, above: 2", absl::Seconds(10));
  heap_.refused_call_count = 1'000'000;  // before anybody looked
  EXPECT_EQ(Met(20), 0);
  heap_.refused_call_count += 25;  // in a second, 2.5 on average
  EXPECT_EQ(Look(), 2.5);
  EXPECT_EQ(Met(30), 0) << "they are not counted twice";
}

TEST_F(RuleWatchTest, TheLongestPauseOfTheWindowIsSeen) {
  Rule("metric: longest_pause, above: 5ms", absl::Seconds(10));
  Pause(absl::Milliseconds(100));  // before anybody looked
  EXPECT_EQ(Met(20), 0);
  Pause(absl::Milliseconds(4));
  EXPECT_EQ(Met(20), 0);
  Pause(absl::Milliseconds(6));
  const absl::optional<double> value = Look();
  ASSERT_TRUE(value.has_value());
  EXPECT_GE(*value, 0.006);
  EXPECT_LE(*value, 0.0075);
}

TEST_F(RuleWatchTest, OnePauseInAThousandIsBeyondThe99thPercentile) {
  Rule("metric: pause_p99, above: 5ms", absl::Seconds(10));
  Met(1);
  for (int i = 0; i < 999; ++i) Pause(absl::Milliseconds(1));
  Pause(absl::Milliseconds(6));
  EXPECT_EQ(Met(20), 0);
  for (int i = 0; i < 985; ++i) Pause(absl::Milliseconds(1));
  for (int i = 0; i < 15; ++i) Pause(absl::Milliseconds(6));
  EXPECT_TRUE(Look().has_value());
}

TEST_F(RuleWatchTest, UtilizationIsWhatPausesLeftOfTheWindow) {
  Rule("metric: mutator_utilization, below: 0.9", absl::Seconds(10));
  EXPECT_EQ(Met(20), 0) << "no pause leaves all of it";
  Pause(absl::Milliseconds(900));
  EXPECT_EQ(Met(1), 0);
  Pause(absl::Milliseconds(200));
  const absl::optional<double> value = Look();
  ASSERT_TRUE(value.has_value());
  EXPECT_NEAR(*value, 0.89, 0.001);
}

TEST_F(RuleWatchTest, LooksThatFailToComeDoNotMatter) {
  Rule("metric: refused_calls_per_second, above: 2", absl::Hours(1));
  Met(10);
  now_ += absl::Hours(3);
  heap_.refused_call_count += 3 * 3600 * 3;
  const absl::optional<double> value = Look();
  ASSERT_TRUE(value.has_value());
  EXPECT_NEAR(*value, 3, 0.01);
}

}  // namespace
}  // namespace heapd::server
