// server/README.md lists the keys of the configuration as they are.

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "server/ops/config_schema.h"
#include "server/ops/rule_entry.h"

namespace heapd::server {
namespace {

std::string Row(const ConfigKey& key) {
  return absl::StrCat("| `", key.name, "` | ", TypeText(key), " | ",
                      RangeText(key), " | ", DefaultText(key), " | ",
                      key.meaning, " |\n");
}

TEST(ReadmeTest, TheTableOfKeysIsTheSchema) {
  std::ostringstream readme;
  readme
      << std::ifstream(HEAPD_TEST_DATA_DIR "/../../server/README.md").rdbuf();
  std::string table;
  for (const ConfigKey& key : ConfigKeys()) table += Row(key);
  EXPECT_NE(readme.str().find(table), std::string::npos)
      << "the table should be:\n"
      << table;
}

TEST(ReadmeTest, TheTableOfMetricsIsWhatRulesCanLookAt) {
  std::ostringstream readme;
  readme
      << std::ifstream(HEAPD_TEST_DATA_DIR "/../../server/README.md").rdbuf();
  std::string table;
  for (const RuleMetricInfo& info : RuleMetrics()) {
    absl::string_view unit = "number";
    if (info.unit == MetricUnit::kBytes) unit = "size";
    if (info.unit == MetricUnit::kRatio) unit = "0 to 1";
    if (info.unit == MetricUnit::kDuration) unit = "duration";
    absl::StrAppend(&table, "| `", info.name, "`",
                    info.of_window ? " (window)" : "", " | ", unit, " | ",
                    info.meaning, " |\n");
  }
  EXPECT_NE(readme.str().find(table), std::string::npos)
      << "the table should be:\n"
      << table;
}

}  // namespace
}  // namespace heapd::server
