#include "server/service/heap_service.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/server/support/service_fixture.h"

namespace heapd::server {
namespace {

using ::testing::ElementsAre;

constexpr uint64_t kMiB = uint64_t{1} << 20;

class HeapServiceTest : public ServiceFixture {
 protected:
  grpc::Status Create(const std::string& id, uint64_t limit_bytes = 0,
                      uint64_t reservation_bytes = 0) {
    v1::CreateHeapRequest request;
    request.set_heap(id);
    request.set_limit_bytes(limit_bytes);
    request.set_reservation_bytes(reservation_bytes);
    Call call;
    return server_.heaps->CreateHeap(&call, request, &created_);
  }
  grpc::Status Get(const std::string& id) {
    v1::GetHeapRequest request;
    request.set_heap(id);
    Call call;
    return server_.heaps->GetHeap(&call, request, &got_);
  }
  grpc::Status Delete(const std::string& id) {
    v1::DeleteHeapRequest request;
    request.set_heap(id);
    v1::DeleteHeapResponse response;
    Call call;
    return server_.heaps->DeleteHeap(&call, request, &response);
  }

  v1::CreateHeapResponse created_;
  v1::GetHeapResponse got_;
};

TEST_F(HeapServiceTest, AHeapDescribesItself) {
  const uint64_t ref = Allocate("x");
  ASSERT_SUCCEEDS(Root("name", ref));
  ASSERT_SUCCEEDS(Get("shop"));
  const v1::Heap& heap = got_.heap();
  EXPECT_EQ(heap.heap(), "shop");
  EXPECT_EQ(heap.limit_bytes(), 32 * kMiB);
  EXPECT_EQ(heap.object_count(), 1u);
  EXPECT_EQ(heap.session_count(), 1u);
  EXPECT_EQ(heap.root_count(), 1u);
  EXPECT_GT(heap.used_bytes(), 0u);
  EXPECT_GE(heap.committed_bytes(), heap.used_bytes());
  EXPECT_GT(heap.create_time().seconds(), 1'600'000'000);
}

TEST_F(HeapServiceTest, CreateChecksIdAndLimits) {
  EXPECT_THAT(Create("Bad"), RefusesField("heap"));
  EXPECT_THAT(Create(""), RefusesField("heap"));
  EXPECT_THAT(Create("../x"), RefusesField("heap"));
  EXPECT_THAT(Create("b", 4 * kMiB - 1), RefusesField("limit_bytes"));
  EXPECT_THAT(Create("b", kMiB << 20 | 1), RefusesField("limit_bytes"));
  EXPECT_THAT(Create("b", 4 * kMiB, 5 * kMiB),
              RefusesField("reservation_bytes"));
  EXPECT_THAT(Create("shop"),
              FailsWith(grpc::StatusCode::ALREADY_EXISTS, "HEAP_EXISTS"));
  EXPECT_SUCCEEDS(Create("b", 4 * kMiB));
  EXPECT_THAT(Create("c", 300 * kMiB, 300 * kMiB),
              FailsWith(grpc::StatusCode::RESOURCE_EXHAUSTED, "BUDGET"));
}

TEST_F(HeapServiceTest, TheNumberOfHeapsIsBounded) {
  for (int i = 1; i < 8; ++i) {
    EXPECT_SUCCEEDS(Create("h" + std::to_string(i)));
  }
  EXPECT_THAT(Create("h8"),
              FailsWith(grpc::StatusCode::RESOURCE_EXHAUSTED, "HEAP_COUNT"));
}

TEST_F(HeapServiceTest, ListsPageByPage) {
  ASSERT_SUCCEEDS(Create("a"));
  ASSERT_SUCCEEDS(Create("z"));
  v1::ListHeapsRequest request;
  request.set_page_size(2);
  v1::ListHeapsResponse response;
  std::vector<std::string> ids;
  do {
    Call call;
    ASSERT_SUCCEEDS(server_.heaps->ListHeaps(&call, request, &response));
    for (const v1::Heap& heap : response.heaps()) ids.push_back(heap.heap());
    request.set_page_token(response.next_page_token());
    ASSERT_LT(ids.size(), 10u);
  } while (!request.page_token().empty());
  EXPECT_THAT(ids, ElementsAre("a", "shop", "z"));
  request.set_page_size(1001);
  Call call;
  EXPECT_THAT(server_.heaps->ListHeaps(&call, request, &response),
              RefusesField("page_size"));
}

TEST_F(HeapServiceTest, ALimitBelowTheUseRefusesNewAllocationsOnly) {
  const uint64_t ref = Allocate(std::string(8 * kMiB, 'x'));
  v1::UpdateHeapRequest request;
  request.set_heap("shop");
  request.set_limit_bytes(4 * kMiB);
  v1::UpdateHeapResponse response;
  Call call;
  ASSERT_SUCCEEDS(server_.heaps->UpdateHeap(&call, request, &response));
  EXPECT_EQ(response.heap().limit_bytes(), 4 * kMiB);
  v1::AllocateObjectResponse allocated;
  EXPECT_THAT(Do(&v1::ObjectService::Stub::AllocateObject,
                 AllocateRequest(std::string(kMiB, 'y')), &allocated),
              FailsWith(grpc::StatusCode::RESOURCE_EXHAUSTED, "HEAP_LIMIT"));
  v1::ReadObjectResponse read;
  EXPECT_SUCCEEDS(Read(ref, &read));
  request.set_heap("none");
  Call another;
  EXPECT_THAT(server_.heaps->UpdateHeap(&another, request, &response),
              FailsWith(grpc::StatusCode::NOT_FOUND, "HEAP_NOT_FOUND"));
}

TEST_F(HeapServiceTest, ADeletedHeapIsNotFound) {
  const uint64_t ref = Allocate("x");
  ASSERT_SUCCEEDS(Delete("shop"));
  const auto not_found =
      FailsWith(grpc::StatusCode::NOT_FOUND, "HEAP_NOT_FOUND");
  EXPECT_THAT(Delete("shop"), not_found);
  EXPECT_THAT(Get("shop"), not_found);
  v1::ReadObjectResponse read;
  const grpc::Status status = Read(ref, &read);
  EXPECT_THAT(status, not_found);
  EXPECT_EQ(ErrorDetails(status).metadata("heap"), "shop");
}

TEST_F(HeapServiceTest, OneHeapIsNoBusinessOfAnother) {
  const uint64_t ref = Allocate("secret");
  ASSERT_SUCCEEDS(Create("other"));
  v1::ReadObjectRequest request;
  request.set_heap("other");
  request.set_ref(ref);
  v1::ReadObjectResponse response;
  EXPECT_THAT(Do(&v1::ObjectService::Stub::ReadObject, request, &response),
              FailsWith(grpc::StatusCode::NOT_FOUND, "OBJECT_COLLECTED"));
  request.set_session(session_);
  EXPECT_THAT(Do(&v1::ObjectService::Stub::ReadObject, request, &response),
              FailsWith(grpc::StatusCode::NOT_FOUND, "SESSION_EXPIRED"));
}

TEST_F(HeapServiceTest, DrainingRefusesNewCallsOnEveryService) {
  server_.services().BeginDrain();
  const auto draining = FailsWith(grpc::StatusCode::UNAVAILABLE, "DRAINING");
  const grpc::Status status = Get("shop");
  EXPECT_THAT(status, draining);
  EXPECT_TRUE(ErrorDetails(status).has_retry);
  v1::ReadObjectResponse read;
  EXPECT_THAT(Read(1, &read), draining);
  EXPECT_THAT(Verify(), draining);
}

}  // namespace
}  // namespace heapd::server
