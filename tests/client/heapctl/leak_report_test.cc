#include "client/heapctl/leak_report.h"

#include <sstream>
#include <string>

#include "client/heapctl/printer.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace heapd::heapctl {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

v1::LeakVerdict Suspicion() {
  v1::LeakVerdict verdict;
  verdict.set_state(v1::LEAK_STATE_SUSPECTED);
  verdict.mutable_since()->set_seconds(1'800'000'000);
  verdict.set_confidence(0.9991);
  verdict.mutable_live_bytes()->set_slope_per_hour(12 << 20);
  verdict.mutable_live_bytes()->set_confidence(0.9991);
  verdict.mutable_interval()->set_slope_per_hour(-3);
  verdict.set_collection_count(64);
  verdict.mutable_window()->set_seconds(605);
  verdict.mutable_time_to_limit()->set_seconds(12'030);
  v1::GrowingClass& growing = *verdict.add_growing_classes();
  growing.set_class_name("UpstreamError");
  growing.set_tag("GET /orders 502");
  growing.set_bytes_per_hour(8 << 20);
  growing.set_objects_per_hour(2400.7);
  growing.set_live_bytes(1 << 20);
  growing.set_live_object_count(800);
  return verdict;
}

class LeakReportTest : public testing::Test {
 protected:
  LeakReportTest() { global_.out = &out_; }

  GlobalOptions global_;
  std::ostringstream out_;
};

TEST_F(LeakReportTest, OneLineSaysHowFastWhatAndWhen) {
  EXPECT_EQ(DescribeLeak(Suspicion()),
            "suspected: 12.0 MiB an hour (99.9 % sure), most of it "
            "UpstreamError [GET /orders 502]; limit in 3h20m");
}

TEST_F(LeakReportTest, OneLineIsShortWhereNothingIsSuspected) {
  v1::LeakVerdict verdict;
  verdict.set_state(v1::LEAK_STATE_TOO_EARLY);
  EXPECT_EQ(DescribeLeak(verdict), "too early to say");
  verdict.set_state(v1::LEAK_STATE_STEADY);
  EXPECT_EQ(DescribeLeak(verdict), "steady");
}

TEST_F(LeakReportTest, AClassWithoutTagAndNoForecast) {
  v1::LeakVerdict verdict = Suspicion();
  verdict.clear_time_to_limit();
  verdict.mutable_growing_classes(0)->clear_tag();
  EXPECT_EQ(DescribeLeak(verdict),
            "suspected: 12.0 MiB an hour (99.9 % sure), most of it "
            "UpstreamError");
}

TEST_F(LeakReportTest, TheWholeVerdictHasATableOfWhatGrows) {
  PrintLeakVerdict(global_, Suspicion());
  EXPECT_THAT(out_.str(), HasSubstr("suspected"));
  EXPECT_THAT(out_.str(), HasSubstr("2027-01-15"));
  EXPECT_THAT(out_.str(), HasSubstr("-3.000 s an hour"));
  EXPECT_THAT(out_.str(), HasSubstr("64 major collections in 10m5s"));
  EXPECT_THAT(out_.str(), HasSubstr("3h20m"));
  EXPECT_THAT(out_.str(), HasSubstr("CLASS          TAG"));
  EXPECT_THAT(out_.str(), HasSubstr("8.0 MiB          2400  1.0 MiB"));
}

TEST_F(LeakReportTest, ASteadyHeapHasNoTable) {
  v1::LeakVerdict verdict;
  verdict.set_state(v1::LEAK_STATE_STEADY);
  PrintLeakVerdict(global_, verdict);
  EXPECT_THAT(out_.str(), Not(HasSubstr("CLASS")));
}

TEST_F(LeakReportTest, JsonIsTheContracts) {
  global_.output = OutputFormat::kJson;
  PrintLeakVerdict(global_, Suspicion());
  const Json json = Json::parse(out_.str());
  EXPECT_EQ(json["state"], "LEAK_STATE_SUSPECTED");
  EXPECT_EQ(json["growing_classes"][0]["tag"], "GET /orders 502");
  EXPECT_EQ(json["time_to_limit"], "12030s");
}

}  // namespace
}  // namespace heapd::heapctl
