#include "client/heapload/report/balancer.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace heapd::heapload {
namespace {

using ::testing::HasSubstr;

TEST(BalancerTest, ReadsAllThatARuleSays) {
  const auto rule = ParseBalancerRule(
      " liveness:interval=5s,timeout=500ms, unhealthy=3 ,healthy=2 ");
  ASSERT_TRUE(rule.ok()) << rule.status();
  EXPECT_EQ(rule->text,
            "liveness:interval=5s,timeout=500ms, unhealthy=3 ,healthy=2");
  EXPECT_EQ(rule->series, "liveness");
  EXPECT_EQ(rule->preset, "");
  EXPECT_DOUBLE_EQ(rule->interval_seconds, 5);
  EXPECT_DOUBLE_EQ(rule->timeout_seconds, 0.5);
  EXPECT_EQ(rule->unhealthy, 3);
  EXPECT_EQ(rule->healthy, 2);
  EXPECT_EQ(DescribeRule(*rule),
            "every 5 s, timeout 500 ms, 3 failures in a "
            "row");
}

TEST(BalancerTest, OneSuccessTakesBackUnlessTheRuleSaysOtherwise) {
  const auto rule = ParseBalancerRule("interval=1s,timeout=1s,unhealthy=1");
  ASSERT_TRUE(rule.ok()) << rule.status();
  EXPECT_EQ(rule->series, "");
  EXPECT_EQ(rule->healthy, 1);
}

TEST(BalancerTest, EveryPresetIsARuleThatKeysMayChange) {
  for (const BalancerPreset& preset : BalancerPresets()) {
    SCOPED_TRACE(preset.name);
    const std::string name(preset.name);
    const auto rule = ParseBalancerRule(name);
    ASSERT_TRUE(rule.ok()) << rule.status();
    EXPECT_EQ(rule->preset, name);
    EXPECT_EQ(rule->interval_seconds, preset.interval_seconds);
    EXPECT_EQ(rule->timeout_seconds, preset.timeout_seconds);
    EXPECT_EQ(rule->unhealthy, preset.unhealthy);
    EXPECT_EQ(rule->healthy, preset.healthy);
    EXPECT_THAT(std::string(preset.source), HasSubstr("https://"));
    EXPECT_THAT(BalancerHelp(), HasSubstr(name));

    const auto changed =
        ParseBalancerRule("readiness:" + name + ",unhealthy=7");
    ASSERT_TRUE(changed.ok()) << changed.status();
    EXPECT_EQ(changed->unhealthy, 7);
    EXPECT_EQ(changed->interval_seconds, preset.interval_seconds);
  }
}

struct Wrong {
  const char* text;
  const char* message;  // a part of it
  int column;
};

TEST(BalancerTest, SaysWhatIsWrongAndWhere) {
  const Wrong wrongs[] = {
      {"", "a preset or a key such as interval=5s is expected", 1},
      {"kubernets", "no preset is called \"kubernets\" (\"kubernetes\"?)", 1},
      {"interval=5s,timeout=1s", "\"unhealthy\" is missing", 23},
      {"timeout=1s,unhealthy=2", "\"interval\" is missing", 23},
      {"interval=5s,unhealthy=2", "\"timeout\" is missing", 24},
      {"intervall=5s", "no key is called \"intervall\" (\"interval\"?)", 1},
      {"interval", "\"=\" and a value are expected behind \"interval\"", 9},
      {"interval=", "a duration such as 5s is expected instead of the end", 10},
      {"interval=5", "\"interval\" needs a unit", 11},
      {"interval=5x", "\"interval\" needs a unit", 11},
      {"interval=0s", "\"interval\" must be longer than 0", 10},
      {"interval=5s,interval=6s", "\"interval\" is given twice", 13},
      {"gcp,unhealthy=0", "\"unhealthy\" is a whole number from 1", 15},
      {"gcp,unhealthy=1.5", "\"unhealthy\" is a whole number from 1", 15},
      {"gcp,healthy=9999", "\"healthy\" is a whole number from 1", 13},
      {"gcp,kubernetes", "a preset must be the first of the list", 5},
      {"gcp interval=5s", "\",\" is expected instead of \"interval\"", 5},
      {":gcp", "the name of a probe series", 1},
      {"liveness readiness:gcp", "and \":\" are expected instead of", 10},
      {"kubernetes,timeout=20s", "the timeout of 20 s is longer than the", 23},
  };
  for (const Wrong& wrong : wrongs) {
    SCOPED_TRACE(wrong.text);
    const auto rule = ParseBalancerRule(wrong.text);
    ASSERT_EQ(rule.status().code(), absl::StatusCode::kInvalidArgument);
    const std::string message(rule.status().message());
    EXPECT_THAT(message, HasSubstr(wrong.message));
    EXPECT_THAT(message,
                HasSubstr("at column " + std::to_string(wrong.column)));
  }
}

}  // namespace
}  // namespace heapd::heapload
