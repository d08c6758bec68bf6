#include "client/heapload/report/judgement.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/client/heapload/report/sample_run.h"

namespace heapd::heapload {
namespace {

using ::testing::HasSubstr;

SloResult JudgeOne(const RunReport& run, const std::string& text,
                   const std::string& rule = "") {
  std::vector<BalancerRule> rules;
  if (!rule.empty()) rules.push_back(*ParseBalancerRule(rule));
  const auto slo = ParseSlo(text);
  EXPECT_TRUE(slo.ok()) << slo.status();
  return Judge(run, {*slo}, rules).slos.at(0);
}

struct Case {
  const char* slo;
  SloOutcome outcome;
  const char* actual;
};

constexpr SloOutcome kMet = SloOutcome::kMet;
constexpr SloOutcome kMissed = SloOutcome::kMissed;

TEST(JudgementTest, JudgesEveryMetricOfARun) {
  const Case cases[] = {
      {"p50 <= 3ms", kMet, "3 ms"},
      {"p90 <= 15ms", kMet, "15 ms"},
      {"p99 < 50ms", kMet, "30 ms"},
      {"p999 < 50ms", kMissed, "60 ms"},
      {"p9999 <= 90ms", kMet, "90 ms"},
      {"max <= 100ms", kMissed, "120 ms"},
      {"base.p99 <= 10ms", kMet, "10 ms"},
      {"peak.p99 <= 10ms", kMissed, "40 ms"},
      {"intended == 2k", kMet, "2,000"},
      {"goodput >= 75%", kMet, "75 % (1,500)"},
      {"goodput > 75%", kMissed, "75 % (1,500)"},
      {"goodput >= 1500", kMet, "1,500"},
      {"peak.goodput >= 51%", kMissed, "50 % (500)"},
      {"errors == 0", kMissed, "400"},
      {"base.errors == 0", kMet, "0"},
      {"errors.HEAP_LIMIT <= 60", kMet, "60"},
      {"errors.DRAINING == 0", kMet, "0"},
      {"peak.errors.OVERLOADED < 10%", kMissed, "30 % (300)"},
      {"unsent <= 5%", kMet, "5 % (100)"},
      {"refused == 360", kMet, "360"},
      {"refused_with_retry == 300", kMet, "300"},
      {"refused_without_retry == 0", kMissed, "60"},
      {"operations > 10k", kMet, "15,000"},
      {"retries == 7", kMet, "7"},
      {"intended_rate == 100", kMet, "100/s"},
      {"goodput_rate >= 75/s", kMet, "75/s"},
      {"operation_rate > 749", kMet, "750/s"},
      {"send_lag < 1ms", kMet, "100 µs"},
      {"liveness.probes == 20", kMet, "20"},
      {"liveness.missed == 0", kMissed, "1"},
      {"liveness.missed <= 5%", kMet, "5 % (1)"},
      {"liveness.timeouts == 1", kMet, "1"},
      {"liveness.failed == 0", kMet, "0"},
      {"liveness.p50 <= 1ms", kMet, "1 ms"},
      {"liveness.p999 <= 50ms", kMissed, "1 s"},
      {"readiness.not_serving <= 3", kMissed, "4"},
      {"resident <= 150MiB", kMet, "150 MiB"},
      {"used <= 90%", kMet, "90 % (90 MiB)"},
      {"used < 90%", kMissed, "90 % (90 MiB)"},
      {"committed <= 95MiB", kMet, "95 MiB"},
      {"objects <= 9000", kMet, "9,000"},
      {"longest_pause <= 2ms", kMet, "2 ms"},
      {"collections == 2", kMet, "2"},
      {"major_collections == 1", kMet, "1"},
      {"peak.p99 <= 400% of base.p99", kMet, "40 ms (400 %)"},
      {"peak.goodput_rate >= 60% of base.goodput_rate", kMissed, "50/s (50 %)"},
  };
  const RunReport run = SampleRun();
  for (const Case& c : cases) {
    const SloResult result = JudgeOne(run, c.slo);
    EXPECT_EQ(result.outcome, c.outcome) << c.slo;
    EXPECT_EQ(result.actual, c.actual) << c.slo;
    EXPECT_EQ(result.note, "") << c.slo;
  }
}

TEST(JudgementTest, SaysWhatAShareOfAnotherMetricIs) {
  EXPECT_EQ(JudgeOne(SampleRun(), "peak.p99 < 150% of base.p99").limit,
            "15 ms");
  EXPECT_EQ(JudgeOne(SampleRun(), "peak.p99 < 15ms").limit, "");
}

TEST(JudgementTest, CountsKilledAndTakenOut) {
  const char kRule[] = "interval=1s,timeout=1s,unhealthy=2";
  const RunReport run = SampleRun();  // one timeout, four NOT_SERVING
  EXPECT_EQ(JudgeOne(run, "killed == 0", kRule).outcome, kMet);
  EXPECT_EQ(JudgeOne(run, "taken_out == 0", kRule).outcome, kMissed);
  EXPECT_EQ(JudgeOne(run, "taken_out == 0", kRule).actual, "1");
  EXPECT_EQ(JudgeOne(run, "killed == 0", "interval=1s,timeout=1s,unhealthy=1")
                .outcome,
            kMissed);
}

struct UnknownCase {
  const char* slo;
  const char* note;
  const char* rule = "";
};

TEST(JudgementTest, WhatWasNotMeasuredIsNotMet) {
  const UnknownCase cases[] = {
      {"p99 < 1s", "p99 is unknown: no call was ok"},
      {"valley.p99 < 1s", "the run has no \"valley\""},
      {"errors < 1%", "intended is 0, so there is no share of it"},
      {"goodput_rate >= 0", "it took no time"},
      {"liveness.missed == 0", "the run has no \"liveness\""},
      {"resident < 1GiB", "the heap's size was not sampled"},
      {"used < 90%", "the heap's size was not sampled"},
      {"killed == 0", "no --balancer rule was about it"},
      {"killed == 0", "no --balancer rule was about it", "readiness:gcp"},
      {"killed == 0", "the run had no health probes", "liveness:gcp"},
      {"p99 < 150% of base.p99", "p99 is unknown"},
      {"send_lag < 1s", "no call was sent"},
  };
  for (const UnknownCase& c : cases) {
    const SloResult result = JudgeOne(RunReport(), c.slo, c.rule);
    EXPECT_EQ(result.outcome, SloOutcome::kUnknown) << c.slo;
    EXPECT_THAT(result.note, HasSubstr(c.note)) << c.slo;
    EXPECT_EQ(result.actual, "") << c.slo;
  }
}

TEST(JudgementTest, AScopeThatTheRunLacksIsNamedWithThoseThatItHas) {
  EXPECT_THAT(JudgeOne(SampleRun(), "valley.p99 < 1s").note,
              HasSubstr("no \"valley\", only base, peak, liveness, readiness"));
  EXPECT_THAT(JudgeOne(SampleRun(), "startup.missed == 0").note,
              HasSubstr("no \"startup\", only liveness, readiness"));
}

TEST(JudgementTest, AZeroWithoutAnsweredProbesIsUnknown) {
  RunReport run = SampleRun();
  run.probes[0].probes.clear();
  EXPECT_EQ(JudgeOne(run, "liveness.missed == 0").outcome,
            SloOutcome::kUnknown);
}

TEST(JudgementTest, MissedCollectionsMayHoldTheLongestPause) {
  RunReport run = SampleRun();
  run.missed_collections = 3;
  EXPECT_EQ(JudgeOne(run, "longest_pause <= 2ms").outcome,
            SloOutcome::kUnknown);
  EXPECT_EQ(JudgeOne(run, "collections == 5").outcome, kMet);
}

TEST(JudgementTest, WithoutAWatchThereIsNoLongestPause) {
  RunReport run = SampleRun();
  run.collections.clear();
  run.collections_watched = false;
  for (const char* slo :
       {"longest_pause <= 2ms", "collections == 0", "major_collections == 0"}) {
    EXPECT_EQ(JudgeOne(run, slo).outcome, SloOutcome::kUnknown) << slo;
  }
}

TEST(JudgementTest, ADaemonThatDoesNotSayItsSizeIsNotSmall) {
  RunReport run = SampleRun();
  for (HeapSample& sample : run.heap_samples) sample.resident_bytes = 0;
  EXPECT_EQ(JudgeOne(run, "resident <= 1GiB").outcome, SloOutcome::kUnknown);
}

TEST(JudgementTest, SharesThatAreNotExactInBinaryMeetTheirLimit) {
  RunReport run = SampleRun();
  run.calls.intended = 100;
  for (uint64_t percent = 1; percent <= 100; ++percent) {
    run.calls.ok = percent;
    const std::string share = std::to_string(percent) + "%";
    EXPECT_EQ(JudgeOne(run, "goodput >= " + share).outcome, kMet) << share;
    EXPECT_EQ(JudgeOne(run, "goodput <= " + share).outcome, kMet) << share;
    EXPECT_EQ(JudgeOne(run, "goodput < " + share).outcome, kMissed) << share;
  }
}

TEST(JudgementTest, PassesOnlyIfEverySloIsMet) {
  const RunReport run = SampleRun();
  const Slo met = *ParseSlo("p99 < 50ms");
  const Slo missed = *ParseSlo("p99 < 5ms");
  const Slo unknown = *ParseSlo("valley.p99 < 5ms");
  EXPECT_TRUE(Judge(run, {}, {}).passed());
  EXPECT_TRUE(Judge(run, {met}, {}).passed());
  EXPECT_FALSE(Judge(run, {met, missed}, {}).passed());
  EXPECT_FALSE(Judge(run, {met, unknown}, {}).passed());
  // A verdict is no SLO.
  EXPECT_TRUE(Judge(run, {met},
                    {*ParseBalancerRule("interval=1s,timeout=1s,unhealthy=1")})
                  .passed());
}

}  // namespace
}  // namespace heapd::heapload
