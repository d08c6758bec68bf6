#include "client/heapload/report/summary.h"

#include <sstream>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/client/heapload/report/sample_run.h"

namespace heapd::heapload {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string Summary(const RunReport& run, const Judgement& judgement = {}) {
  std::ostringstream out;
  PrintSummary(run, judgement, out);
  return out.str();
}

// Lines are aligned by characters, of which "µ" is one.
TEST(SummaryTest, ShowsTheWholeRunInAlignedTables) {
  const RunReport run = SampleRun();
  const Judgement judgement = Judge(
      run,
      {*ParseSlo("p99 < 50ms"), *ParseSlo("peak.p99 < 10ms"),
       *ParseSlo("peak.p99 < 200% of base.p99"), *ParseSlo("valley.p99 < 1s")},
      {*ParseBalancerRule("liveness:interval=1s,timeout=1s,unhealthy=1"),
       *ParseBalancerRule("readiness:kubernetes")});
  const std::string summary = Summary(run, judgement);
  for (const char* lines : {
           R"(
Latency of ok calls, from their intended start
  phase       p50    p90    p99  p99.9  p99.99     max
  base       1 ms   5 ms  10 ms  20 ms   30 ms   40 ms
  peak       4 ms  20 ms  40 ms  80 ms  120 ms  160 ms
  whole run  3 ms  15 ms  30 ms  60 ms   90 ms  120 ms
)",
           R"(
Failed calls by class
  class              base  peak  whole run  of intended
  DEADLINE_EXCEEDED     0    40         40          2 %
  HEAP_LIMIT            0    60         60          3 %
  OVERLOADED            0   300        300         15 %
)",
           R"(
Collections
  kind   collections  per second  average time  longest time  longest pause
  minor            1      0.05/s        400 µs        400 µs         300 µs
  major            1      0.05/s        500 ms        500 ms           2 ms
)",
           "\n  met      p99 < 50ms ", "\n  missed   peak.p99 < 10ms ",
           " 40 ms (400 %) ", "\n  unknown  valley.p99 < 1s ",
           "\nVerdicts\n  a balancer that asks for liveness every 1 s "
           "(timeout 1 s, 1 failure) would have killed this instance at "
           "19.0 s, whenever it began to ask\n",
           "the run is too short to tell: its probes cover 20 s, and 3 checks "
           "in a row take 30 s\n",
           "\n2 of 4 SLOs were missed. 1 of 4 SLOs could not be judged.\n"}) {
    EXPECT_THAT(summary, HasSubstr(lines));
  }
}

TEST(SummaryTest, AnEmptyRunHasAnEmptySummary) {
  const std::string summary = Summary(RunReport());
  EXPECT_THAT(summary, HasSubstr("whole run"));
  EXPECT_THAT(summary, Not(HasSubstr("nan")));
  EXPECT_THAT(summary, Not(HasSubstr("Health checks")));
  EXPECT_THAT(summary, Not(HasSubstr("SLOs")));
}

TEST(SummaryTest, SaysWhatMakesTheNumbersDoubtful) {
  RunReport run = SampleRun();
  EXPECT_THAT(Summary(run), Not(HasSubstr("note:")));
  run.interrupted = true;
  run.missed_collections = 1;
  run.send_lag.p99 = 0.02;  // of a p99 of 30 ms
  const std::string summary = Summary(run);
  EXPECT_THAT(summary, HasSubstr("note: The run was interrupted after 20 s."));
  EXPECT_THAT(summary, HasSubstr("note: 1 collection was not received"));
  EXPECT_THAT(summary, HasSubstr("heapload could not keep up"));
  EXPECT_THAT(summary, HasSubstr("one call in a hundred 20 ms late"));
}

TEST(SummaryTest, ARunWithoutPartsHasOneRow) {
  RunReport run = SampleRun();
  run.phases.resize(1);
  run.phases[0].name = "all";
  EXPECT_THAT(Summary(run), Not(HasSubstr("whole run")));
}

}  // namespace
}  // namespace heapd::heapload
