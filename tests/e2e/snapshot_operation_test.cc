// A daemon's snapshots as an operator deals with them: cancelled while a store
// hangs, limited in number through a SIGKILL, and removed when they are too
// many.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "client/heapctl/run.h"
#include "client/heapd/client.h"
#include "client/heapd/sha256.h"
#include "client/heapd/snapshots.h"
#include "client/heapd/status.h"
#include "tests/server/storage/s3/fault_s3_server.h"
#include "tests/server/support/child_process.h"
#include "tests/server/support/temporary_directory.h"

namespace heapd::e2e {
namespace {

using client::SnapshotClient;
using server::ChildProcess;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr char kToken[] = "a-token-for-this-test";
// With so many a snapshot is more than a part of an upload.
constexpr int kManyObjects = 210'000;
constexpr int kBatch = 30'000;

class SnapshotOperationTest : public ::testing::Test {
 protected:
  SnapshotOperationTest() {
    setenv("AWS_ACCESS_KEY_ID", "key", 1);
    setenv("AWS_SECRET_ACCESS_KEY", "secret", 1);
    directory_.Write("token", kToken);
    std::filesystem::permissions(directory_.Path("token"),
                                 std::filesystem::perms::owner_read);
  }

  void Start() {
    heapd_ = std::make_unique<ChildProcess>(
        HEAPD_TEST_BIN_DIR "/heapd",
        std::vector<std::string>{
            "--listen.data",
            "127.0.0.1:0",
            "--listen.operations",
            "127.0.0.1:0",
            "--listen.liveness",
            "127.0.0.1:0",
            "--listen.readiness",
            "127.0.0.1:0",
            "--ports-file",
            directory_.Path("p"),
            "--memory.budget",
            "128MiB",
            "--auth.tokens",
            absl::StrCat("alice:", client::Sha256Hex(kToken)),
            "--audit.file",
            directory_.Path("audit.log"),
            "--snapshots.directory",
            directory_.Path("snapshots"),
            "--snapshots.state_directory",
            directory_.Path("state"),
            "--snapshots.destinations",
            absl::StrCat("{name: far, kind: s3, bucket: bucket, "
                         "part_size: 5MiB, endpoint: \"",
                         store_.url(), "\"}"),
            "--snapshots.max_per_hour",
            "4",
            "--snapshots.max_count",
            "2"});
    heapd_->ReadUntil(" serving ");
    const auto ports = nlohmann::json::parse(directory_.Read("p"));
    operations_ = ports["operations"][0];
    client::ClientOptions options;
    options.call_timeout = absl::Seconds(60);
    options.bearer_token = kToken;
    client_ = *client::Client::Connect(std::string(ports["data"][0]), options);
    snapshots_ = *SnapshotClient::Connect(operations_, options);
  }

  void Fill(int objects) {
    ASSERT_TRUE(client_->CreateHeap("shop", {}).ok());
    auto session = *client_->OpenSession("shop");
    const auto type = *session.DefineType("Item", {});
    for (int done = 0; done < objects; done += kBatch) {
      client::BatchBuilder batch;
      for (int i = 0; i < kBatch; ++i) batch.Allocate(type, "");
      ASSERT_TRUE(session.Apply(std::move(batch)).ok());
    }
    session.Detach();
  }

  // Runs heapctl; `output` is all that it writes.
  int Heapctl(std::vector<std::string> words, std::string* output) const {
    words.insert(words.begin(),
                 {"heapctl", "--operations-address", operations_,
                  "--token-file", directory_.Path("token"), "snapshot"});
    std::vector<const char*> arguments;
    for (const std::string& word : words) arguments.push_back(word.c_str());
    std::ostringstream out;
    const int code = heapctl::RunHeapctl(static_cast<int>(arguments.size()),
                                         arguments.data(), out, out);
    *output = out.str();
    return code;
  }

  std::string Take() {
    const v1::Snapshot begun = *snapshots_->Create("shop");
    EXPECT_TRUE(
        snapshots_->WaitUntilReady(begun.snapshot(), absl::Seconds(60)).ok());
    return begun.snapshot();
  }

  std::vector<std::string> Stored() {
    client::SnapshotFilter filter;
    filter.state = v1::SNAPSHOT_STATE_READY;
    std::vector<std::string> ids;
    const std::vector<v1::Snapshot> snapshots = *snapshots_->List(filter);
    for (const v1::Snapshot& snapshot : snapshots) {
      ids.push_back(snapshot.snapshot());
    }
    return ids;
  }

  // The lines of the audit log that are about this snapshot, "WHO METHOD
  // OUTCOME" of each.
  std::vector<std::string> AuditNow(const std::string& snapshot) const {
    std::vector<std::string> found;
    for (const auto line : absl::StrSplit(directory_.Read("audit.log"), '\n',
                                          absl::SkipEmpty())) {
      // The last one may still be written.
      const auto json = nlohmann::json::parse(line, nullptr, false);
      if (!json.is_object() || json.value("snapshot", "") != snapshot) continue;
      found.push_back(absl::StrCat(json.value("principal", ""), " ",
                                   json.value("method", "ended"), " ",
                                   json.value("outcome", "intent")));
    }
    return found;
  }

