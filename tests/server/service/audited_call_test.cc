// What the audit log has of calls, and when.

#include "server/service/audited_call.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "nlohmann/json.hpp"
#include "tests/server/support/service_fixture.h"
#include "tests/server/support/temporary_directory.h"

namespace heapd::server {
namespace {

using ::testing::StartsWith;
using Json = nlohmann::json;

// Made before the server that writes into it.
struct AuditFolder {
  const TemporaryDirectory directory;
};

Config ConfigWith(const AuditFolder& folder) {
  Config config = SmallConfig();
  config.audit_file = folder.directory.Path("audit.log");
  return config;
}

class AuditedCallTest : protected AuditFolder, public ServiceFixture {
 protected:
  AuditedCallTest() : ServiceFixture(ConfigWith(*this)) {
    PolicyRule owner;
    owner.principals.emplace_back("token:owner");
    owner.heaps.emplace_back("*");
    owner.permissions = PermissionSet::All();
    PolicyRule reader;
    reader.principals.emplace_back("token:reader");
    reader.heaps.emplace_back("shop");
    reader.permissions = {Permission::kRead};
    server_.SetTokens({{"owner", "owner"}, {"reader", "reader"}});
    server_.SetPolicy(Policy({owner, reader}));
    seen_ = Lines().size();
  }

  std::vector<Json> Lines() const {
    std::vector<Json> lines;
    const std::string text = directory.Read("audit.log");
    // A line that is being written is not there yet.
    const absl::string_view whole(text.data(), text.rfind('\n') + 1);
    for (const absl::string_view line :
         absl::StrSplit(whole, '\n', absl::SkipEmpty())) {
      lines.push_back(Json::parse(std::string(line)));
    }
    return lines;
  }
  // Those since the last time.
  std::vector<Json> NewLines() {
    std::vector<Json> lines = Lines();
    lines.erase(lines.begin(), lines.begin() + static_cast<ptrdiff_t>(seen_));
    seen_ += lines.size();
    return lines;
  }

  grpc::Status CreateHeap(const std::string& token, const std::string& heap) {
    v1::CreateHeapRequest request;
    request.set_heap(heap);
    v1::CreateHeapResponse response;
    Call call(token);
    return server_.heaps->CreateHeap(&call, request, &response);
  }

  std::string TakeSnapshot(bool include_strings) {
    v1::CreateSnapshotRequest request;
    request.set_heap("shop");
    request.set_include_strings(include_strings);
    v1::CreateSnapshotResponse created;
    Call create("owner");
    EXPECT_SUCCEEDS(
        server_.snapshots->CreateSnapshot(&create, request, &created));
    v1::WatchSnapshotRequest watch;
    watch.set_snapshot(created.snapshot().snapshot());
    Call call("owner");
    const auto reader = server_.snapshots->WatchSnapshot(&call, watch);
    v1::WatchSnapshotResponse response;
    while (reader->Read(&response)) {
    }
    AwaitSnapshotLine(watch.snapshot());
    return watch.snapshot();
  }

  // The line comes after the snapshot is READY, and nobody says when.
  void AwaitSnapshotLine(const std::string& snapshot) const {
    const absl::Time deadline = absl::Now() + absl::Seconds(30);
    while (absl::Now() < deadline) {
      for (const Json& line : Lines()) {
        if (line["kind"] == "snapshot" && line["snapshot"] == snapshot) return;
      }
      absl::SleepFor(absl::Milliseconds(2));
    }
    FAIL() << "the end of " << snapshot << " was not written down";
  }

