// The audit log of a daemon that is killed in the middle of its work, checked
// by heapctl, which shares no code with what writes it.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "absl/time/time.h"
#include "client/heapctl/run.h"
#include "client/heapd/client.h"
#include "tests/server/support/child_process.h"
#include "tests/server/support/temporary_directory.h"

namespace heapd::e2e {
namespace {

using client::Client;
using server::ChildProcess;
using ::testing::HasSubstr;

class AuditTest : public ::testing::Test {
 protected:
  void Start() {
    heapd_ = std::make_unique<ChildProcess>(
        HEAPD_TEST_BIN_DIR "/heapd",
        std::vector<std::string>{
            "--listen.data", "127.0.0.1:0", "--listen.operations",
            "127.0.0.1:0", "--listen.liveness", "127.0.0.1:0",
            "--listen.readiness", "127.0.0.1:0", "--ports-file",
            directory_.Path("p"), "--memory.budget", "64MiB", "--audit.file",
            directory_.Path("audit.log"), "--audit.max_file_bytes", "4KiB"});
    heapd_->ReadUntil(" serving ");
    const auto ports = nlohmann::json::parse(directory_.Read("p"));
    client::ClientOptions options;
    options.call_timeout = absl::Seconds(2);
    client_ = *Client::Connect(std::string(ports["data"][0]), options);
  }

  std::vector<std::string> Files() const {
    std::vector<std::string> files;
    for (const auto& entry :
         std::filesystem::directory_iterator(directory_.path())) {
      const std::string name = entry.path().filename().string();
      if (absl::StartsWith(name, "audit.log") && name != "audit.log.lock") {
        files.push_back(entry.path().string());
      }
    }
    return files;
  }

  // heapctl audit verify.
  int Verify(std::string* output) const {
    std::vector<std::string> words = {"heapctl", "audit", "verify"};
    for (const std::string& file : Files()) words.push_back(file);
    std::vector<const char*> arguments;
    for (const std::string& word : words) arguments.push_back(word.c_str());
    std::ostringstream out;
    const int code = heapctl::RunHeapctl(static_cast<int>(arguments.size()),
                                         arguments.data(), out, out);
    *output = out.str();
    return code;
  }

  const server::TemporaryDirectory directory_;
  std::unique_ptr<ChildProcess> heapd_;
  std::unique_ptr<Client> client_;
};

TEST_F(AuditTest, IsWholeAfterEveryKillAndNotAfterAChange) {
  for (int round = 0; round < 4; ++round) {
    Start();
    absl::Notification busy;
    std::thread caller([&] {
      for (int i = 0;; ++i) {
        const std::string heap = absl::StrCat("heap-", i % 4);
        const bool made = client_->CreateHeap(heap).ok();
        client_->DeleteHeap(heap).IgnoreError();
        if (i == 10 + 3 * round || (!made && !busy.HasBeenNotified())) {
          busy.Notify();
        }
        if (!made) return;
      }
    });
    busy.WaitForNotification();
    heapd_->Signal(SIGKILL);
    heapd_->Wait();
    caller.join();
    std::string output;
    ASSERT_EQ(Verify(&output), 0) << output;
    EXPECT_THAT(output, HasSubstr("whole"));
  }
  ASSERT_GE(Files().size(), 3u);
  const std::string file = directory_.Path("audit.log.000001");
  std::string text = directory_.Read("audit.log.000001");
  text.replace(text.find("heap-1"), 6, "heap-9");
  std::ofstream(file, std::ios::binary) << text;
  std::string output;
  EXPECT_EQ(Verify(&output), 1);
  EXPECT_THAT(output, HasSubstr("audit.log.000001:"));
  EXPECT_THAT(output, HasSubstr("was changed"));
}

}  // namespace
}  // namespace heapd::e2e
