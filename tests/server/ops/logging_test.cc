#include "server/ops/logging.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace heapd::server {
namespace {

const absl::Time kTime =
    absl::UnixEpoch() + absl::Seconds(86400) + absl::Microseconds(5);

TEST(LoggingTest, TextIsOneLineOfPairs) {
  EXPECT_EQ(FormatRecord(LogFormat::kText, kTime, LogLevel::kInfo, "listening",
                         {{"plane", "data"}, {"port", 7700}}),
            "1970-01-02T00:00:00.000005Z INFO listening plane=data port=7700");
}

TEST(LoggingTest, TextThatCouldBeMistakenIsQuoted) {
  EXPECT_EQ(FormatRecord(LogFormat::kText, kTime, LogLevel::kWarning, "e",
                         {{"a", "two words"},
                          {"b", "line\nINFO forged"},
                          {"c", ""},
                          {"d", "x=\"y\""}}),
            "1970-01-02T00:00:00.000005Z WARNING e a=\"two words\" "
            "b=\"line\\nINFO forged\" c=\"\" d=\"x=\\\"y\\\"\"");
}

TEST(LoggingTest, JsonIsOneObjectWithNumbersAsNumbers) {
  const std::string line =
      FormatRecord(LogFormat::kJson, kTime, LogLevel::kError, "failed",
                   {{"label", "a\nb\"\xff"},
                    {"bytes", uint64_t{1} << 60},
                    {"took", absl::Milliseconds(1500)},
                    {"error", absl::NotFoundError("gone")}});
  EXPECT_EQ(line.find('\n'), std::string::npos);
  const nlohmann::json record = nlohmann::json::parse(line);
  EXPECT_EQ(record["level"], "error");
  EXPECT_EQ(record["event"], "failed");
  EXPECT_EQ(record["bytes"], uint64_t{1} << 60);
  EXPECT_EQ(record["took"], "1.5s");
  EXPECT_EQ(record["error"], "NOT_FOUND: gone");
}

TEST(LoggingTest, RecordsBelowTheLevelAreLeftOut) {
  InitLogging(LogLevel::kWarning, LogFormat::kText);
  testing::internal::CaptureStderr();
  LogInfo("quiet");
  LogWarning("loud", {{"n", 1}});
  const std::string written = testing::internal::GetCapturedStderr();
  EXPECT_EQ(written.find("quiet"), std::string::npos);
  EXPECT_NE(written.find("WARNING loud n=1\n"), std::string::npos);
  InitLogging(LogLevel::kInfo, LogFormat::kText);
}

}  // namespace
}  // namespace heapd::server
