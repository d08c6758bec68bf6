#include "client/heapload/report/verdict.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/client/heapload/report/sample_run.h"

namespace heapd::heapload {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

BalancerRule Rule(const char* text) { return *ParseBalancerRule(text); }

// Asks each second, so that the letters are what it sees.
const char kEachSecond[] = "interval=1s,timeout=1s,unhealthy=3,healthy=2";

TEST(VerdictTest, OneFailureFewerThanTheThresholdKeeps) {
  const Verdict verdict =
      ApplyRule(ProbesOf("liveness", 1, "....tt....tt.."), Rule(kEachSecond));
  EXPECT_EQ(verdict.fate, Fate::kKept);
  EXPECT_THAT(verdict.outages, IsEmpty());
  EXPECT_EQ(verdict.failures_at_end, 0);
  EXPECT_THAT(DescribeVerdict(verdict),
              HasSubstr("would have kept this instance"));
}

TEST(VerdictTest, AsManyFailuresAsTheThresholdKillWhenTheLastHasEnded) {
  const Verdict verdict =
      ApplyRule(ProbesOf("liveness", 1, "....ttt......."), Rule(kEachSecond));
  EXPECT_EQ(verdict.fate, Fate::kKilled);
  ASSERT_THAT(verdict.outages, SizeIs(1));
  EXPECT_DOUBLE_EQ(verdict.outages[0].out_seconds, 7);  // asked at 6, after 1 s
  EXPECT_FALSE(verdict.outages[0].in_seconds.has_value());
  EXPECT_EQ(DescribeVerdict(verdict),
            "a balancer that asks for liveness every 1 s (timeout 1 s, 3 "
            "failures in a row) would have killed this instance at 7.0 s, "
            "whenever it began to ask");
}

TEST(VerdictTest, EveryKindOfFailureCounts) {
  for (const char* probes : {"...fff.", "...nnn.", "...sss.", "...tfn."}) {
    EXPECT_EQ(
        ApplyRule(ProbesOf("liveness", 1, probes), Rule(kEachSecond)).fate,
        Fate::kKilled)
        << probes;
  }
}

TEST(VerdictTest, ASlowAnswerIsOneForAPatientRule) {
  const ProbeSeries slow = ProbesOf("liveness", 1, "...sss..............");
  EXPECT_EQ(ApplyRule(slow, Rule("interval=5s,timeout=3s,unhealthy=1")).fate,
            Fate::kKept);
  EXPECT_EQ(ApplyRule(slow, Rule("interval=5s,timeout=1s,unhealthy=1")).fate,
            Fate::kKilled);
}

TEST(VerdictTest, ReadinessGoesOutAndComesBack) {
  const Verdict verdict = ApplyRule(
      ProbesOf("readiness", 1, "..nnnnn......nnn..."), Rule(kEachSecond));
  EXPECT_EQ(verdict.fate, Fate::kTakenOut);
  ASSERT_THAT(verdict.outages, SizeIs(2));
  EXPECT_DOUBLE_EQ(verdict.outages[0].out_seconds, 4.001);
  EXPECT_DOUBLE_EQ(*verdict.outages[0].in_seconds, 8.001);
  EXPECT_DOUBLE_EQ(verdict.outages[1].out_seconds, 15.001);
  EXPECT_DOUBLE_EQ(*verdict.outages[1].in_seconds, 17.001);
  EXPECT_THAT(DescribeVerdict(verdict),
              HasSubstr("out of rotation from 4.0 s to 8.0 s, from 15.0 s to "
                        "17.0 s"));
}

TEST(VerdictTest, StaysOutToTheEndOfTheRun) {
  const Verdict verdict =
      ApplyRule(ProbesOf("readiness", 1, "......nnnnn."), Rule(kEachSecond));
  ASSERT_THAT(verdict.outages, SizeIs(1));
  EXPECT_FALSE(verdict.outages[0].in_seconds.has_value());
  EXPECT_THAT(DescribeVerdict(verdict), HasSubstr("to the end of the run"));
}

TEST(VerdictTest, FlappingResetsTheCount) {
  EXPECT_EQ(ApplyRule(ProbesOf("readiness", 1, "tt.tt.tt.tt.tt.tt."),
                      Rule(kEachSecond))
                .fate,
            Fate::kKept);
}

// A balancer that asks every 2 s sees only the even or only the odd probes.
TEST(VerdictTest, TheWorstTimeToBeginCounts) {
  const Verdict verdict = ApplyRule(ProbesOf("liveness", 1, ".t.t.t......"),
                                    Rule("interval=2s,timeout=1s,unhealthy=3"));
  EXPECT_EQ(verdict.fate, Fate::kKilled);
  EXPECT_EQ(verdict.beginnings, 2);
  EXPECT_EQ(verdict.beginnings_that_act, 1);
  EXPECT_THAT(DescribeVerdict(verdict), HasSubstr("in 1 of the 2 ways"));
}

TEST(VerdictTest, TheEarliestDeathCounts) {
  // From the second probe on it dies at 5 + 1 s, from the first at 8 + 1 s.
  const Verdict verdict = ApplyRule(ProbesOf("liveness", 1, "...t.tttt...."),
                                    Rule("interval=2s,timeout=1s,unhealthy=2"));
  ASSERT_THAT(verdict.outages, SizeIs(1));
  EXPECT_DOUBLE_EQ(verdict.outages[0].out_seconds, 6);
}

TEST(VerdictTest, AShortRunCannotSayThatAllIsWell) {
  const BalancerRule rule = Rule("interval=10s,timeout=1s,unhealthy=3");
  const Verdict verdict =
      ApplyRule(ProbesOf("liveness", 1, std::string(29, '.')), rule);
  EXPECT_EQ(verdict.fate, Fate::kUnknown);
  EXPECT_THAT(DescribeVerdict(verdict),
              HasSubstr("the run is too short to tell: its probes cover 29 s, "
                        "and 3 checks in a row take 30 s"));
  EXPECT_EQ(ApplyRule(ProbesOf("liveness", 1, std::string(30, '.')), rule).fate,
            Fate::kKept);
}

TEST(VerdictTest, AShortRunCanSayThatTheInstanceDied) {
  EXPECT_EQ(ApplyRule(ProbesOf("liveness", 1, std::string(21, 't')),
                      Rule("interval=10s,timeout=1s,unhealthy=3"))
                .fate,
            Fate::kKilled);
}

TEST(VerdictTest, SaysWithHowManyFailuresTheRunEnded) {
  const Verdict verdict =
      ApplyRule(ProbesOf("liveness", 1, "..........tt"), Rule(kEachSecond));
  EXPECT_EQ(verdict.fate, Fate::kKept);
  EXPECT_EQ(verdict.failures_at_end, 2);
  EXPECT_THAT(DescribeVerdict(verdict),
              HasSubstr("but the run ended with 2 failed checks in a row"));
}

// Our probes gave up after 1 s; Google's would have waited 5 s.
TEST(VerdictTest, ATimeoutSaysNothingToAMorePatientRule) {
  const BalancerRule gcp = Rule("gcp");
  const Verdict verdict =
      ApplyRule(ProbesOf("liveness", 1, "......tttttttttt......"), gcp);
  EXPECT_EQ(verdict.fate, Fate::kUnknown);
  EXPECT_THAT(DescribeVerdict(verdict),
              HasSubstr("the probes gave up after 1 s, the rule waits 5 s"));
  // Where the timeouts alone would not be enough, nothing is unclear.
  EXPECT_EQ(
      ApplyRule(ProbesOf("liveness", 1, "......tttt............"), gcp).fate,
      Fate::kKept);
  // Where others failed for certain, neither.
  EXPECT_EQ(
      ApplyRule(ProbesOf("liveness", 1, "......tttffffffff....."), gcp).fate,
      Fate::kKilled);
}

TEST(VerdictTest, ProbesRarerThanTheRuleAsksCannotTell) {
  const Verdict verdict = ApplyRule(
      ProbesOf("liveness", 10, std::string(20, '.')), Rule(kEachSecond));
  EXPECT_EQ(verdict.fate, Fate::kUnknown);
  EXPECT_THAT(verdict.why_unknown,
              HasSubstr("the probes were 10 s apart, the rule asks every 1 s"));
}

TEST(VerdictTest, AGapInTheProbesCannotTell) {
  ProbeSeries series = ProbesOf("liveness", 1, std::string(30, '.'));
  series.probes.erase(series.probes.begin() + 10, series.probes.begin() + 16);
  const Verdict verdict = ApplyRule(series, Rule(kEachSecond));
  EXPECT_EQ(verdict.fate, Fate::kUnknown);
  EXPECT_THAT(verdict.why_unknown, HasSubstr("a gap"));
}

TEST(VerdictTest, NoProbesCannotTell) {
  const Verdict verdict =
      ApplyRule(ProbesOf("liveness", 1, ""), Rule(kEachSecond));
  EXPECT_EQ(verdict.fate, Fate::kUnknown);
  EXPECT_THAT(verdict.why_unknown, HasSubstr("there were no probes"));
}

// Binary fractions do not add up: 0.1 s is not a tenth.
TEST(VerdictTest, FindsEachBeginningOfFractionalCadences) {
  const Verdict verdict =
      ApplyRule(ProbesOf("liveness", 0.1, std::string(600, '.')),
                Rule("interval=5s,timeout=1s,unhealthy=3"));
  EXPECT_EQ(verdict.fate, Fate::kKept);
  EXPECT_EQ(verdict.beginnings, 50);
}

TEST(VerdictTest, ARuleIsAboutTheSeriesThatItNamesOrAll) {
  const RunReport run = SampleRun();
  EXPECT_THAT(ApplyRule(run, Rule(kEachSecond)), SizeIs(2));
  const auto one = ApplyRule(run, Rule("readiness:gcp"));
  ASSERT_THAT(one, SizeIs(1));
  EXPECT_EQ(one[0].series, "readiness");

  const auto none = ApplyRule(run, Rule("startup:gcp"));
  ASSERT_THAT(none, SizeIs(1));
  EXPECT_EQ(none[0].fate, Fate::kUnknown);
  EXPECT_THAT(none[0].why_unknown,
              HasSubstr("no probes called \"startup\", only liveness"));
  EXPECT_EQ(ApplyRule(RunReport(), Rule("gcp"))[0].fate, Fate::kUnknown);
}

}  // namespace
}  // namespace heapd::heapload
