#include "server/service/caller.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/server/support/raw_call.h"
#include "tests/server/support/service_fixture.h"

namespace heapd::server {
namespace {

using ::testing::ElementsAre;

Policy Permit(const std::vector<std::string>& heaps,
              PermissionSet permissions = PermissionSet::All()) {
  PolicyRule rule;
  rule.principals.emplace_back("token:alice");
  for (const std::string& heap : heaps) rule.heaps.emplace_back(heap);
  rule.permissions = permissions;
  return Policy({rule});
}

class CallerTest : public ServiceFixture {
 protected:
  CallerTest() {
    for (const char* heap : {"other", "third", "zoo"}) {
      v1::CreateHeapRequest create;
      create.set_heap(heap);
      v1::CreateHeapResponse created;
      Call call;
      EXPECT_SUCCEEDS(server_.heaps->CreateHeap(&call, create, &created));
    }
    server_.SetTokens({{"alice", "alice"}});
    server_.SetPolicy(Permit({"shop"}));
  }

  static v1::PipelineRequest Batch(const std::string& heap) {
    v1::PipelineRequest request;
    request.set_heap(heap);
    request.mutable_batch();
    return request;
  }

  static int Code(const v1::PipelineResponse& response) {
    return response.error().code();
  }
};

TEST_F(CallerTest, OfTwoHeapsInARequestTheOneThatIsUsedCounts) {
  v1::AllocateObjectRequest request;
  request.set_heap("other");
  request.set_session(session_);
  std::string bytes = request.SerializeAsString();
  // The first field that is read before parsing says a heap that is permitted;
  // of several, the last one counts.
  request.Clear();
  request.set_heap("shop");
  const auto send = [this](const std::string& text) {
    return RawCall(server_.data_channel(),
                   "heapd.v1.ObjectService/AllocateObject", "alice", text)
        .status;
  };
  EXPECT_THAT(
      send(request.SerializeAsString() + bytes),
      FailsWith(grpc::StatusCode::PERMISSION_DENIED, "PERMISSION_MISSING"));
  EXPECT_THAT(
      send(bytes + request.SerializeAsString()),
      FailsWith(grpc::StatusCode::PERMISSION_DENIED, "PERMISSION_MISSING"));
  EXPECT_THAT(send(request.SerializeAsString()), RefusesField("type"));
}

TEST_F(CallerTest, APipelineIsAskedForEachHeapThatItTurnsTo) {
  Call call("alice");
  const auto stream = server_.objects->Pipeline(&call);
  v1::PipelineResponse response;
  for (const auto& [heap, code] :
       std::vector<std::pair<std::string, int>>{{"shop", 0},
                                                {"other", 7},
                                                {"", 7},  // still "other"
                                                {"shop", 0},
                                                {"", 0}}) {
    ASSERT_TRUE(stream->Write(Batch(heap)));
    ASSERT_TRUE(stream->Read(&response));
    EXPECT_EQ(Code(response), code) << heap;
  }
  stream->WritesDone();
  EXPECT_SUCCEEDS(stream->Finish());
}

TEST_F(CallerTest, ANewPolicyHoldsForStreamsThatAreOpen) {
  Call pipeline_call("alice");
  const auto pipeline = server_.objects->Pipeline(&pipeline_call);
  v1::PipelineResponse response;
  ASSERT_TRUE(pipeline->Write(Batch("shop")));
  ASSERT_TRUE(pipeline->Read(&response));
  EXPECT_EQ(Code(response), 0);
  v1::WatchCollectionsRequest watch;
  watch.set_heap("shop");
  Call watch_call("alice");
  const auto collections =
      server_.collector->WatchCollections(&watch_call, watch);
  collections->WaitForInitialMetadata();

  server_.SetPolicy(Permit({"shop"}, {Permission::kCollect}));
  ASSERT_TRUE(pipeline->Write(Batch("")));
  ASSERT_TRUE(pipeline->Read(&response));
  EXPECT_EQ(Code(response), 7);
  v1::CollectHeapRequest collect;
  collect.set_heap("shop");
  v1::CollectHeapResponse collected;
  Call collect_call("alice");
  EXPECT_SUCCEEDS(
      server_.collector->CollectHeap(&collect_call, collect, &collected));
  v1::WatchCollectionsResponse event;
  EXPECT_FALSE(collections->Read(&event));
  EXPECT_THAT(
      collections->Finish(),
      FailsWith(grpc::StatusCode::PERMISSION_DENIED, "PERMISSION_MISSING"));

  server_.SetPolicy(Permit({"shop"}));
  ASSERT_TRUE(pipeline->Write(Batch("")));
  ASSERT_TRUE(pipeline->Read(&response));
  EXPECT_EQ(Code(response), 0);
  pipeline->WritesDone();
  EXPECT_SUCCEEDS(pipeline->Finish());
}

TEST_F(CallerTest, ARevokedTokenEndsAStreamThatIsOpen) {
  Call call("alice");
  const auto stream = server_.objects->Pipeline(&call);
  v1::PipelineResponse response;
  ASSERT_TRUE(stream->Write(Batch("shop")));
  ASSERT_TRUE(stream->Read(&response));
  server_.SetTokens({});
  stream->Write(Batch("shop"));
  EXPECT_FALSE(stream->Read(&response));
  EXPECT_THAT(stream->Finish(), FailsWith(grpc::StatusCode::UNAUTHENTICATED,
                                          "CREDENTIALS_INVALID"));
}

TEST_F(CallerTest, AListHasTheHeapsThatTheCallerMayRead) {
  server_.SetPolicy(Permit({"shop", "z*"}, {Permission::kRead}));
  std::vector<std::string> heaps;
  v1::ListHeapsRequest request;
  request.set_page_size(1);
  do {
    v1::ListHeapsResponse page;
    Call call("alice");
    ASSERT_SUCCEEDS(server_.heaps->ListHeaps(&call, request, &page));
    ASSERT_EQ(page.heaps_size(), 1);
    heaps.push_back(page.heaps(0).heap());
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  EXPECT_THAT(heaps, ElementsAre("shop", "zoo"));
}

TEST_F(CallerTest, AListHasTheSnapshotsThatTheCallerMaySee) {
  server_.SetPolicy(Permit({"*"}));
  for (const char* heap : {"shop", "other", "third"}) {
    v1::CreateSnapshotRequest request;
    request.set_heap(heap);
    v1::CreateSnapshotResponse created;
    Call create("alice");
    ASSERT_SUCCEEDS(
        server_.snapshots->CreateSnapshot(&create, request, &created));
    v1::WatchSnapshotRequest watch;
    watch.set_snapshot(created.snapshot().snapshot());
    Call call("alice");
    const auto reader = server_.snapshots->WatchSnapshot(&call, watch);
    v1::WatchSnapshotResponse response;
    while (reader->Read(&response)) {
    }
  }
  server_.SetPolicy(Permit({"shop", "third"}, {Permission::kSnapshot}));
  std::vector<std::string> heaps;
  v1::ListSnapshotsRequest request;
  request.set_page_size(1);
  do {
    v1::ListSnapshotsResponse page;
    Call call("alice");
    ASSERT_SUCCEEDS(server_.snapshots->ListSnapshots(&call, request, &page));
    ASSERT_EQ(page.snapshots_size(), 1);
    heaps.push_back(page.snapshots(0).heap());
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  // Newest first.
  EXPECT_THAT(heaps, ElementsAre("third", "shop"));
}

TEST_F(CallerTest, ARefusalNamesTheHeapToWhoMayDoSomethingWithIt) {
  server_.SetPolicy(Permit({"shop"}, {Permission::kMetrics}));
  v1::GetRootRequest request;
  request.set_heap("shop");
  request.set_name("top");
  v1::GetRootResponse response;
  Call call("alice");
  const grpc::Status status =
      server_.objects->GetRoot(&call, request, &response);
  EXPECT_THAT(status, FailsWith(grpc::StatusCode::PERMISSION_DENIED,
                                "PERMISSION_MISSING"));
  EXPECT_EQ(status.error_message(),
            "token:alice has no permission 'read' on heap 'shop'");
  EXPECT_EQ(ErrorDetails(status).metadata("permission"), "read");
  EXPECT_EQ(ErrorDetails(status).metadata("heap"), "shop");
}

TEST(NeededForTest, IsWhatTheOperationsDo) {
  v1::Batch batch;
  EXPECT_EQ(NeededFor(batch), PermissionSet{Permission::kMutate});
  batch.add_kinds(v1::OPERATION_KIND_READ_SLOT);
  batch.add_kinds(v1::OPERATION_KIND_READ_PAYLOAD);
  EXPECT_EQ(NeededFor(batch), PermissionSet{Permission::kRead});
  // Whatever comes to be later is no reading until somebody says so.
  for (int kind = 0; kind <= 17; ++kind) {
    if (kind == v1::OPERATION_KIND_READ_SLOT ||
        kind == v1::OPERATION_KIND_READ_PAYLOAD) {
      continue;
    }
    v1::Batch other = batch;
    other.add_kinds(static_cast<v1::OperationKind>(kind));
    EXPECT_EQ(NeededFor(other),
              (PermissionSet{Permission::kRead, Permission::kMutate}));
  }
}

}  // namespace
}  // namespace heapd::server
