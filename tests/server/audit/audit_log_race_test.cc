// Many write at once: every line is there once, in one chain, and each caller
// has the number of its own.

#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "nlohmann/json.hpp"
#include "server/audit/audit_log.h"
#include "server/storage/sha256.h"
#include "tests/server/support/temporary_directory.h"

namespace heapd::server {
namespace {

constexpr int kThreads = 6;
constexpr int kLines = 30;

TEST(AuditLogRaceTest, LinesOfManyAreOneChain) {
  const TemporaryDirectory directory;
  std::vector<std::map<uint64_t, std::string>> written(kThreads);
  {
    auto log = AuditLog::Open(directory.Path("audit.log"), uint64_t{1} << 30);
    ASSERT_TRUE(log.ok()) << log.status();
    std::vector<std::thread> callers;
    for (int thread = 0; thread < kThreads; ++thread) {
      callers.emplace_back([&, thread] {
        for (int i = 0; i < kLines; ++i) {
          AuditRecord record;
          record.heap = absl::StrCat("heap-", thread, "-", i);
          const absl::StatusOr<uint64_t> seq = (*log)->Write(record);
          ASSERT_TRUE(seq.ok()) << seq.status();
          written[thread][*seq] = record.heap;
        }
      });
    }
    for (std::thread& caller : callers) caller.join();
  }
  std::map<uint64_t, std::string> all;
  for (const auto& lines : written) all.insert(lines.begin(), lines.end());
  EXPECT_EQ(all.size(), size_t{kThreads} * kLines);
  std::ifstream file(directory.Path("audit.log"));
  std::string line;
  std::string hash(64, '0');
  uint64_t seq = 0;
  while (std::getline(file, line)) {
    const nlohmann::json json = nlohmann::json::parse(line);
    ASSERT_EQ(json["seq"], ++seq);
    Sha256 sha256;
    sha256.Update(hash);
    sha256.Update(line.substr(0, line.find(",\"hash\":\"")));
    hash = sha256.FinishHex();
    ASSERT_EQ(json["hash"], hash);
    if (seq > 1) {
      EXPECT_EQ(json["heap"], all[seq]);
    }
  }
  EXPECT_EQ(seq, uint64_t{kThreads} * kLines + 1);
}

}  // namespace
}  // namespace heapd::server
