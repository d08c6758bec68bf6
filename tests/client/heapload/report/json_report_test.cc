#include "client/heapload/report/json_report.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "tests/client/heapload/report/sample_run.h"

namespace heapd::heapload {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

Judgement SampleJudgement(const RunReport& run) {
  return Judge(run, {*ParseSlo("p99 < 50ms"), *ParseSlo("valley.p99 < 1s")},
               {*ParseBalancerRule("interval=1s,timeout=1s,unhealthy=1")});
}

TEST(JsonReportTest, ComesBackAsItWas) {
  const RunReport run = SampleRun();
  const std::string text = ToJson(run, SampleJudgement(run));
  const auto saved = FromJson(text);
  ASSERT_TRUE(saved.ok()) << saved.status();
  // The writer's text is the shortest way to compare every member.
  EXPECT_EQ(ToJson(saved->report, SampleJudgement(saved->report)), text);
  EXPECT_EQ(saved->report.heap, "bench");
  EXPECT_EQ(saved->report.calls.errors.at("HEAP_LIMIT"), 60u);
  EXPECT_EQ(saved->report.probes[1].probes[13].outcome,
            ProbeOutcome::kNotServing);
  EXPECT_DOUBLE_EQ(saved->report.collections[1].longest_pause_seconds, 0.002);
  EXPECT_THAT(saved->slos, ElementsAre("p99 < 50ms", "valley.p99 < 1s"));
  // Two series have a verdict each by the one rule.
  EXPECT_THAT(saved->balancers,
              ElementsAre("interval=1s,timeout=1s,unhealthy=1"));
}

// Every member that is written must be read: a writer and a reader that both
// forget one would still agree.
TEST(JsonReportTest, HasEveryMember) {
  const json run = json::parse(ToJson(SampleRun(), {}))["run"];
  EXPECT_EQ(run.size(), 21u);
  EXPECT_EQ(run["calls"].size(), 8u);
  EXPECT_EQ(run["latency"].size(), 7u);
  EXPECT_EQ(run["intervals"][0].size(), 4u);
  EXPECT_EQ(run["phases"][0].size(), 4u);
  EXPECT_EQ(run["phase_spans"][0].size(), 3u);
  EXPECT_EQ(run["probes"][0].size(), 4u);
  EXPECT_EQ(run["probes"][0]["probes"][0].size(), 3u);
  EXPECT_EQ(run["heap_samples"][0].size(), 6u);
  EXPECT_EQ(run["collections"][0].size(), 7u);
}

TEST(JsonReportTest, SaysForScriptsHowTheRunWasJudged) {
  const RunReport run = SampleRun();
  const json judgement =
      json::parse(ToJson(run, SampleJudgement(run)))["judgement"];
  EXPECT_EQ(judgement["passed"], false);
  EXPECT_EQ(judgement["slos"][0]["outcome"], "met");
  EXPECT_EQ(judgement["slos"][0]["actual"], "30 ms");
  EXPECT_EQ(judgement["slos"][1]["outcome"], "unknown");
  EXPECT_EQ(judgement["verdicts"][0]["fate"], "killed");
  EXPECT_EQ(judgement["verdicts"][0]["outages"][0]["out_seconds"], 19);
  EXPECT_EQ(judgement["verdicts"][1]["fate"], "taken_out");
}

TEST(JsonReportTest, NamesMayHoldAnything) {
  RunReport run = SampleRun();
  run.heap = "a\"b\\c\n</script>\xff";
  run.calls.errors = {{"", 1}, {"é", 2}};
  const auto saved = FromJson(ToJson(run, {}));
  ASSERT_TRUE(saved.ok()) << saved.status();
  // What is not UTF-8 is replaced.
  EXPECT_EQ(saved->report.heap, "a\"b\\c\n</script>\xef\xbf\xbd");
  EXPECT_EQ(saved->report.calls.errors, run.calls.errors);
}

TEST(JsonReportTest, ReadsARunThatWasNotJudgedOrHasMoreMembers) {
  json saved = json::parse(ToJson(SampleRun(), {}));
  saved.erase("judgement");
  saved["run"]["new_member"] = {1, 2};
  const auto read = FromJson(saved.dump());
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_THAT(read->slos, IsEmpty());
  for (const json& judgement :
       {json(1), json{{"slos", 1}}, json{{"slos", {1, {{"slo", 2}}}}}}) {
    saved["judgement"] = judgement;
    EXPECT_TRUE(FromJson(saved.dump()).ok()) << judgement;
  }
}

std::string ErrorOf(const std::string& text) {
  const auto saved = FromJson(text);
  EXPECT_EQ(saved.status().code(), absl::StatusCode::kInvalidArgument);
  return std::string(saved.status().message());
}

TEST(JsonReportTest, RefusesWhatIsNoRun) {
  EXPECT_THAT(ErrorOf(""), HasSubstr("this is not JSON, from byte 1 on"));
  EXPECT_THAT(ErrorOf("{\"format\": "), HasSubstr("this is not JSON"));
  EXPECT_THAT(ErrorOf("{}"), HasSubstr("this is no run of heapload"));
  EXPECT_THAT(ErrorOf("[]"), HasSubstr("this is no run of heapload"));
  EXPECT_THAT(ErrorOf("{\"format\": \"heapload run\"}"),
              HasSubstr("version is missing"));
  EXPECT_THAT(ErrorOf("{\"format\": \"heapload run\", \"version\": 2}"),
              HasSubstr("saved in version 2 of the format, and this heapload "
                        "reads version 1"));
  EXPECT_THAT(ErrorOf("{\"format\": \"heapload run\", \"version\": 1}"),
              HasSubstr("run is missing"));
}

TEST(JsonReportTest, NamesTheMemberThatIsWrong) {
  struct Case {
    const char* pointer;
    json value;
    const char* message;
  };
  const Case cases[] = {
      {"/run", 1, "run is 1 instead of an object"},
      {"/run/heap", 7, "run.heap is 7 instead of a string"},
      {"/run/seconds", "x", "run.seconds is \"x\" instead of a number"},
      {"/run/seconds", -1,
       "run.seconds is -1 instead of a number that is not "
       "negative"},
      {"/run/interrupted", 0, "run.interrupted is 0 instead of true or false"},
      {"/run/calls/ok", -1, "run.calls.ok is -1 instead of a whole number"},
      {"/run/calls/ok", 1.5, "run.calls.ok is 1.5 instead of a whole number"},
      {"/run/calls/errors", json::array(),
       "run.calls.errors is [] instead of an object"},
      {"/run/calls/errors/HEAP_LIMIT", "60",
       "run.calls.errors.HEAP_LIMIT is \"60\" instead of"},
      {"/run/phases", nullptr, "run.phases is null instead of an array"},
      {"/run/phases/1", std::string(50, 'x'),
       "run.phases[1] is string instead of an object"},
      {"/run/probes/0/probes/3/outcome", "DEAD",
       "run.probes[0].probes[3].outcome is \"DEAD\" instead of SERVING, "
       "NOT_SERVING, TIMEOUT or FAILED"},
  };
  const json right = json::parse(ToJson(SampleRun(), {}));
  for (const Case& c : cases) {
    json wrong = right;
    wrong[json::json_pointer(c.pointer)] = c.value;
    EXPECT_THAT(ErrorOf(wrong.dump()), HasSubstr(c.message));
  }
  json missing = right;
  missing["run"]["phases"][1].erase("latency");
  EXPECT_EQ(ErrorOf(missing.dump()), "run.phases[1].latency is missing");
}

}  // namespace
}  // namespace heapd::heapload
