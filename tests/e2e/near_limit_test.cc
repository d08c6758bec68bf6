// A service leaks until its heap is full, and its daemon is killed: what is
// left is a snapshot that shows why.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "client/heapd/client.h"
#include "client/heapd/sha256.h"
#include "client/heapd/snapshots.h"
#include "tests/server/support/child_process.h"
#include "tests/server/support/temporary_directory.h"

namespace heapd::e2e {
namespace {

using client::Client;
using client::SnapshotClient;
using server::ChildProcess;
using ::testing::HasSubstr;

constexpr char kToken[] = "a-token-for-this-test";

class NearLimitTest : public ::testing::Test {
 protected:
  void Start() {
    const std::string token = client::Sha256Hex(kToken);
    heapd_ = std::make_unique<ChildProcess>(
        HEAPD_TEST_BIN_DIR "/heapd",
        std::vector<std::string>{
            "--listen.data",
            "127.0.0.1:0",
            "--listen.operations",
            "127.0.0.1:0",
            "--listen.snapshots",
            "127.0.0.1:0",
            "--listen.liveness",
            "127.0.0.1:0",
            "--listen.readiness",
            "127.0.0.1:0",
            "--ports-file",
            directory_.Path("p"),
            "--memory.budget",
            "64MiB",
            "--auth.tokens",
            absl::StrCat("alice:", token),
            "--snapshots.directory",
            directory_.Path("snapshots"),
            "--snapshots.state_directory",
            directory_.Path("state"),
            "--snapshots.near_limit_count",
            "1",
            "--snapshots.rules",
            "{name: full, metric: used_ratio, above: 0.5, window: 2s, "
            "action: log}"});
    heapd_->ReadUntil(" serving ");
    const auto ports = nlohmann::json::parse(directory_.Read("p"));
    client::ClientOptions options;
    options.call_timeout = absl::Seconds(30);
    // To be told that the heap is full, not to try again.
    options.retry.max_attempts = 1;
    options.bearer_token = kToken;
    client_ = *Client::Connect(std::string(ports["data"][0]), options);
    snapshots_ =
        *SnapshotClient::Connect(std::string(ports["snapshots"][0]), options);
  }

  // Fills a heap with objects that nobody releases; how many there were.
  uint64_t Leak() {
    EXPECT_TRUE(
        client_->CreateHeap("shop", {.limit_bytes = uint64_t{8} << 20}).ok());
    session_ = std::make_unique<client::Session>(*client_->OpenSession("shop"));
    const auto type = *session_->DefineType("UpstreamError", {});
    uint64_t count = 0;
    while (true) {
      client::BatchBuilder batch;
      for (int i = 0; i < 500; ++i) batch.Allocate(type, "502");
      if (!session_->Apply(std::move(batch)).ok()) return count;
      count += 500;
    }
  }

  // The test's own time limit bounds it.
  void AwaitFile(const std::string& name) const {
    while (!std::filesystem::exists(directory_.Path(name))) {
      absl::SleepFor(absl::Milliseconds(5));
    }
  }

  server::TemporaryDirectory directory_;
  std::unique_ptr<ChildProcess> heapd_;
  std::unique_ptr<Client> client_;
  std::unique_ptr<SnapshotClient> snapshots_;
  std::unique_ptr<client::Session> session_;
};

TEST_F(NearLimitTest, ASnapshotAppearsByItselfAndOnceForAllRestarts) {
  Start();
  const uint64_t leaked = Leak();
  EXPECT_GT(leaked, 10'000u);
  EXPECT_THAT(heapd_->ReadUntil("snapshot_ready"), HasSubstr("near-limit"));
  const std::vector<v1::Snapshot> snapshots = *snapshots_->List();
  ASSERT_EQ(snapshots.size(), 1u);
  EXPECT_EQ(snapshots[0].state(), v1::SNAPSHOT_STATE_READY);
  EXPECT_EQ(snapshots[0].trigger(), v1::SNAPSHOT_TRIGGER_NEAR_LIMIT);
  EXPECT_EQ(snapshots[0].requested_by(), "heapd");
  std::ostringstream file;
  ASSERT_TRUE(
      snapshots_->DownloadTo(snapshots[0].snapshot(), absl::Seconds(30), file)
          .ok());
  const auto json = nlohmann::json::parse(file.str());
  EXPECT_EQ(
      json["nodes"].size() / json["snapshot"]["meta"]["node_fields"].size(),
      snapshots[0].node_count());
  EXPECT_GE(snapshots[0].node_count(), leaked);
  AwaitFile("state/automatic-actions.json");
  session_->Detach();
  heapd_->Signal(SIGKILL);
  heapd_->Wait();

  // The service fills its heap again, and the rule sees it full for a while.
  Start();
  Leak();
  heapd_->ReadUntil("automatic_action_due what=\"rule full\"");
  EXPECT_EQ(snapshots_->List()->size(), 1u) << "that one counts";
  heapd_->Signal(SIGTERM);
  EXPECT_EQ(heapd_->Wait(), 0);
}

}  // namespace
}  // namespace heapd::e2e
