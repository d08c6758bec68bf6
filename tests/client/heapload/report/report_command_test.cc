#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "client/heapload/exit_code.h"
#include "client/heapload/report/json_report.h"
#include "client/heapload/run.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/client/heapload/report/sample_run.h"

namespace heapd::heapload {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class ReportCommandTest : public ::testing::Test {
 protected:
  ReportCommandTest()
      : folder_(
            ::testing::TempDir() + "report_command_" +
            ::testing::UnitTest::GetInstance()->current_test_info()->name() +
            "_"),
        run_file_(folder_ + "run.json") {
    const RunReport run = SampleRun();
    std::ofstream(run_file_) << ToJson(
        run, Judge(run, {*ParseSlo("p99 < 50ms")},
                   {*ParseBalancerRule("liveness:interval=1s,timeout=1s,"
                                       "unhealthy=1")}));
  }

  int Run(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"heapload", "report"});
    std::vector<const char*> argv;
    for (const std::string& argument : arguments) {
      argv.push_back(argument.c_str());
    }
    std::ostringstream out;
    std::ostringstream err;
    const int exit_code =
        RunHeapload(static_cast<int>(argv.size()), argv.data(), out, err);
    out_ = out.str();
    err_ = err.str();
    return exit_code;
  }

  static std::string Contents(const std::string& path) {
    std::ostringstream text;
    text << std::ifstream(path).rdbuf();
    return text.str();
  }

  std::string folder_;
  std::string run_file_;
  std::string out_;
  std::string err_;
};

TEST_F(ReportCommandTest, JudgesASavedRunAsItWasJudged) {
  EXPECT_EQ(Run({run_file_}), kOk) << err_;
  EXPECT_THAT(out_, HasSubstr("The SLO was met."));
  EXPECT_THAT(out_, HasSubstr("would have killed this instance at 19.0 s"));
  EXPECT_THAT(err_, IsEmpty());
}

TEST_F(ReportCommandTest, JudgesItByOtherSlosAndRules) {
  EXPECT_EQ(Run({run_file_, "--slo", "p99 < 50ms", "--slo", "errors == 0",
                 "--balancer", "readiness:interval=1s,timeout=1s,unhealthy=9"}),
            kSloMissed)
      << err_;
  EXPECT_THAT(out_, HasSubstr("1 of 2 SLOs was missed."));
  EXPECT_THAT(out_, HasSubstr("would have kept this instance"));
  EXPECT_THAT(out_, Not(HasSubstr("killed")));
}

TEST_F(ReportCommandTest, OptionsMayStandInFrontOfTheFile) {
  EXPECT_EQ(Run({"--slo", "p99 < 50ms", "--slo", "max < 1s", run_file_}), kOk)
      << err_;
}

TEST_F(ReportCommandTest, WritesThePageAndTheRunAgain) {
  const std::string html = folder_ + "run.html";
  const std::string json = folder_ + "again.json";
  EXPECT_EQ(Run({run_file_, "--html", html, "--json", json}), kOk) << err_;
  EXPECT_THAT(Contents(html), HasSubstr("id=\"run-data\""));
  EXPECT_EQ(Contents(json), Contents(run_file_));
}

TEST_F(ReportCommandTest, AWrongExpressionIsAUsageError) {
  EXPECT_EQ(Run({run_file_, "--slo", "p9 < 50ms"}), kUsage);
  EXPECT_THAT(err_, HasSubstr("--slo"));
  EXPECT_THAT(err_, HasSubstr("no metric is called \"p9\" (\"p90\"?), at "
                              "column 1 of \"p9 < 50ms\""));
  EXPECT_EQ(Run({run_file_, "--balancer", "kubernets"}), kUsage);
  EXPECT_THAT(err_, HasSubstr("(\"kubernetes\"?)"));
  EXPECT_EQ(Run({}), kUsage);
}

TEST_F(ReportCommandTest, AFileThatIsNoRunIsNamed) {
  EXPECT_EQ(Run({folder_ + "missing.json"}), kFailed);
  EXPECT_THAT(err_, HasSubstr("missing.json"));
  const std::string other = folder_ + "other.json";
  std::ofstream(other) << "{}";
  EXPECT_EQ(Run({other}), kUsage);
  EXPECT_THAT(err_, HasSubstr("other.json: this is no run of heapload"));
}

TEST_F(ReportCommandTest, AFileThatCannotBeWrittenIsNamedBehindTheSummary) {
  EXPECT_EQ(Run({run_file_, "--html", folder_ + "no/such/folder.html"}),
            kFailed);
  EXPECT_THAT(err_, HasSubstr("folder.html"));
  EXPECT_THAT(out_, HasSubstr("The SLO was met."));
}

TEST_F(ReportCommandTest, HelpHasTheMetricsAndThePresets) {
  EXPECT_EQ(Run({"--help"}), kOk);
  EXPECT_THAT(out_, HasSubstr("refused_without_retry"));
  EXPECT_THAT(out_, HasSubstr("aws-nlb"));
}

}  // namespace
}  // namespace heapd::heapload
