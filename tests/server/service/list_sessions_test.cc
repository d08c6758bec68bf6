#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "absl/time/time.h"
#include "tests/server/support/service_fixture.h"

namespace heapd::server {
namespace {

class ListSessionsTest : public ServiceFixture {
 protected:
  grpc::Status List(int max_session_count = 0,
                    const std::string& heap = "shop") {
    v1::ListSessionsRequest request;
    request.set_heap(heap);
    request.set_max_session_count(max_session_count);
    Call call;
    return server_.collector->ListSessions(&call, request, &listed_);
  }

  v1::ListSessionsResponse listed_;
};

TEST_F(ListSessionsTest, SaysWhatASessionHoldsAndWhenItEnds) {
  Allocate(std::string(1000, 'x'));
  Allocate("y");
  ASSERT_SUCCEEDS(List());
  ASSERT_EQ(listed_.sessions_size(), 1);
  EXPECT_EQ(listed_.session_count(), 1u);
  const v1::SessionHolds& session = listed_.sessions(0);
  EXPECT_EQ(session.session(), session_);
  EXPECT_EQ(session.scope_count(), 1u);
  EXPECT_EQ(session.hold_count(), 2u);
  EXPECT_GT(session.held_bytes(), 1000u);
  EXPECT_LT(session.held_bytes(), 1200u);
  EXPECT_EQ(absl::FromUnixSeconds(session.expire_time().seconds()),
            server_.clock().Now() + absl::Minutes(1));
}

TEST_F(ListSessionsTest, ListsTheLargestOfMany) {
  for (int i = 0; i < 30; ++i) {
    v1::OpenSessionRequest request;
    request.set_heap("shop");
    request.set_label("session " + std::to_string(i));
    request.set_tag("tag");
    v1::OpenSessionResponse opened;
    ASSERT_SUCCEEDS(
        Do(&v1::ObjectService::Stub::OpenSession, request, &opened));
    v1::AllocateObjectRequest allocate =
        AllocateRequest(std::string(10 * (i + 1), 'x'));
    allocate.set_session(opened.session());
    v1::AllocateObjectResponse allocated;
    ASSERT_SUCCEEDS(
        Do(&v1::ObjectService::Stub::AllocateObject, allocate, &allocated));
  }
  ASSERT_SUCCEEDS(List(3));
  ASSERT_EQ(listed_.sessions_size(), 3);
  EXPECT_EQ(listed_.sessions(0).label(), "session 29");
  EXPECT_EQ(listed_.sessions(0).tag(), "tag");
  EXPECT_EQ(listed_.session_count(), 31u);
  ASSERT_SUCCEEDS(List());
  EXPECT_EQ(listed_.sessions_size(), 20);
}

TEST_F(ListSessionsTest, RefusesWhatItCannotAnswer) {
  EXPECT_THAT(List(-1), RefusesField("max_session_count"));
  EXPECT_THAT(List(1001), RefusesField("max_session_count"));
  EXPECT_THAT(List(1, "none"),
              FailsWith(grpc::StatusCode::NOT_FOUND, "HEAP_NOT_FOUND"));
}

}  // namespace
}  // namespace heapd::server