  size_t seen_ = 0;
};

TEST_F(AuditedCallTest, AnAdministrativeCallHasAnIntentAndAnOutcome) {
  ASSERT_SUCCEEDS(CreateHeap("owner", "cache"));
  const std::vector<Json> lines = NewLines();
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_EQ(lines[0]["kind"], "intent");
  EXPECT_EQ(lines[0]["principal"], "token:owner");
  EXPECT_EQ(lines[0]["method"], "HeapService/CreateHeap");
  EXPECT_EQ(lines[0]["heap"], "cache");
  EXPECT_NE(lines[0]["peer"], "");
  EXPECT_FALSE(lines[0].contains("outcome"));
  EXPECT_EQ(lines[1]["kind"], "outcome");
  EXPECT_EQ(lines[1]["call"], lines[0]["seq"]);
  EXPECT_EQ(lines[1]["outcome"], "OK");
}

TEST_F(AuditedCallTest, AnErrorIsAnOutcomeWithItsReason) {
  EXPECT_THAT(CreateHeap("owner", "shop"),
              FailsWith(grpc::StatusCode::ALREADY_EXISTS, "HEAP_EXISTS"));
  const std::vector<Json> lines = NewLines();
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_EQ(lines[1]["outcome"], "ALREADY_EXISTS");
  EXPECT_EQ(lines[1]["reason"], "HEAP_EXISTS");
}

TEST_F(AuditedCallTest, ARefusalIsWrittenDownIfItIsKnownWhose) {
  EXPECT_FALSE(CreateHeap("reader", "cache").ok());
  const std::vector<Json> lines = NewLines();
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_EQ(lines[0]["kind"], "refused");
  EXPECT_EQ(lines[0]["principal"], "token:reader");
  EXPECT_EQ(lines[0]["outcome"], "PERMISSION_DENIED");
  EXPECT_FALSE(CreateHeap("guess", "cache").ok());
  v1::DeleteHeapResponse response;
  Call call;
  EXPECT_FALSE(server_.heaps->DeleteHeap(&call, {}, &response).ok());
  EXPECT_TRUE(NewLines().empty());
}

TEST_F(AuditedCallTest, ReadingIsNotAudited) {
  v1::GetHeapRequest request;
  request.set_heap("shop");
  v1::GetHeapResponse response;
  Call call("owner");
  ASSERT_SUCCEEDS(server_.heaps->GetHeap(&call, request, &response));
  EXPECT_TRUE(NewLines().empty());
}

TEST_F(AuditedCallTest, ASnapshotSaysWhatIsInItAndWhereItGoes) {
  for (const bool include_strings : {false, true}) {
    const std::string snapshot = TakeSnapshot(include_strings);
    std::vector<Json> lines = NewLines();
    ASSERT_EQ(lines.size(), 3u);
    // The snapshot may end before its call has been answered.
    if (lines[1]["kind"] == "snapshot") std::swap(lines[1], lines[2]);
    EXPECT_EQ(lines[0]["method"], "SnapshotService/CreateSnapshot");
    EXPECT_EQ(lines[0]["heap"], "shop");
    EXPECT_EQ(lines[0]["redaction"],
              include_strings ? "with_values" : "redacted");
    EXPECT_EQ(lines[1]["outcome"], "OK");
    EXPECT_EQ(lines[1]["snapshot"], snapshot);
    EXPECT_NE(lines[1]["destination"], "");
    EXPECT_EQ(lines[2]["kind"], "snapshot");
    EXPECT_EQ(lines[2]["principal"], "token:owner");
    EXPECT_EQ(lines[2]["snapshot"], snapshot);
    EXPECT_EQ(lines[2]["outcome"], "OK");
    EXPECT_GT(lines[2]["bytes"], 0);
    EXPECT_EQ(std::string(lines[2]["sha256"]).size(), 64u);
  }
}

TEST_F(AuditedCallTest, TheIntentNamesTheDestinationThatIsAskedFor) {
  v1::CreateSnapshotRequest request;
  request.set_heap("shop");
  request.set_destination("nowhere");
  v1::CreateSnapshotResponse response;
  Call call("owner");
  EXPECT_THAT(server_.snapshots->CreateSnapshot(&call, request, &response),
              RefusesField("destination"));
  const std::vector<Json> lines = NewLines();
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_EQ(lines[0]["kind"], "intent");
  EXPECT_EQ(lines[0]["destination"], "nowhere");
  EXPECT_EQ(lines[1]["outcome"], "INVALID_ARGUMENT");
}

TEST_F(AuditedCallTest, ADownloadIsWrittenDownBeforeItsFirstByte) {
  const std::string snapshot = TakeSnapshot(false);
  NewLines();
  v1::DownloadSnapshotRequest request;
  request.set_snapshot(snapshot);
  Call call("owner");
  const auto reader = server_.snapshots->DownloadSnapshot(&call, request);
  v1::DownloadSnapshotResponse piece;
  ASSERT_TRUE(reader->Read(&piece));
  std::vector<Json> lines = NewLines();
  ASSERT_GE(lines.size(), 1u);
  EXPECT_EQ(lines[0]["kind"], "intent");
  EXPECT_EQ(lines[0]["method"], "SnapshotService/DownloadSnapshot");
  EXPECT_EQ(lines[0]["snapshot"], snapshot);
  EXPECT_EQ(lines[0]["heap"], "shop");
  EXPECT_EQ(lines[0]["redaction"], "redacted");
  uint64_t bytes = piece.data().size();
  while (reader->Read(&piece)) bytes += piece.data().size();
  ASSERT_SUCCEEDS(reader->Finish());
  if (lines.size() == 1) lines.push_back(NewLines().at(0));
  EXPECT_EQ(lines[1]["kind"], "outcome");
  EXPECT_EQ(lines[1]["outcome"], "OK");
  EXPECT_EQ(lines[1]["bytes"], bytes);
}

TEST_F(AuditedCallTest, DeletingAndComparingAreWrittenDown) {
  const std::string first = TakeSnapshot(false);
  const std::string second = TakeSnapshot(false);
  NewLines();
  v1::CompareSnapshotsRequest compare;
  compare.set_base_snapshot(first);
  compare.set_snapshot(second);
  v1::CompareSnapshotsResponse compared;
  Call compare_call("owner");
  ASSERT_SUCCEEDS(
      server_.snapshots->CompareSnapshots(&compare_call, compare, &compared));
  v1::DeleteSnapshotRequest request;
  request.set_snapshot(first);
  v1::DeleteSnapshotResponse response;
  Call call("owner");
  ASSERT_SUCCEEDS(server_.snapshots->DeleteSnapshot(&call, request, &response));
  Call again("owner");
  EXPECT_FALSE(
      server_.snapshots->DeleteSnapshot(&again, request, &response).ok());
  const std::vector<Json> lines = NewLines();
  ASSERT_EQ(lines.size(), 5u);
  EXPECT_EQ(lines[0]["base_snapshot"], first);
  EXPECT_EQ(lines[0]["snapshot"], second);
  EXPECT_EQ(lines[2]["method"], "SnapshotService/DeleteSnapshot");
  EXPECT_EQ(lines[2]["snapshot"], first);
  EXPECT_EQ(lines[3]["outcome"], "OK");
  EXPECT_EQ(lines[4]["outcome"], "NOT_FOUND");
}

TEST_F(AuditedCallTest, WhatCannotBeWrittenDownIsNotDone) {
  struct rlimit before;
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
  auto* const handler = std::signal(SIGXFSZ, SIG_IGN);
  {
    struct rlimit none = before;
    none.rlim_cur =
        std::filesystem::file_size(directory.Path("audit.log")) + 10;
    ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &none), 0);
    const absl::Cleanup restore = [&] {
      setrlimit(RLIMIT_FSIZE, &before);
      std::signal(SIGXFSZ, handler);
    };
    const grpc::Status status = CreateHeap("owner", "cache");
    EXPECT_THAT(status, FailsWith(grpc::StatusCode::UNAVAILABLE, "AUDIT"));
    EXPECT_THAT(status.error_message(), StartsWith("the audit log cannot be"));
  }
  EXPECT_TRUE(NewLines().empty());
  EXPECT_FALSE(server_.services().registry().Find("cache").ok());
  EXPECT_SUCCEEDS(CreateHeap("owner", "cache"));
  EXPECT_EQ(NewLines().size(), 2u);
}

}  // namespace
}  // namespace heapd::server
