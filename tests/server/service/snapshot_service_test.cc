#include "server/service/snapshot_service.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/sha.h>

#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/escaping.h"
#include "nlohmann/json.hpp"
#include "server/storage/snapshot_recording.h"
#include "tests/server/support/service_fixture.h"

namespace heapd::server {
namespace {

class SnapshotServiceTest : public ServiceFixture {
 protected:
  using Stub = v1::SnapshotService::Stub;
  static constexpr const char* kToken = InProcessServer::kToken;

  template <typename Request, typename Response>
  grpc::Status Ask(grpc::Status (Stub::*method)(grpc::ClientContext*,
                                                const Request&, Response*),
                   const Request& request, Response* response) {
    Call call(kToken);
    return (server_.snapshots.get()->*method)(&call, request, response);
  }

  static v1::CreateSnapshotRequest CreateRequest() {
    v1::CreateSnapshotRequest request;
    request.set_heap("shop");
    request.set_label("a/../label");
    return request;
  }

  // The last state that a watch sends.
  grpc::Status AwaitEnd(const std::string& id, v1::Snapshot* snapshot) {
    v1::WatchSnapshotRequest request;
    request.set_snapshot(id);
    Call call(kToken);
    const auto reader = server_.snapshots->WatchSnapshot(&call, request);
    v1::WatchSnapshotResponse response;
    while (reader->Read(&response)) *snapshot = response.snapshot();
    return reader->Finish();
  }

  v1::Snapshot Take(const v1::CreateSnapshotRequest& request) {
    v1::CreateSnapshotResponse created;
    EXPECT_SUCCEEDS(Ask(&Stub::CreateSnapshot, request, &created));
    EXPECT_EQ(created.snapshot().state(), v1::SNAPSHOT_STATE_WRITING);
    v1::Snapshot snapshot;
    EXPECT_SUCCEEDS(AwaitEnd(created.snapshot().snapshot(), &snapshot));
    return snapshot;
  }

