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
  EXPECT_EQ(Summary(run, judgement),
            R"(heapload: churn, steps:100@10s:base,100@10s:peak, for 20 s
heap bench at 127.0.0.1:7700, deadline of a call 1 s; started 2026-11-26T08:00:00Z on Example CPU, 2 cores

Calls
)");
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
