#include "server/service/hold_methods.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/server/support/service_fixture.h"

namespace heapd::server {
namespace {

using ::testing::ElementsAre;

using Stub = v1::ObjectService::Stub;

class HoldMethodsTest : public ServiceFixture {
 protected:
  grpc::Status GetRoot(const std::string& name, v1::GetRootResponse* response) {
    v1::GetRootRequest request;
    request.set_heap("shop");
    request.set_name(name);
    return Do(&Stub::GetRoot, request, response);
  }
  grpc::Status Unroot(const std::string& name,
                      v1::UnrootObjectResponse* response) {
    v1::UnrootObjectRequest request;
    request.set_heap("shop");
    request.set_name(name);
    return Do(&Stub::UnrootObject, request, response);
  }
};

TEST_F(HoldMethodsTest, ARootHoldsUntilItIsRemoved) {
  const uint64_t ref = Allocate("x");
  ASSERT_SUCCEEDS(Root("name", ref));
  ASSERT_SUCCEEDS(Release({ref}));
  Collect();
  v1::GetRootResponse got;
  ASSERT_SUCCEEDS(GetRoot("name", &got));
  EXPECT_EQ(got.ref(), ref);
  v1::UnrootObjectResponse unrooted;
  ASSERT_SUCCEEDS(Unroot("name", &unrooted));
  EXPECT_EQ(unrooted.former_ref(), ref);
  const auto not_found =
      FailsWith(grpc::StatusCode::NOT_FOUND, "ROOT_NOT_FOUND");
  EXPECT_THAT(GetRoot("name", &got), not_found);
  EXPECT_THAT(Unroot("name", &unrooted), not_found);
  Collect();
  EXPECT_EQ(Stats().object_count(), 0u);
}

TEST_F(HoldMethodsTest, NamesHaveLimits) {
  const uint64_t ref = Allocate("x");
  v1::GetRootResponse got;
  EXPECT_THAT(Root("", ref), RefusesField("name"));
  EXPECT_THAT(GetRoot("", &got), RefusesField("name"));
  EXPECT_SUCCEEDS(Root(std::string(1024, 'n'), ref));
  EXPECT_THAT(Root(std::string(1025, 'n'), ref), RefusesField("name"));
}

TEST_F(HoldMethodsTest, AHoldIsTakenOnceAndReleasedOnce) {
  const uint64_t ref = Allocate("x");
  v1::HoldObjectRequest hold;
  hold.set_heap("shop");
  hold.set_session(session_);
  hold.set_ref(ref);
  v1::HoldObjectResponse held;
  EXPECT_SUCCEEDS(Do(&Stub::HoldObject, hold, &held));
  EXPECT_SUCCEEDS(Release({ref}));
  EXPECT_THAT(Release({ref}),
              FailsWith(grpc::StatusCode::FAILED_PRECONDITION, "NOT_HELD"));
}

TEST_F(HoldMethodsTest, AllOrNoneAreReleased) {
  const uint64_t a = Allocate("a");
  const uint64_t b = Allocate("b");
  const grpc::Status status = Release({a, b, a});
  EXPECT_THAT(status,
              FailsWith(grpc::StatusCode::FAILED_PRECONDITION, "NOT_HELD"));
  EXPECT_EQ(ErrorDetails(status).metadata("operation"), "2");
  EXPECT_SUCCEEDS(Release({a, b}));
  EXPECT_THAT(Release({}), RefusesField("refs"));
  EXPECT_THAT(Release(std::vector<uint64_t>(65537, a)), RefusesField("refs"));
}

TEST_F(HoldMethodsTest, RootsAreListedPageByPageInByteOrder) {
  const uint64_t ref = Allocate("x");
  for (const char* name : {"c", "a", "b", "B", "\xc3\xa4"}) {
    ASSERT_SUCCEEDS(Root(name, ref));
  }
  v1::ListRootsRequest request;
  request.set_heap("shop");
  request.set_page_size(2);
  std::vector<std::string> names;
  int pages = 0;
  do {
    v1::ListRootsResponse response;
    ASSERT_SUCCEEDS(Do(&Stub::ListRoots, request, &response));
    for (const v1::Root& root : response.roots()) names.push_back(root.name());
    request.set_page_token(response.next_page_token());
    ASSERT_LT(++pages, 10);
  } while (!request.page_token().empty());
  EXPECT_THAT(names, ElementsAre("B", "a", "b", "c", "\xc3\xa4"));
  EXPECT_EQ(pages, 3);
  request.set_page_token("nonsense");
  v1::ListRootsResponse response;
  EXPECT_THAT(Do(&Stub::ListRoots, request, &response),
              RefusesField("page_token"));
  request.clear_page_token();
  request.set_page_size(10001);
  EXPECT_THAT(Do(&Stub::ListRoots, request, &response),
              RefusesField("page_size"));
}

TEST_F(HoldMethodsTest, APageOfLongNamesEndsEarly) {
  const uint64_t ref = Allocate("x");
  for (int i = 0; i < 1100; ++i) {
    std::string name = std::to_string(10000 + i);
    name.resize(1024, 'n');
    ASSERT_SUCCEEDS(Root(name, ref));
  }
  v1::ListRootsRequest request;
  request.set_heap("shop");
  request.set_page_size(10000);
  v1::ListRootsResponse response;
  ASSERT_SUCCEEDS(Do(&Stub::ListRoots, request, &response));
  const int first = response.roots_size();
  EXPECT_LT(first, 1100);
  request.set_page_token(response.next_page_token());
  ASSERT_SUCCEEDS(Do(&Stub::ListRoots, request, &response));
  EXPECT_EQ(first + response.roots_size(), 1100);
  EXPECT_EQ(response.next_page_token(), "");
}

}  // namespace
}  // namespace heapd::server
