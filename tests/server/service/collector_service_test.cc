#include "server/service/collector_service.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "tests/server/support/service_fixture.h"

namespace heapd::server {
namespace {

class CollectorServiceTest : public ServiceFixture {
 protected:
  using Reader = grpc::ClientReader<v1::WatchCollectionsResponse>;

  std::unique_ptr<Reader> Watch(
      Call* call, const std::string& heap = "shop",
      v1::CollectionKind kind = v1::COLLECTION_KIND_UNSPECIFIED) {
    v1::WatchCollectionsRequest request;
    request.set_heap(heap);
    request.set_kind(kind);
    auto reader = server_.collector->WatchCollections(call, request);
    // Comes when the watch is there.
    reader->WaitForInitialMetadata();
    return reader;
  }
  grpc::Status Explain(uint64_t ref, v1::ExplainObjectResponse* response) {
    v1::ExplainObjectRequest request;
    request.set_heap("shop");
    request.set_ref(ref);
    Call call;
    return server_.collector->ExplainObject(&call, request, response);
  }
};

TEST_F(CollectorServiceTest, ACollectionSaysWhatItDid) {
  const uint64_t kept = Allocate("kept");
  const uint64_t lost = Allocate("lost");
  ASSERT_SUCCEEDS(Release({lost}));
  const v1::Collection collection = Collect();
  EXPECT_EQ(collection.sequence(), 1u);
  EXPECT_EQ(collection.kind(), v1::COLLECTION_KIND_MAJOR);
  EXPECT_EQ(collection.reason(), v1::COLLECTION_REASON_REQUESTED);
  EXPECT_EQ(collection.object_count_before(), 2u);
  EXPECT_EQ(collection.object_count_after(), 1u);
  EXPECT_LT(collection.used_bytes_after(), collection.used_bytes_before());
  EXPECT_GT(collection.start_time().seconds(), 1'600'000'000);
  v1::ReadObjectResponse read;
  EXPECT_SUCCEEDS(Read(kept, &read));
}

// Capability row 66.
TEST_F(CollectorServiceTest, AnAnalysisSaysWhatRetainsTheMemory) {
  const uint64_t large = Allocate(std::string(1000, 'x'));
  Allocate("small");
  v1::AnalyzeHeapRequest request;
  request.set_heap("shop");
  request.set_max_object_count(1);
  v1::AnalyzeHeapResponse response;
  Call call;
  ASSERT_SUCCEEDS(server_.collector->AnalyzeHeap(&call, request, &response));
  EXPECT_EQ(response.object_count(), 2u);
  ASSERT_EQ(response.objects_size(), 1);
  EXPECT_EQ(response.objects(0).ref(), large);
  EXPECT_GT(response.objects(0).retained_size_bytes(), 1000u);
  ASSERT_EQ(response.classes_size(), 1);
  EXPECT_EQ(response.classes(0).object_count(), 2u);
  EXPECT_EQ(response.classes(0).retained_size_bytes(),
            response.total_self_size_bytes());
  // The ref can be used.
  v1::ExplainObjectResponse path;
  EXPECT_SUCCEEDS(Explain(response.objects(0).ref(), &path));

  request.set_max_class_count(1001);
  Call other;
  EXPECT_EQ(
      server_.collector->AnalyzeHeap(&other, request, &response).error_code(),
      grpc::StatusCode::INVALID_ARGUMENT);
}

TEST_F(CollectorServiceTest, StatsAddUp) {
  for (int i = 0; i < 10; ++i) Allocate(std::string(100 * i, 'x'), i);
  Collect();
  const v1::HeapStats stats = Stats();
  EXPECT_EQ(stats.object_count(), 10u);
  EXPECT_EQ(stats.hold_count(), 10u);
  EXPECT_EQ(stats.session_count(), 1u);
  EXPECT_EQ(stats.allocated_object_count(), 10u);
  uint64_t used_bytes = 0;
  for (const v1::SpaceStats& space : stats.spaces()) {
    used_bytes += space.used_bytes();
  }
  EXPECT_EQ(used_bytes, stats.used_bytes());
  EXPECT_EQ(stats.collections_size(), 1);
  EXPECT_GT(stats.process_resident_bytes(), uint64_t{1} << 20);
  EXPECT_EQ(stats.budget_bytes(), uint64_t{256} << 20);
  EXPECT_GT(stats.object_overhead_bytes(), 0u);
}

TEST_F(CollectorServiceTest, EveryMethodKnowsHeapsThatAreNot) {
  const auto not_found =
      FailsWith(grpc::StatusCode::NOT_FOUND, "HEAP_NOT_FOUND");
  v1::CollectHeapRequest collect;
  collect.set_heap("none");
  v1::CollectHeapResponse collected;
  Call first;
  EXPECT_THAT(server_.collector->CollectHeap(&first, collect, &collected),
              not_found);
  Call second;
  auto reader = Watch(&second, "none");
  v1::WatchCollectionsResponse event;
  EXPECT_FALSE(reader->Read(&event));
  EXPECT_THAT(reader->Finish(), not_found);
  collect.set_heap("shop");
  collect.set_kind(static_cast<v1::CollectionKind>(7));
  Call third;
  EXPECT_THAT(server_.collector->CollectHeap(&third, collect, &collected),
              RefusesField("kind"));
  Call fourth;
  reader = Watch(&fourth, "shop", static_cast<v1::CollectionKind>(7));
  EXPECT_FALSE(reader->Read(&event));
  EXPECT_THAT(reader->Finish(), RefusesField("kind"));
}

TEST_F(CollectorServiceTest, ExplainsWhyAnObjectLives) {
  const uint64_t top = Allocate("top", 1);
  const uint64_t leaf = Allocate("leaf");
  ASSERT_SUCCEEDS(Link(top, 0, leaf));
  ASSERT_SUCCEEDS(Root("top", top));
  ASSERT_SUCCEEDS(Release({top, leaf}));
  v1::ExplainObjectResponse response;
  ASSERT_SUCCEEDS(Explain(leaf, &response));
  EXPECT_EQ(response.root(), "top");
  ASSERT_EQ(response.steps_size(), 2);
  EXPECT_EQ(response.steps(0).ref(), top);
  EXPECT_EQ(response.steps(0).type_name(), "Item");
  EXPECT_EQ(response.steps(0).slot(), 0u);
  EXPECT_EQ(response.steps(1).ref(), leaf);
  EXPECT_FALSE(response.steps(1).has_slot());
  EXPECT_THAT(Explain(0, &response), RefusesField("ref"));
  const uint64_t held = Allocate("held");
  ASSERT_SUCCEEDS(Explain(held, &response));
  EXPECT_EQ(response.session(), session_);
  ASSERT_SUCCEEDS(Release({held}));
  EXPECT_THAT(Explain(held, &response),
              FailsWith(grpc::StatusCode::NOT_FOUND, "UNREACHABLE"));
}

TEST_F(CollectorServiceTest, AHeapIsVerified) {
  Allocate("x", 3);
  EXPECT_SUCCEEDS(Verify());
}

TEST_F(CollectorServiceTest, AWatchSeesCollectionsInOrderUntilTheHeapGoes) {
  Call call;
  const auto reader = Watch(&call);
  for (int i = 0; i < 5; ++i) Collect();
  v1::WatchCollectionsResponse event;
  for (uint64_t i = 1; i <= 5; ++i) {
    ASSERT_TRUE(reader->Read(&event));
    EXPECT_EQ(event.collection().sequence(), i);
    EXPECT_EQ(event.dropped(), 0u);
  }
  v1::DeleteHeapRequest request;
  request.set_heap("shop");
  v1::DeleteHeapResponse response;
  Call another;
  ASSERT_SUCCEEDS(server_.heaps->DeleteHeap(&another, request, &response));
  EXPECT_FALSE(reader->Read(&event));
  EXPECT_THAT(reader->Finish(),
              FailsWith(grpc::StatusCode::NOT_FOUND, "HEAP_NOT_FOUND"));
}

TEST_F(CollectorServiceTest, WatchersAreBoundedAndMakeRoomWhenTheyLeave) {
  Call first;
  Call second;
  const auto a = Watch(&first);
  auto b = Watch(&second);
  Call third;
  const auto c = Watch(&third);
  v1::WatchCollectionsResponse event;
  EXPECT_FALSE(c->Read(&event));
  EXPECT_THAT(c->Finish(),
              FailsWith(grpc::StatusCode::RESOURCE_EXHAUSTED, "WATCHERS"));
  second.TryCancel();
  EXPECT_FALSE(b->Finish().ok());
  // The server is told of the end a moment later.
  grpc::Status status;
  for (int i = 0; i < 1000; ++i) {
    Call fourth;
    const auto d = Watch(&fourth);
    Collect();
    if (d->Read(&event)) return;
    status = d->Finish();
  }
  FAIL() << status.error_message();
}

TEST_F(CollectorServiceTest, DrainingEndsAWatchAtOnce) {
  Call call;
  const auto reader = Watch(&call);
  server_.services().BeginDrain();
  v1::WatchCollectionsResponse event;
  EXPECT_FALSE(reader->Read(&event));
  EXPECT_THAT(reader->Finish(),
              FailsWith(grpc::StatusCode::UNAVAILABLE, "DRAINING"));
}

TEST_F(CollectorServiceTest, TheHeapCollectsByItselfAsItGrows) {
  Call call;
  const auto reader = Watch(&call, "shop", v1::COLLECTION_KIND_MAJOR);
  for (int i = 0; i < 10; ++i) {
    std::vector<uint64_t> refs;
    for (int j = 0; j < 10; ++j) {
      refs.push_back(Allocate(std::string(1 << 20, 'x')));
    }
    ASSERT_SUCCEEDS(Release(refs));
  }
  v1::WatchCollectionsResponse event;
  ASSERT_TRUE(reader->Read(&event));
  EXPECT_EQ(event.collection().kind(), v1::COLLECTION_KIND_MAJOR);
  EXPECT_EQ(event.collection().reason(),
            v1::COLLECTION_REASON_OLD_SPACE_THRESHOLD);
}

TEST_F(CollectorServiceTest, ObjectsThatDieYoungAreScavenged) {
  Call call;
  const auto reader = Watch(&call, "shop", v1::COLLECTION_KIND_MINOR);
  for (int i = 0; i < 3000; ++i) {
    ASSERT_SUCCEEDS(Release({Allocate(std::string(1000, 'x'))}));
  }
  v1::WatchCollectionsResponse event;
  ASSERT_TRUE(reader->Read(&event));
  EXPECT_EQ(event.collection().reason(), v1::COLLECTION_REASON_NEW_SPACE_FULL);
  EXPECT_LT(event.collection().object_count_after(),
            event.collection().object_count_before());
  EXPECT_EQ(Collect(v1::COLLECTION_KIND_MINOR).kind(),
            v1::COLLECTION_KIND_MINOR);
}

}  // namespace
}  // namespace heapd::server
