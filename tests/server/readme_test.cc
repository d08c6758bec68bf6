// server/README.md lists the keys of the configuration as they are.

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "server/ops/config_schema.h"

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

}  // namespace
}  // namespace heapd::server
