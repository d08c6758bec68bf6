#include "client/heapload/load/schedule.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "client/heapload/load/schedule_spec.h"

namespace heapd::heapload {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

Schedule Parse(const std::string& text, absl::Duration duration,
               uint64_t seed = 1) {
  ScheduleContext context;
  context.duration = duration;
  context.seed = seed;
  auto schedule = ParseSchedule(text, context);
  EXPECT_TRUE(schedule.ok()) << schedule.status();
  return *std::move(schedule);
}

std::vector<IntendedCall> CallsOf(const Schedule& schedule) {
  std::vector<IntendedCall> calls;
  ScheduleCursor cursor(schedule);
  while (const auto call = cursor.Next()) calls.push_back(*call);
  return calls;
}

size_t CountIn(const std::vector<IntendedCall>& calls, double from, double to) {
  size_t count = 0;
  for (const IntendedCall& call : calls) {
    const double start = ToSeconds(call.start);
    if (start >= from - 1e-9 && start < to - 1e-9) ++count;
  }
  return count;
}

void ExpectInOrder(const std::vector<IntendedCall>& calls) {
  for (size_t i = 1; i < calls.size(); ++i) {
    ASSERT_LE(calls[i - 1].start, calls[i].start) << i;
  }
}

TEST(ScheduleTest, ConstantCallsAreEvenlySpacedAndExactInNumber) {
  const auto calls = CallsOf(Parse("constant:2000", absl::Seconds(60)));
  ASSERT_EQ(calls.size(), 120'000u);
  for (size_t i = 0; i < calls.size(); ++i) {
    ASSERT_EQ(calls[i].start, static_cast<Nanos>(i) * 500'000) << i;
  }
}

TEST(ScheduleTest, ARampHasTheCallsOfItsIntegral) {
  const auto calls = CallsOf(Parse("ramp:100:500", absl::Seconds(10)));
  ExpectInOrder(calls);
  EXPECT_EQ(calls.size(), 3000u);
  // 100 t + 20 t^2
  EXPECT_EQ(CountIn(calls, 0, 5), 1000u);
  EXPECT_EQ(CountIn(calls, 5, 10), 2000u);
}

TEST(ScheduleTest, ARampMayBeginOrEndAtNothing) {
  const auto up = CallsOf(Parse("ramp:0:100", absl::Seconds(2)));
  EXPECT_EQ(up.size(), 100u);
  const auto down = CallsOf(Parse("ramp:100:0", absl::Seconds(2)));
  EXPECT_EQ(down.size(), 100u);
  EXPECT_EQ(CountIn(down, 0, 1), 75u);
  ExpectInOrder(down);
}

TEST(ScheduleTest, ABurstHasTheCallsOfItsIntegralInEachPart) {
  // Seconds that are no sums of powers of two, many times over.
  const Schedule schedule =
      Parse("burst:100:1000:300ms:0.3", absl::Seconds(30));
  const auto calls = CallsOf(schedule);
  ExpectInOrder(calls);
  // 100 periods of 21 calls at the base and 90 at the peak.
  EXPECT_EQ(calls.size(), 11'100u);
  size_t peak = 0;
  for (const IntendedCall& call : calls) peak += call.phase;
  EXPECT_EQ(peak, 9'000u);
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(CountIn(calls, i * 0.3, (i + 1) * 0.3), 111u) << i;
  }
  EXPECT_THAT(schedule.phase_names(), ElementsAre("base", "peak"));
}

TEST(ScheduleTest, StepsHaveNamesThatMayComeAgain) {
  ScheduleContext context;
  const auto schedule =
      ParseSchedule("steps:10@1s:calm,100@500ms,0@1s:rest,10@2s:calm", context);
  ASSERT_TRUE(schedule.ok()) << schedule.status();
  EXPECT_DOUBLE_EQ(schedule->seconds(), 4.5);
  EXPECT_THAT(schedule->phase_names(), ElementsAre("calm", "step2", "rest"));
  const auto calls = CallsOf(*schedule);
  EXPECT_EQ(CountIn(calls, 0, 1), 10u);
  EXPECT_EQ(CountIn(calls, 1, 1.5), 50u);
  EXPECT_EQ(CountIn(calls, 1.5, 2.5), 0u);
  EXPECT_EQ(CountIn(calls, 2.5, 4.5), 20u);
  EXPECT_EQ(calls.back().phase, 0u);
}

TEST(ScheduleTest, PoissonCallsAreTheSameForTheSameSeedOnly) {
  const auto calls = CallsOf(Parse("poisson:1000", absl::Seconds(10), 3));
  const auto again = CallsOf(Parse("poisson:1000", absl::Seconds(10), 3));
  const auto other = CallsOf(Parse("poisson:1000", absl::Seconds(10), 4));
  ExpectInOrder(calls);
  ASSERT_EQ(calls.size(), again.size());
  for (size_t i = 0; i < calls.size(); ++i) {
    ASSERT_EQ(calls[i].start, again[i].start);
  }
  EXPECT_NE(calls[0].start, other[0].start);
  // Five standard deviations of a count of 10,000.
  EXPECT_NEAR(static_cast<double>(calls.size()), 10'000, 500);
}

TEST(ScheduleTest, PoissonWaitsVaryAsMuchAsTheyAreLong) {
  const auto calls = CallsOf(Parse("poisson:1000", absl::Seconds(10)));
  double sum = 0;
  double squares = 0;
  for (size_t i = 1; i < calls.size(); ++i) {
    const double wait = ToSeconds(calls[i].start - calls[i - 1].start);
    sum += wait;
    squares += wait * wait;
  }
  const double count = static_cast<double>(calls.size() - 1);
  const double mean = sum / count;
  const double deviation = std::sqrt(squares / count - mean * mean);
  EXPECT_NEAR(deviation / mean, 1, 0.1);
}

TEST(ScheduleTest, ARecordingGivesItsTimesAtAnySpeed) {
  ScheduleContext context;
  std::string asked;
  context.read_recording = [&](const std::string& file) {
    asked = file;
    return std::vector<double>{0, 0.5, 2};
  };
  const auto schedule = ParseSchedule("recorded:/tmp/a:b.rec:2", context);
  ASSERT_TRUE(schedule.ok()) << schedule.status();
  EXPECT_EQ(asked, "/tmp/a:b.rec");
  const auto calls = CallsOf(*schedule);
  ASSERT_EQ(calls.size(), 3u);
  EXPECT_EQ(calls[1].start, 250'000'000);
  EXPECT_EQ(calls[2].start, 1'000'000'000);
  context.duration = absl::Milliseconds(500);
  EXPECT_EQ(CallsOf(*ParseSchedule("recorded:x", context)).size(), 1u);
}

TEST(ScheduleTest, PhaseSpansSayWhatWasOnWhen) {
  const Schedule schedule = Parse("burst:1:2:10s:0.4", absl::Seconds(17));
  const auto spans = schedule.PhaseSpans(schedule.seconds());
  ASSERT_EQ(spans.size(), 4u);
  EXPECT_EQ(spans[1].name, "peak");
  EXPECT_DOUBLE_EQ(spans[1].start_seconds, 6);
  EXPECT_DOUBLE_EQ(spans[1].end_seconds, 10);
  EXPECT_EQ(spans[3].name, "peak");
  EXPECT_DOUBLE_EQ(spans[3].end_seconds, 17);
  EXPECT_EQ(schedule.PhaseSpans(7).size(), 2u);  // of a run that was ended
}

TEST(ScheduleTest, TextsThatAreNoScheduleAreRefusedWithAReason) {
  const auto error = [](const std::string& text) {
    const auto schedule = ParseSchedule(text, {});
    EXPECT_FALSE(schedule.ok()) << text;
    return std::string(schedule.status().message());
  };
  EXPECT_THAT(error("sine:5"), HasSubstr("unknown kind: 'sine'"));
  EXPECT_THAT(error("constant"), HasSubstr("constant:RATE"));
  EXPECT_THAT(error("constant:-1"), HasSubstr("not a rate"));
  EXPECT_THAT(error("constant:nan"), HasSubstr("not a rate"));
  EXPECT_THAT(error("ramp:1"), HasSubstr("ramp:FROM:TO"));
  EXPECT_THAT(error("burst:1:2:1s:1.5"), HasSubstr("duty"));
  EXPECT_THAT(error("burst:1:2:1ms:0.5"), HasSubstr("10ms"));
  EXPECT_THAT(error("steps:5"), HasSubstr("RATE@DURATION"));
  EXPECT_THAT(error("steps:5@1s:"), HasSubstr("name is empty"));
  EXPECT_THAT(error("recorded:x"), HasSubstr("cannot be read"));
}

}  // namespace
}  // namespace heapd::heapload
