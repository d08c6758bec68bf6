#include "server/service/traverse_method.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/server/support/service_fixture.h"

namespace heapd::server {
namespace {

using ::testing::ElementsAre;

using Stub = v1::ObjectService::Stub;

class TraverseMethodTest : public ServiceFixture {
 protected:
  // top -> left, right; left -> leaf; right -> leaf.
  TraverseMethodTest()
      : top_(Allocate("top", 2)),
        left_(Allocate("left", 1)),
        right_(Allocate("right", 1)),
        leaf_(Allocate("leaf")) {
    EXPECT_SUCCEEDS(Link(top_, 0, left_));
    EXPECT_SUCCEEDS(Link(top_, 1, right_));
    EXPECT_SUCCEEDS(Link(left_, 0, leaf_));
    EXPECT_SUCCEEDS(Link(right_, 0, leaf_));
    EXPECT_SUCCEEDS(Root("top", top_));
  }
  static v1::TraverseRequest Request() {
    v1::TraverseRequest request;
    request.set_heap("shop");
    return request;
  }

  const uint64_t top_;
  const uint64_t left_;
  const uint64_t right_;
  const uint64_t leaf_;
};

TEST_F(TraverseMethodTest, ReadsASubgraphFromARootBreadthFirst) {
  v1::TraverseRequest request = Request();
  request.add_roots("top");
  request.set_include_payloads(true);
  v1::TraverseResponse response;
  ASSERT_SUCCEEDS(Do(&Stub::Traverse, request, &response));
  EXPECT_THAT(response.refs(), ElementsAre(top_, left_, right_, leaf_));
  EXPECT_THAT(response.depths(), ElementsAre(0, 1, 1, 2));
  EXPECT_THAT(response.payload_sizes(), ElementsAre(3, 4, 5, 4));
  EXPECT_THAT(response.slot_counts(), ElementsAre(2, 1, 1, 0));
  EXPECT_THAT(response.values(), ElementsAre(left_, right_, leaf_, leaf_));
  EXPECT_EQ(response.payloads(), "topleftrightleaf");
  ASSERT_EQ(response.type_table_size(), 1);
  EXPECT_EQ(response.type_table(0).name(), "Item");
  EXPECT_FALSE(response.truncated());
}

TEST_F(TraverseMethodTest, LimitsEndItAndSaySo) {
  v1::TraverseRequest request = Request();
  request.add_refs(top_);
  request.set_max_object_count(2);
  v1::TraverseResponse response;
  ASSERT_SUCCEEDS(Do(&Stub::Traverse, request, &response));
  EXPECT_EQ(response.refs_size(), 2);
  EXPECT_TRUE(response.truncated());
  request.set_max_object_count(0);
  request.set_max_depth(0);
  ASSERT_SUCCEEDS(Do(&Stub::Traverse, request, &response));
  EXPECT_THAT(response.refs(), ElementsAre(top_));
  EXPECT_FALSE(response.truncated());
  request.clear_max_depth();
  request.set_max_bytes(1);
  ASSERT_SUCCEEDS(Do(&Stub::Traverse, request, &response));
  EXPECT_TRUE(response.truncated());
}

TEST_F(TraverseMethodTest, ALargeOneRunsElsewhereWithTheSameResult) {
  v1::TraverseRequest request = Request();
  request.add_refs(top_);
  request.set_max_object_count(100'000);
  request.set_max_bytes(32u << 20);
  v1::TraverseResponse response;
  ASSERT_SUCCEEDS(Do(&Stub::Traverse, request, &response));
  EXPECT_EQ(response.refs_size(), 4);
}

TEST_F(TraverseMethodTest, ChecksItsFields) {
  v1::TraverseRequest request = Request();
  v1::TraverseResponse response;
  EXPECT_THAT(Do(&Stub::Traverse, request, &response), RefusesField("refs"));
  for (int i = 0; i < 1025; ++i) request.add_refs(top_);
  EXPECT_THAT(Do(&Stub::Traverse, request, &response), RefusesField("refs"));
  request = Request();
  request.add_roots("none");
  EXPECT_THAT(Do(&Stub::Traverse, request, &response),
              FailsWith(grpc::StatusCode::NOT_FOUND, "ROOT_NOT_FOUND"));
  request = Request();
  request.add_refs(top_);
  request.set_max_object_count(100'001);
  EXPECT_THAT(Do(&Stub::Traverse, request, &response),
              RefusesField("max_object_count"));
  request.set_max_object_count(1);
  request.set_max_bytes((32u << 20) + 1);
  EXPECT_THAT(Do(&Stub::Traverse, request, &response),
              RefusesField("max_bytes"));
}

}  // namespace
}  // namespace heapd::server
