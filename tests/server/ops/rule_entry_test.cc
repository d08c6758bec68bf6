#include "server/ops/rule_entry.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"

namespace heapd::server {
namespace {

std::string ErrorOf(const std::string& text) {
  return std::string(ParseRuleEntry(text).status().message());
}

// A good rule "a", and `more` keys.
std::string Rule(const std::string& more) {
  return absl::StrCat("{name: a, metric: used_ratio, above: 0.8",
                      more.empty() ? "" : ", ", more, "}");
}

// A rule on that metric.
std::string On(const std::string& metric, const std::string& above) {
  return absl::StrCat("{name: a, metric: ", metric, ", above: ", above, "}");
}

TEST(RuleEntryTest, WhatIsLeftOutHasADefault) {
  const RuleEntry rule = *ParseRuleEntry(Rule(""));
  EXPECT_EQ(rule.heap, "*");
  EXPECT_EQ(rule.window, absl::Minutes(1));
  EXPECT_EQ(rule.action, "snapshot");
  EXPECT_EQ(rule.limit, 5);
  EXPECT_EQ(rule.period, absl::Hours(24));
}

TEST(RuleEntryTest, WhatIsWrittenIsReadAsTheSame) {
  RuleEntry rule;
  rule.name = "full.1";
  rule.heap = "shop-*";
  rule.metric = "longest_pause";
  rule.below = "50ms";
  rule.window = absl::Minutes(5);
  rule.limit = 2;
  rule.period = absl::Hours(1);
  rule.label = "it's: \"full\", {again}";
  rule.destination = "archive";
  rule.compression = "zstd";
  const std::string text = FormatRuleEntry(rule);
  EXPECT_EQ(*ParseRuleEntry(text), rule) << text;
  EXPECT_EQ(*ParseRuleEntry(FormatRuleEntry(*ParseRuleEntry(Rule("")))),
            *ParseRuleEntry(Rule("")));
}

TEST(RuleEntryTest, ThresholdsHaveTheUnitOfTheirMetric) {
  const auto threshold = [](const std::string& metric,
                            const std::string& above) {
    return TermsOf(*ParseRuleEntry(On(metric, above))).threshold;
  };
  EXPECT_EQ(threshold("used_bytes", "512MiB"), 512 << 20);
  EXPECT_EQ(threshold("live_bytes", "100"), 100);
  EXPECT_EQ(threshold("used_ratio", "0.75"), 0.75);
  EXPECT_EQ(threshold("object_count", "1e6"), 1e6);
  EXPECT_EQ(threshold("longest_pause", "50ms"), 0.05);
  EXPECT_EQ(threshold("refused_calls_per_second", "0"), 0);
}

TEST(RuleEntryTest, EveryMetricCanBeNamed) {
  for (const RuleMetricInfo& info : RuleMetrics()) {
    const absl::StatusOr<RuleEntry> rule =
        ParseRuleEntry(On(std::string(info.name),
                          info.unit == MetricUnit::kDuration ? "1s" : "1"));
    ASSERT_TRUE(rule.ok()) << rule.status();
    EXPECT_EQ(TermsOf(*rule).metric, info.metric);
    EXPECT_EQ(InfoOf(info.metric).name, info.name);
  }
}

TEST(RuleEntryTest, AMistakeIsNamedWithRuleAndKey) {
  EXPECT_EQ(ErrorOf("{metric: used_ratio, above: 0.5}"),
            "a rule: name must be 1 to 64 of a-z, A-Z, 0-9, '.', '_', '-'");
  EXPECT_EQ(ErrorOf("{name: a, metric: used_rate, above: 1}").substr(0, 38),
            "rule 'a': metric must be one of used_b");
  EXPECT_EQ(ErrorOf(Rule("below: 0.1")),
            "rule 'a': above or below is required, and only one of them");
  EXPECT_EQ(ErrorOf("{name: a, metric: used_ratio}"),
            "rule 'a': above or below is required, and only one of them");
  EXPECT_EQ(ErrorOf(Rule("windo: 1m")),
            "rule 'a': there is no key 'windo', did you mean 'window'?");
  EXPECT_EQ(ErrorOf(Rule("window: 1")),
            "rule 'a': window must be a duration such as 250ms, 10s, 5m or "
            "24h");
  EXPECT_EQ(ErrorOf(Rule("window: 25h")), "rule 'a': window must be 0 to 24h");
  EXPECT_EQ(ErrorOf("{name: a, metric: longest_pause, above: 1s, window: 0}"),
            "rule 'a': window must be 1s to 24h, for longest_pause tells what "
            "happens in it");
  EXPECT_EQ(ErrorOf(Rule("heap: Shop")),
            "rule 'a': heap must be the id of a heap, or the beginning of ids "
            "with a '*' behind it");
  EXPECT_EQ(ErrorOf(Rule("action: explode")),
            "rule 'a': action must be snapshot, collect or log");
  EXPECT_EQ(ErrorOf(Rule("action: log, destination: archive")),
            "rule 'a': destination is for action snapshot only");
  EXPECT_EQ(ErrorOf(Rule("limit: 0")), "rule 'a': limit must be 1 to 1000");
  EXPECT_EQ(ErrorOf(Rule("limit: many")), "rule 'a': limit must be an integer");
  EXPECT_EQ(ErrorOf(Rule("period: 0")), "rule 'a': period must be 1s to 8784h");
  EXPECT_EQ(ErrorOf(Rule("compression: lz4")),
            "rule 'a': compression must be none, zstd or gzip");
  EXPECT_EQ(ErrorOf(Rule("heap: a, heap: b")), "rule 'a': heap is set twice");
  EXPECT_EQ(ErrorOf("full"), "a rule must be a map, {name: NAME, ...}");
  EXPECT_EQ(ErrorOf("{name: [a]}"),
            "a rule must be a map, {name: NAME, ...} of plain texts");
  for (const char* above : {"-1", "nan", "inf", "1MiB", "x"}) {
    EXPECT_FALSE(ParseRuleEntry(On("object_count", above)).ok()) << above;
  }
  EXPECT_FALSE(ParseRuleEntry(On("longest_pause", "-1s")).ok());
  EXPECT_FALSE(ParseRuleEntry(On("used_bytes", "5MB")).ok());
}

}  // namespace
}  // namespace heapd::server
