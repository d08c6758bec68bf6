#include "client/heapload/report/html_report.h"

#include <regex>
#include <set>
#include <string>
#include <vector>

#include "client/heapload/report/page_data.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "tests/client/heapload/report/sample_run.h"

namespace heapd::heapload {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::Not;

Judgement SampleJudgement(const RunReport& run) {
  return Judge(run, {*ParseSlo("p99 < 50ms"), *ParseSlo("peak.p99 < 10ms")},
               {*ParseBalancerRule("interval=1s,timeout=1s,unhealthy=1")});
}

std::string SamplePage() {
  const RunReport run = SampleRun();
  return HtmlReport(run, SampleJudgement(run));
}

// What stands between two texts, the first of which occurs once.
std::string Between(const std::string& page, const std::string& begin,
                    const std::string& end) {
  const size_t from = page.find(begin);
  EXPECT_NE(from, std::string::npos) << begin;
  EXPECT_EQ(page.find(begin, from + 1), std::string::npos) << begin;
  const size_t start = from + begin.size();
  return page.substr(start, page.find(end, start) - start);
}

constexpr char kDataBegin[] =
    "<script type=\"application/json\" id=\"run-data\">";

// Empty, or the first thing that is not well formed. Knows elements without an
// end, and that style and script hold no markup.
std::string FirstFault(const std::string& page) {
  static const std::set<std::string> kVoid = {"meta", "input", "br"};
  std::vector<std::string> open;
  const std::regex tag("<(/?)([a-z0-9]+)((?:\\s+[a-z-]+(?:=\"[^\"<>]*\")?)*)>");
  size_t at = page.find('>') + 1;  // behind <!doctype html>
  while ((at = page.find_first_of("<>", at)) != std::string::npos) {
    std::smatch match;
    const std::string rest = page.substr(at, 400);
    if (!std::regex_search(rest, match, tag,
                           std::regex_constants::match_continuous)) {
      return "no tag: " + rest.substr(0, 60);
    }
    const std::string name = match[2];
    at += static_cast<size_t>(match.length());
    if (match[1] == "/") {
      if (open.empty() || open.back() != name) return "unexpected end: " + name;
      open.pop_back();
      continue;
    }
    if (kVoid.count(name) > 0) continue;
    open.push_back(name);
    if (name == "script" || name == "style") at = page.find("</" + name, at);
  }
  return open.empty() ? "" : "not ended: " + open.back();
}

TEST(HtmlReportTest, IsWellFormed) {
  EXPECT_EQ(FirstFault(SamplePage()), "");
  EXPECT_EQ(FirstFault(HtmlReport(RunReport(), Judgement())), "");
  // The check itself finds faults.
  EXPECT_NE(FirstFault("<!doctype html><p>a < b</p>"), "");
  EXPECT_NE(FirstFault("<!doctype html><p><b></p></b>"), "");
  EXPECT_NE(FirstFault("<!doctype html><p>"), "");
}

TEST(HtmlReportTest, AsksTheNetworkForNothing) {
  const std::string page = SamplePage();
  EXPECT_THAT(page, HasSubstr("default-src 'none'"));
  EXPECT_THAT(page, Not(HasSubstr(" src=")));
  EXPECT_THAT(page, Not(HasSubstr(" href=")));
  EXPECT_THAT(page, Not(HasSubstr("url(http")));
  EXPECT_THAT(page, Not(HasSubstr("@import")));
  EXPECT_THAT(page, Not(HasSubstr("fetch(")));
}

TEST(HtmlReportTest, HasTheDataOfEveryChart) {
  const json data = json::parse(Between(SamplePage(), kDataBegin, "</script>"));
  EXPECT_EQ(data["seconds"], 20);
  EXPECT_EQ(data["deadline"], 1);
  EXPECT_EQ(data["phases"],
            json::parse(R"([{"name": "base", "start": 0, "end": 10},
                            {"name": "peak", "start": 10, "end": 20}])"));
  EXPECT_EQ(data["intervals"]["p99"], json({0.01, 0.04}));
  EXPECT_EQ(data["intervals"]["intended"], json({1000, 1000}));
  EXPECT_EQ(data["intervals"]["ok"], json({1000, 500}));
  // Each call is in one of these: refused ones are not failed ones too.
  EXPECT_EQ(data["intervals"]["refused"], json({0, 360}));
  EXPECT_EQ(data["intervals"]["failed"], json({0, 40}));
  EXPECT_EQ(data["intervals"]["unsent"], json({0, 100}));
  EXPECT_EQ(data["troubles"]["HEAP_LIMIT"], json({0, 60}));
  EXPECT_EQ(data["troubles"]["refused without a retry time"], json({0, 60}));
  EXPECT_EQ(data["probes"][0]["name"], "liveness");
  EXPECT_EQ(data["probes"][0]["outcome"], "SSSSSSSSSSSSSSSSSSTS");
  EXPECT_EQ(data["probes"][1]["outcome"], "SSSSSSSSSSSSNNNNSSSS");
  EXPECT_EQ(data["heap"]["used"], json({10 << 20, 90 << 20, 40 << 20}));
  EXPECT_EQ(data["collections"]["major"], json({0, 1}));
  EXPECT_EQ(data["collections"]["pause"], json({0.0003, 0.002}));
  EXPECT_EQ(data["outages"][0],
            json::parse(R"({"series": "liveness", "killed": true, "out": 19,
                            "in": null})"));
  EXPECT_EQ(data["outages"][1]["killed"], false);
  EXPECT_EQ(data["outages"][1]["in"], 16.001);
}

TEST(HtmlReportTest, AnIntervalWithoutOkCallsHasNoLatency) {
  RunReport run = SampleRun();
  run.intervals[1].latency = LatencySummary();
  const json data = json::parse(PageData(run, {}));
  EXPECT_EQ(data["intervals"]["p99"], json({0.01, nullptr}));
}

TEST(HtmlReportTest, SaysInTextWhatTheChartsShow) {
  const std::string page = SamplePage();
  for (const char* text :
       {"heapload: churn on bench", "1 of 2 SLOs was missed.",
        "<code>peak.p99 &lt; 10ms</code>", ">missed</span>",
        "would have killed this instance at 19.0 s", "OVERLOADED",
        "127.0.0.1:7702", "Major collections", "old space",
        "prefers-color-scheme: dark"}) {
    EXPECT_THAT(page, HasSubstr(text));
  }
}

// Whoever names a heap or an error must not be able to run anything where the
// report is read.
TEST(HtmlReportTest, NoTextOfTheRunBecomesMarkup) {
  const std::string evil =
      "</script><script>alert(1)</script><!--<img src=x onerror=alert(1)>\"'&";
  RunReport run = SampleRun();
  run.heap = evil;
  run.command_line = evil;
  run.machine = evil;
  run.address = evil;
  run.profile = evil;
  run.schedule = evil;
  run.started_at = evil;
  run.phases[0].name = evil;
  run.phase_spans[0].name = evil;
  run.probes[0].name = evil;
  run.probes[0].address = evil;
  run.calls.errors[evil] = 1;
  run.collections[1].reason = evil;
  Judgement judgement = SampleJudgement(run);
  judgement.slos[0].slo.text = evil;
  judgement.slos[0].note = evil;
  judgement.slos[0].limit = evil;
  judgement.verdicts[0].fate = Fate::kUnknown;
  judgement.verdicts[0].why_unknown = evil;
  judgement.verdicts[0].rule.preset = evil;

  const std::string page = HtmlReport(run, judgement);
  EXPECT_EQ(FirstFault(page), "");
  EXPECT_THAT(page, Not(HasSubstr("alert(1)</script>")));
  EXPECT_THAT(page, Not(HasSubstr("<img")));
  EXPECT_THAT(page, Not(HasSubstr("<!--")));
  const json data = json::parse(Between(page, kDataBegin, "</script>"));
  EXPECT_EQ(data["phases"][0]["name"], evil);
  EXPECT_EQ(data["probes"][0]["name"], evil);
}

TEST(HtmlReportTest, TextThatIsNotUtf8IsReplacedInTheData) {
  RunReport run = SampleRun();
  run.phase_spans[0].name = "a\xff\xe2\x80\xa8";  // and a line separator
  const std::string data = PageData(run, {});
  EXPECT_THAT(data, HasSubstr("a\\ufffd\\u2028"));
  for (const char c : data) ASSERT_EQ(c & 0x80, 0);
}

}  // namespace
}  // namespace heapd::heapload