  grpc::Status Download(const std::string& id, uint64_t offset,
                        std::string* text) {
    v1::DownloadSnapshotRequest request;
    request.set_snapshot(id);
    request.set_offset_bytes(offset);
    Call call(kToken);
    const auto reader = server_.snapshots->DownloadSnapshot(&call, request);
    v1::DownloadSnapshotResponse response;
    while (reader->Read(&response)) {
      EXPECT_LE(response.data().size(), size_t{256} << 10);
      text->append(response.data());
    }
    return reader->Finish();
  }
};

std::string Sha256Hex(const std::string& text) {
  unsigned char digest[SHA256_DIGEST_LENGTH];
  SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(),
         digest);
  return absl::BytesToHexString(
      absl::string_view(reinterpret_cast<const char*>(digest), sizeof(digest)));
}

TEST_F(SnapshotServiceTest, ASnapshotIsTakenDescribedAndDownloaded) {
  for (int i = 0; i < 1000; ++i) Allocate("payload-never-shown", 1);
  const v1::Snapshot snapshot = Take(CreateRequest());
  ASSERT_EQ(snapshot.state(), v1::SNAPSHOT_STATE_READY) << snapshot.error();
  EXPECT_EQ(snapshot.heap(), "shop");
  EXPECT_EQ(snapshot.label(), "a/../label");
  EXPECT_EQ(snapshot.requested_by(), "token:tester");
  EXPECT_GE(snapshot.node_count(), 1000u);
  EXPECT_GT(snapshot.edge_count(), 0u);
  EXPECT_EQ(snapshot.total_self_size_bytes(), Stats().used_bytes());
  EXPECT_GT(snapshot.pause_duration().nanos(), 0);
  EXPECT_EQ(snapshot.progress_ratio(), 1);
  EXPECT_EQ(snapshot.phase(), v1::SNAPSHOT_PHASE_UNSPECIFIED);
  EXPECT_FALSE(snapshot.has_estimated_remaining_duration());
  EXPECT_EQ(snapshot.trigger(), v1::SNAPSHOT_TRIGGER_REQUESTED);
  std::string text;
  ASSERT_SUCCEEDS(Download(snapshot.snapshot(), 0, &text));
  EXPECT_EQ(text.size(), snapshot.size_bytes());
  EXPECT_EQ(Sha256Hex(text), snapshot.sha256());
  EXPECT_EQ(text.find("payload-never-shown"), std::string::npos);
  const nlohmann::json json = nlohmann::json::parse(text);
  EXPECT_EQ(json["snapshot"]["node_count"], snapshot.node_count());
  EXPECT_EQ(json["snapshot"]["edge_count"], snapshot.edge_count());
  // A cut download goes on.
  std::string rest;
  ASSERT_SUCCEEDS(Download(snapshot.snapshot(), 100, &rest));
  EXPECT_EQ(rest, text.substr(100));
  EXPECT_THAT(Download(snapshot.snapshot(), text.size() + 1, &rest),
              RefusesField("offset_bytes"));
}

TEST_F(SnapshotServiceTest, ASnapshotIsStoredCompressedOnRequest) {
  for (int i = 0; i < 1000; ++i) Allocate("payload", 1);
  v1::CreateSnapshotRequest request = CreateRequest();
  request.set_destination("local");
  request.set_compression(v1::SNAPSHOT_COMPRESSION_ZSTD);
  const v1::Snapshot snapshot = Take(request);
  ASSERT_EQ(snapshot.state(), v1::SNAPSHOT_STATE_READY) << snapshot.error();
  EXPECT_EQ(snapshot.storage(), "local");
  EXPECT_EQ(snapshot.compression(), v1::SNAPSHOT_COMPRESSION_ZSTD);
  EXPECT_LT(snapshot.size_bytes(), snapshot.uncompressed_size_bytes() / 2);
  std::string data;
  ASSERT_SUCCEEDS(Download(snapshot.snapshot(), 0, &data));
  EXPECT_EQ(data.size(), snapshot.size_bytes());
  EXPECT_EQ(Sha256Hex(data), snapshot.sha256());
  EXPECT_EQ(data.substr(0, 4), "\x28\xb5\x2f\xfd");
}

TEST_F(SnapshotServiceTest, WhereAndHowMustBeKnown) {
  v1::CreateSnapshotResponse response;
  v1::CreateSnapshotRequest request = CreateRequest();
  request.set_destination("/etc");
  EXPECT_THAT(Ask(&Stub::CreateSnapshot, request, &response),
              RefusesField("destination"));
  request = CreateRequest();
  request.set_compression(static_cast<v1::SnapshotCompression>(9));
  EXPECT_THAT(Ask(&Stub::CreateSnapshot, request, &response),
              RefusesField("compression"));
}

TEST_F(SnapshotServiceTest, EveryMethodNeedsTheToken) {
  const auto missing =
      FailsWith(grpc::StatusCode::UNAUTHENTICATED, "CREDENTIALS_MISSING");
  const auto invalid =
      FailsWith(grpc::StatusCode::UNAUTHENTICATED, "CREDENTIALS_INVALID");
  const auto try_all = [&](const std::string& token, const auto& matcher) {
    const auto call = [&token] {
      return token.empty() ? std::make_unique<Call>()
                           : std::make_unique<Call>(token);
    };
    v1::CreateSnapshotResponse created;
    EXPECT_THAT(server_.snapshots->CreateSnapshot(call().get(), CreateRequest(),
                                                  &created),
                matcher);
    v1::GetSnapshotResponse got;
    EXPECT_THAT(server_.snapshots->GetSnapshot(call().get(), {}, &got),
                matcher);
    v1::ListSnapshotsResponse listed;
    EXPECT_THAT(server_.snapshots->ListSnapshots(call().get(), {}, &listed),
                matcher);
    v1::DeleteSnapshotResponse deleted;
    EXPECT_THAT(server_.snapshots->DeleteSnapshot(call().get(), {}, &deleted),
                matcher);
    v1::CancelSnapshotResponse cancelled;
    EXPECT_THAT(server_.snapshots->CancelSnapshot(call().get(), {}, &cancelled),
                matcher);
    v1::CompareSnapshotsResponse compared;
    EXPECT_THAT(
        server_.snapshots->CompareSnapshots(call().get(), {}, &compared),
        matcher);
    const auto watch_call = call();
    const auto watch = server_.snapshots->WatchSnapshot(watch_call.get(), {});
    EXPECT_THAT(watch->Finish(), matcher);
    const auto download_call = call();
    const auto download =
        server_.snapshots->DownloadSnapshot(download_call.get(), {});
    EXPECT_THAT(download->Finish(), matcher);
  };
  try_all("", missing);
  try_all("another-token", invalid);
}

TEST_F(SnapshotServiceTest, ARetryWithTheSameIdGivesTheSameSnapshot) {
  v1::CreateSnapshotRequest request = CreateRequest();
  request.set_request_id("s-1");
  const v1::Snapshot snapshot = Take(request);
  v1::CreateSnapshotResponse again;
  ASSERT_SUCCEEDS(Ask(&Stub::CreateSnapshot, request, &again));
  EXPECT_EQ(again.snapshot().snapshot(), snapshot.snapshot());
  request.set_label("other");
  EXPECT_THAT(
      Ask(&Stub::CreateSnapshot, request, &again),
      FailsWith(grpc::StatusCode::INVALID_ARGUMENT, "REQUEST_ID_REUSED"));
  request.set_request_id("s-2");
  EXPECT_NE(Take(request).snapshot(), snapshot.snapshot());
}

TEST_F(SnapshotServiceTest, CreateChecksItsFields) {
  v1::CreateSnapshotResponse response;
  v1::CreateSnapshotRequest request = CreateRequest();
  request.set_heap("none");
  EXPECT_THAT(Ask(&Stub::CreateSnapshot, request, &response),
              FailsWith(grpc::StatusCode::NOT_FOUND, "HEAP_NOT_FOUND"));
  request = CreateRequest();
  request.set_label(std::string(257, 'l'));
  EXPECT_THAT(Ask(&Stub::CreateSnapshot, request, &response),
              RefusesField("label"));
  request = CreateRequest();
  request.set_request_id(std::string(65, 'r'));
  EXPECT_THAT(Ask(&Stub::CreateSnapshot, request, &response),
              RefusesField("request_id"));
}

TEST_F(SnapshotServiceTest, ComparesTwoSnapshots) {
  const uint64_t lost = Allocate("lost");
  const v1::Snapshot base = Take(CreateRequest());
  type_ = DefineType("Leak");
  for (int i = 0; i < 400; ++i) Allocate("leaked");
  ASSERT_SUCCEEDS(Release({lost}));
  const v1::Snapshot later = Take(CreateRequest());
  v1::CompareSnapshotsRequest request;
  request.set_base_snapshot(base.snapshot());
  request.set_snapshot(later.snapshot());
  v1::CompareSnapshotsResponse response;
  ASSERT_SUCCEEDS(Ask(&Stub::CompareSnapshots, request, &response));
  ASSERT_GE(response.rows_size(), 2);
  EXPECT_EQ(response.rows(0).class_name(), "Leak");
  EXPECT_EQ(response.rows(0).new_count(), 400u);
  EXPECT_EQ(response.rows(0).count_delta(), 400);
  const v1::ComparisonRow& last = response.rows(response.rows_size() - 1);
  EXPECT_EQ(last.class_name(), "Item");
  EXPECT_EQ(last.deleted_count(), 1u);
  EXPECT_LT(last.size_delta_bytes(), 0);
  request.set_snapshot("");
  EXPECT_THAT(Ask(&Stub::CompareSnapshots, request, &response),
              RefusesField("snapshot"));
}

TEST_F(SnapshotServiceTest, ListsAndDeletes) {
  std::vector<std::string> ids;
  for (int i = 0; i < 3; ++i) ids.push_back(Take(CreateRequest()).snapshot());
  v1::ListSnapshotsRequest list;
  list.set_heap("shop");
  list.set_page_size(2);
  v1::ListSnapshotsResponse page;
  ASSERT_SUCCEEDS(Ask(&Stub::ListSnapshots, list, &page));
  EXPECT_EQ(page.snapshots_size(), 2);
  list.set_page_token(page.next_page_token());
  ASSERT_SUCCEEDS(Ask(&Stub::ListSnapshots, list, &page));
  EXPECT_EQ(page.snapshots_size(), 1);
  EXPECT_EQ(page.next_page_token(), "");
  v1::DeleteSnapshotRequest request;
  request.set_snapshot(ids[0]);
  v1::DeleteSnapshotResponse deleted;
  EXPECT_SUCCEEDS(Ask(&Stub::DeleteSnapshot, request, &deleted));
  const auto not_found =
      FailsWith(grpc::StatusCode::NOT_FOUND, "SNAPSHOT_NOT_FOUND");
  EXPECT_THAT(Ask(&Stub::DeleteSnapshot, request, &deleted), not_found);
  v1::GetSnapshotRequest get;
  get.set_snapshot(ids[0]);
  v1::GetSnapshotResponse got;
  EXPECT_THAT(Ask(&Stub::GetSnapshot, get, &got), not_found);
  get.set_snapshot("../../etc/passwd");
  EXPECT_THAT(Ask(&Stub::GetSnapshot, get, &got), not_found);
  get.set_snapshot(ids[1]);
  EXPECT_SUCCEEDS(Ask(&Stub::GetSnapshot, get, &got));
}

TEST_F(SnapshotServiceTest, AListShowsWhatItsFieldsSay) {
  const v1::Snapshot snapshot = Take(CreateRequest());
  const auto list = [this](const v1::ListSnapshotsRequest& request) {
    v1::ListSnapshotsResponse page;
    EXPECT_SUCCEEDS(Ask(&Stub::ListSnapshots, request, &page));
    return page.snapshots_size();
  };
  v1::ListSnapshotsRequest request;
  request.set_state(v1::SNAPSHOT_STATE_READY);
  request.set_trigger(v1::SNAPSHOT_TRIGGER_REQUESTED);
  request.set_label(snapshot.label());
  request.set_destination("local");
  *request.mutable_start_time() = snapshot.create_time();
  request.mutable_end_time()->set_seconds(snapshot.create_time().seconds() + 1);
  EXPECT_EQ(list(request), 1);
  v1::ListSnapshotsRequest other = request;
  other.set_state(v1::SNAPSHOT_STATE_FAILED);
  EXPECT_EQ(list(other), 0);
  other = request;
  other.set_trigger(v1::SNAPSHOT_TRIGGER_LEAK);
  EXPECT_EQ(list(other), 0);
  other = request;
  other.set_label("a/../labe");
  EXPECT_EQ(list(other), 0);
  other = request;
  other.set_destination("elsewhere");
  EXPECT_EQ(list(other), 0);
  other = request;
  *other.mutable_end_time() = snapshot.create_time();
  EXPECT_EQ(list(other), 0);
  const auto refuses = [this](const v1::ListSnapshotsRequest& bad,
                              const char* field) {
    v1::ListSnapshotsResponse page;
    EXPECT_THAT(Ask(&Stub::ListSnapshots, bad, &page), RefusesField(field));
  };
  other = request;
  other.set_state(static_cast<v1::SnapshotState>(99));
  refuses(other, "state");
  other = request;
  other.set_trigger(static_cast<v1::SnapshotTrigger>(99));
  refuses(other, "trigger");
  other = request;
  other.mutable_start_time()->set_nanos(-1);
  refuses(other, "start_time");
  other = request;
  other.mutable_end_time()->set_seconds(int64_t{1} << 60);
  refuses(other, "end_time");
}

TEST_F(SnapshotServiceTest, CancelReturnsWhenNothingIsLeft) {
  SnapshotOrder order;
  order.heap = "shop";
  order.heap_instance = "1";
  auto recording = *server_.catalog().Begin(order);
  const std::string id = recording->record().snapshot;
  v1::CancelSnapshotRequest request;
  request.set_snapshot(id);
  v1::CancelSnapshotResponse cancelled;
  std::thread cancelling([&] {
    EXPECT_SUCCEEDS(Ask(&Stub::CancelSnapshot, request, &cancelled));
  });
  while (recording->Write("x").ok()) absl::SleepFor(absl::Milliseconds(1));
  recording.reset();
  cancelling.join();
  EXPECT_EQ(cancelled.snapshot().state(), v1::SNAPSHOT_STATE_CANCELLED);
  EXPECT_EQ(cancelled.snapshot().error(), "cancelled by token:tester");
  v1::Snapshot watched;
  ASSERT_SUCCEEDS(AwaitEnd(id, &watched));
  EXPECT_EQ(watched.state(), v1::SNAPSHOT_STATE_CANCELLED);
  EXPECT_EQ(watched.phase(), v1::SNAPSHOT_PHASE_UNSPECIFIED);
  EXPECT_TRUE(std::filesystem::is_empty(server_.storage_path()));
  // Once more is no error; of one that is stored it is.
  EXPECT_SUCCEEDS(Ask(&Stub::CancelSnapshot, request, &cancelled));
  request.set_snapshot(Take(CreateRequest()).snapshot());
  EXPECT_THAT(
      Ask(&Stub::CancelSnapshot, request, &cancelled),
      FailsWith(grpc::StatusCode::FAILED_PRECONDITION, "SNAPSHOT_DONE"));
  request.set_snapshot("none");
  EXPECT_THAT(Ask(&Stub::CancelSnapshot, request, &cancelled),
              FailsWith(grpc::StatusCode::NOT_FOUND, "SNAPSHOT_NOT_FOUND"));
  request.clear_snapshot();
  EXPECT_THAT(Ask(&Stub::CancelSnapshot, request, &cancelled),
              RefusesField("snapshot"));
}

TEST_F(SnapshotServiceTest, AFailedSnapshotLeavesNothing) {
  for (int i = 0; i < 1000; ++i) Allocate("x");
  v1::CreateSnapshotResponse created;
  ASSERT_SUCCEEDS(Ask(&Stub::CreateSnapshot, CreateRequest(), &created));
  const std::string id = created.snapshot().snapshot();
  server_.catalog().Close();
  server_.Stop();
  const auto record = server_.catalog().Get(id);
  ASSERT_TRUE(record.ok());
  if (record->state == SnapshotState::kReady) return;  // it was faster
  EXPECT_EQ(record->state, SnapshotState::kFailed);
  EXPECT_NE(record->error, "");
  for (const auto& file :
       std::filesystem::directory_iterator(server_.storage_path())) {
    EXPECT_EQ(file.path().string().find(id), std::string::npos) << file;
  }
}

TEST(SnapshotServiceWithoutStorageTest, SaysWhatIsMissing) {
  InProcessServer server(SmallConfig(), /*with_storage=*/false);
  v1::ListSnapshotsResponse response;
  Call call(InProcessServer::kToken);
  EXPECT_THAT(server.snapshots->ListSnapshots(&call, {}, &response),
              FailsWith(grpc::StatusCode::FAILED_PRECONDITION,
                        "STORAGE_NOT_CONFIGURED"));
  Call without;
  EXPECT_THAT(
      server.snapshots->ListSnapshots(&without, {}, &response),
      FailsWith(grpc::StatusCode::UNAUTHENTICATED, "CREDENTIALS_MISSING"));
}

TEST_F(SnapshotServiceTest, ASnapshotIsReducedOnRequest) {
  for (int i = 0; i < 100; ++i) Allocate("payload", 1);
  v1::AllocateObjectRequest tagged = AllocateRequest("payload", 1);
  tagged.set_tag("GET /orders 502");
  v1::AllocateObjectResponse allocated;
  ASSERT_SUCCEEDS(
      Do(&v1::ObjectService::Stub::AllocateObject, tagged, &allocated));
  v1::CreateSnapshotRequest request = CreateRequest();
  request.mutable_reduction()->add_tags("GET /orders 502");
  const v1::Snapshot snapshot = Take(request);
  ASSERT_EQ(snapshot.state(), v1::SNAPSHOT_STATE_READY) << snapshot.error();
  EXPECT_EQ(snapshot.reduction().tags(0), "GET /orders 502");
  EXPECT_EQ(snapshot.left_out_object_count(), 100u);
  std::string text;
  ASSERT_SUCCEEDS(Download(snapshot.snapshot(), 0, &text));
  const nlohmann::json json = nlohmann::json::parse(text);
  // The four nodes that every file has, the session, the object.
  EXPECT_EQ(json["snapshot"]["node_count"], 6);
  EXPECT_EQ(json["snapshot"]["trace_function_count"], 2);
  EXPECT_FALSE(Take(CreateRequest()).has_reduction());
}

TEST_F(SnapshotServiceTest, AReductionToTooManyNamesIsRefused) {
  v1::CreateSnapshotRequest request = CreateRequest();
  for (int i = 0; i < 101; ++i) request.mutable_reduction()->add_tags("t");
  v1::CreateSnapshotResponse response;
  EXPECT_THAT(Ask(&Stub::CreateSnapshot, request, &response),
              RefusesField("reduction.tags"));
  request.mutable_reduction()->clear_tags();
  for (int i = 0; i < 101; ++i) {
    request.mutable_reduction()->add_class_names("c");
  }
  EXPECT_THAT(Ask(&Stub::CreateSnapshot, request, &response),
              RefusesField("reduction.class_names"));
}

// Capability row 63.
TEST_F(SnapshotServiceTest, AComparisonAndAnAnalysisShowTags) {
  const v1::Snapshot before = Take(CreateRequest());
  v1::AllocateObjectRequest tagged = AllocateRequest("payload", 1);
  tagged.set_tag("GET /orders 502");
  for (int i = 0; i < 10; ++i) {
    v1::AllocateObjectResponse allocated;
    ASSERT_SUCCEEDS(
        Do(&v1::ObjectService::Stub::AllocateObject, tagged, &allocated));
  }
  const v1::Snapshot after = Take(CreateRequest());
  v1::CompareSnapshotsRequest request;
  request.set_base_snapshot(before.snapshot());
  request.set_snapshot(after.snapshot());
  v1::CompareSnapshotsResponse comparison;
  ASSERT_SUCCEEDS(Ask(&Stub::CompareSnapshots, request, &comparison));
  ASSERT_EQ(comparison.rows_size(), 1);
  EXPECT_EQ(comparison.rows(0).class_name(), "Item");
  ASSERT_EQ(comparison.tag_rows_size(), 1);
  EXPECT_EQ(comparison.tag_rows(0).tag(), "GET /orders 502");
  EXPECT_EQ(comparison.tag_rows(0).class_name(), "");
  EXPECT_EQ(comparison.tag_rows(0).count_delta(), 10);

  v1::AnalyzeHeapRequest analyze;
  analyze.set_heap("shop");
  analyze.set_tag("GET /orders 502");
  v1::AnalyzeHeapResponse analysis;
  Call call;
  ASSERT_SUCCEEDS(server_.collector->AnalyzeHeap(&call, analyze, &analysis));
  EXPECT_EQ(analysis.objects_size(), 10);
  EXPECT_EQ(analysis.objects(0).tag(), "GET /orders 502");
  ASSERT_EQ(analysis.tags_size(), 1);
  EXPECT_EQ(analysis.tags(0).object_count(), 10u);
  EXPECT_EQ(analysis.tag_count(), 1u);
}

// What a redacted string shows tells equal ones, and nothing to who guesses.
TEST_F(SnapshotServiceTest, RedactedStringsHaveAHashOfTheDaemons) {
  v1::AllocateStringRequest string;
  string.set_heap("shop");
  string.set_session(session_);
  string.set_content("secret");
  v1::AllocateStringResponse allocated;
  ASSERT_SUCCEEDS(
      Do(&v1::ObjectService::Stub::AllocateString, string, &allocated));
  const auto shown = [this] {
    std::string text;
    EXPECT_SUCCEEDS(Download(Take(CreateRequest()).snapshot(), 0, &text));
    const size_t at = text.find("(redacted, 6 bytes, hash ");
    return at == std::string::npos ? "" : text.substr(at, 42);
  };
  const std::string first = shown();
  EXPECT_NE(first, "");
  EXPECT_EQ(shown(), first);
}

}  // namespace
}  // namespace heapd::server
