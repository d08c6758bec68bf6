#include "client/heapctl/comparison.h"

#include <sstream>
#include <string>

#include "client/heapctl/printer.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace heapd::heapctl {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class ComparisonTest : public testing::Test {
 protected:
  ComparisonTest() {
    global_.out = &out_;
    for (const char* name : {"UpstreamError", "RequestContext", "Map"}) {
      v1::ComparisonRow& row = *comparison_.add_rows();
      row.set_class_name(name);
      row.set_count_delta(400);
    }
  }
  void AddTags() {
    for (const char* tag : {"GET /orders 502", "GET /"}) {
      v1::ComparisonRow& row = *comparison_.add_tag_rows();
      row.set_tag(tag);
      row.set_count_delta(800);
    }
  }

  GlobalOptions global_;
  std::ostringstream out_;
  v1::CompareSnapshotsResponse comparison_;
};

TEST_F(ComparisonTest, IsByClassWhereThereAreNoTags) {
  PrintComparison(global_, comparison_, 0);
  EXPECT_THAT(out_.str(), HasSubstr("CLASS"));
  EXPECT_THAT(out_.str(), HasSubstr("UpstreamError"));
  EXPECT_THAT(out_.str(), Not(HasSubstr("TAG")));
}

TEST_F(ComparisonTest, HasATableOfTags) {
  AddTags();
  PrintComparison(global_, comparison_, 0);
  EXPECT_THAT(out_.str(), HasSubstr("By tag:\nTAG "));
  EXPECT_THAT(out_.str(), HasSubstr("GET /orders 502"));
  EXPECT_THAT(out_.str(), HasSubstr("+800"));
}

TEST_F(ComparisonTest, TheLimitIsOfEachTable) {
  AddTags();
  PrintComparison(global_, comparison_, 1);
  EXPECT_THAT(out_.str(), HasSubstr("UpstreamError"));
  EXPECT_THAT(out_.str(), Not(HasSubstr("RequestContext")));
  EXPECT_THAT(out_.str(), HasSubstr("GET /orders 502"));
  EXPECT_THAT(out_.str(), Not(HasSubstr("GET / ")));
}

TEST_F(ComparisonTest, JsonIsOneArray) {
  AddTags();
  global_.output = OutputFormat::kJson;
  PrintComparison(global_, comparison_, 2);
  const Json rows = Json::parse(out_.str());
  ASSERT_EQ(rows.size(), 4u);
  EXPECT_EQ(rows[0]["class_name"], "UpstreamError");
  EXPECT_EQ(rows[2]["class_name"], "");
  EXPECT_EQ(rows[2]["tag"], "GET /orders 502");
}

}  // namespace
}  // namespace heapd::heapctl
