#include "server/metrics/metric_page.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <limits>
#include <set>
#include <sstream>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "server/metrics/metric_definition.h"

namespace heapd::server {
namespace {

constexpr auto kBounds = std::to_array<int64_t>({1'000'000, 2'500'000});

constexpr absl::string_view kGolden =
    R"text(# HELP heapd_ready 1 while readiness says SERVING, 0 while it says NOT_SERVING
# TYPE heapd_ready gauge
heapd_ready 1
# HELP heapd_heap_used_bytes Bytes of objects that are not collected yet
# TYPE heapd_heap_used_bytes gauge
heapd_heap_used_bytes{heap="shop"} 12345678
heapd_heap_used_bytes{heap="(other)"} 0
# HELP heapd_gc_pause_seconds_total Time that callers waited for collections, in all
# TYPE heapd_gc_pause_seconds_total counter
heapd_gc_pause_seconds_total{heap="shop",kind="minor"} 0.25
# HELP heapd_leak_time_to_limit_seconds Time until the heap meets its limit if it goes on like that; +Inf unless a leak is suspected
# TYPE heapd_leak_time_to_limit_seconds gauge
heapd_leak_time_to_limit_seconds{heap="shop"} +Inf
# HELP heapd_snapshot_pause_seconds How long these stopped their heaps
# TYPE heapd_snapshot_pause_seconds histogram
heapd_snapshot_pause_seconds_count 3
heapd_snapshot_pause_seconds_sum 0.006
heapd_snapshot_pause_seconds_bucket{le="0.001"} 1
heapd_snapshot_pause_seconds_bucket{le="0.0025"} 2
heapd_snapshot_pause_seconds_bucket{le="+Inf"} 3
)text";

TEST(MetricPageTest, WritesPrometheusTextFormat) {
  MetricPage page;
  page.Add("heapd_ready", 1);
  page.Add("heapd_heap_used_bytes", {{"heap", "shop"}}, 12345678);
  page.Add("heapd_heap_used_bytes", {{"heap", "(other)"}}, 0);
  page.Add("heapd_gc_pause_seconds_total",
           {{"heap", "shop"}, {"kind", "minor"}}, 0.25);
  page.Add("heapd_leak_time_to_limit_seconds", {{"heap", "shop"}},
           std::numeric_limits<double>::infinity());
  Histogram<kBounds> histogram;
  histogram.Observe(absl::Milliseconds(1));
  histogram.Observe(absl::Milliseconds(2));
  histogram.Observe(absl::Milliseconds(3));
  page.Add("heapd_snapshot_pause_seconds", {}, histogram.Read());
  EXPECT_EQ(page.Text(), kGolden);
}

TEST(MetricPageTest, NoTextOfALabelEndsIt) {
  MetricPage page;
  page.Add("heapd_snapshots_stored", {{"destination", "a\"b\\c\nd} 1"}}, 2);
  EXPECT_THAT(page.Text(),
              ::testing::HasSubstr("heapd_snapshots_stored"
                                   "{destination=\"a\\\"b\\\\c\\nd} 1\"} 2\n"));
}

TEST(MetricPageDeathTest, WhatIsNotDefinedIsNoMetric) {
  MetricPage page;
  EXPECT_DEATH(page.Add("heapd_nothing", 1), "definition != nullptr");
}

TEST(MetricDefinitionTest, NamesFollowTheConvention) {
  std::set<absl::string_view> names;
  for (const MetricDefinition& metric : MetricDefinitions()) {
    EXPECT_TRUE(names.insert(metric.name).second) << metric.name;
    EXPECT_EQ(FindMetric(metric.name), &metric);
    EXPECT_TRUE(absl::StartsWith(metric.name, "heapd_") ||
                absl::StartsWith(metric.name, "process_"))
        << metric.name;
    EXPECT_EQ(absl::EndsWith(metric.name, "_total"),
              metric.kind == MetricKind::kCounter)
        << metric.name;
    if (metric.kind == MetricKind::kHistogram) {
      EXPECT_TRUE(absl::EndsWith(metric.name, "_seconds")) << metric.name;
    }
    EXPECT_FALSE(metric.help.empty() || absl::EndsWith(metric.help, "."))
        << metric.name;
  }
  EXPECT_EQ(FindMetric("heapd_nothing"), nullptr);
}

TEST(MetricDefinitionTest, TheTableOfMetricsIsTheDefinitions) {
  std::ostringstream readme;
  readme << std::ifstream(HEAPD_TEST_DATA_DIR
                          "/../../deploy/prometheus/README.md")
                .rdbuf();
  std::string table;
  for (const MetricDefinition& metric : MetricDefinitions()) {
    absl::StrAppend(&table, "| `", metric.name, "` | ", NameOf(metric.kind),
                    " | ", metric.labels, " | ", metric.help, " |\n");
  }
  EXPECT_NE(readme.str().find(table), std::string::npos)
      << "the table should be:\n"
      << table;
}

}  // namespace
}  // namespace heapd::server