  // Waits until there are so many; the test's own time limit bounds it.
  std::vector<std::string> Audit(const std::string& snapshot,
                                 size_t count) const {
    std::vector<std::string> lines = AuditNow(snapshot);
    while (lines.size() < count) {
      absl::SleepFor(absl::Milliseconds(5));
      lines = AuditNow(snapshot);
    }
    return lines;
  }

  server::TemporaryDirectory directory_;
  server::FaultS3Server store_;
  std::unique_ptr<ChildProcess> heapd_;
  std::string operations_;
  std::unique_ptr<client::Client> client_;
  std::unique_ptr<SnapshotClient> snapshots_;
};

TEST_F(SnapshotOperationTest, OneThatHangsInAStoreIsCancelled) {
  Start();
  Fill(kManyObjects);
  // Each part hangs, for longer than this test may take with its retries.
  store_.Plant("part", "stall", {{"count", 1000}});
  const v1::Snapshot begun =
      *snapshots_->Create("shop", {.destination = "far"});
  while (store_.Count("part") == 0) absl::SleepFor(absl::Milliseconds(5));
  EXPECT_EQ(store_.State()["uploads"].size(), 1u);
  const v1::Snapshot hanging = *snapshots_->Get(begun.snapshot());
  EXPECT_EQ(hanging.state(), v1::SNAPSHOT_STATE_WRITING);
  EXPECT_EQ(hanging.phase(), v1::SNAPSHOT_PHASE_STORING);
  EXPECT_GT(hanging.progress_ratio(), 0.2);
  EXPECT_LT(hanging.progress_ratio(), 1);

  std::string output;
  ASSERT_EQ(Heapctl({"cancel", begun.snapshot(), "--output", "json"}, &output),
            0)
      << output;
  const auto cancelled = nlohmann::json::parse(output);
  EXPECT_EQ(cancelled["state"], "SNAPSHOT_STATE_CANCELLED");
  EXPECT_EQ(cancelled["error"], "cancelled by token:alice");
  const nlohmann::json state = store_.State();
  EXPECT_THAT(state["objects"], IsEmpty());
  EXPECT_THAT(state["uploads"], IsEmpty());
  EXPECT_FALSE(std::filesystem::exists(
      directory_.Path(absl::StrCat("state/", begun.snapshot(), ".writing"))));
  EXPECT_EQ(Heapctl({"list", "--state", "cancelled", "--destination", "far",
                     "--since", "1h"},
                    &output),
            0);
  EXPECT_THAT(output, HasSubstr(begun.snapshot()));
  EXPECT_NE(Heapctl({"watch", begun.snapshot()}, &output), 0);
  EXPECT_THAT(output, HasSubstr("cancelled by token:alice"));
  EXPECT_THAT(Audit(begun.snapshot(), 4),
              ::testing::UnorderedElementsAre(
                  "token:alice SnapshotService/CreateSnapshot OK",
                  "token:alice SnapshotService/CancelSnapshot intent",
                  "token:alice SnapshotService/CancelSnapshot OK",
                  "token:alice ended CANCELLED"));
  // The heap and the store go on.
  store_.Control({{"faults", nlohmann::json::array()}});
  EXPECT_EQ(
      Heapctl({"create", "shop", "--destination", "far", "--wait"}, &output), 0)
      << output;
  EXPECT_THAT(output, HasSubstr("ready\n"));
  EXPECT_EQ(store_.State()["objects"].size(), 3u);
}

TEST_F(SnapshotOperationTest, SoManyStayAndSoManyAreTaken) {
  Start();
  Fill(kBatch);
  const std::string first = Take();
  const std::string second = Take();
  const std::string third = Take();
  // The test's own time limit bounds it.
  while (Stored().size() != 2) absl::SleepFor(absl::Milliseconds(5));
  EXPECT_THAT(Stored(), ElementsAre(third, second));
  for (const auto& file :
       std::filesystem::directory_iterator(directory_.Path("snapshots"))) {
    EXPECT_FALSE(absl::StartsWith(file.path().filename().string(), first));
  }
  const std::vector<std::string> lines = Audit(first, 4);
  EXPECT_EQ(lines[2], "heapd snapshots.max_count intent");
  EXPECT_EQ(lines[3], "heapd snapshots.max_count OK");

  heapd_->Signal(SIGKILL);
  heapd_->Wait();
  Start();
  Fill(kBatch);
  EXPECT_THAT(Stored(), ElementsAre(third, second));
  Take();
  const absl::Status refused = snapshots_->Create("shop").status();
  EXPECT_TRUE(absl::IsResourceExhausted(refused)) << refused;
  EXPECT_EQ(client::ErrorReason(refused), "SNAPSHOT_QUOTA");
  EXPECT_GT(client::RetryDelay(refused).value_or(absl::ZeroDuration()),
            absl::Minutes(50));
  heapd_->Signal(SIGTERM);
  EXPECT_EQ(heapd_->Wait(), 0);
}

}  // namespace
}  // namespace heapd::e2e
