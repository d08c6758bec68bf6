#include "server/service/session_methods.h"

#include <gtest/gtest.h>

#include "tests/server/support/service_fixture.h"

namespace heapd::server {
namespace {

using Stub = v1::ObjectService::Stub;
using SessionMethodsTest = ServiceFixture;

v1::OpenSessionRequest OpenRequest(int64_t seconds) {
  v1::OpenSessionRequest request;
  request.set_heap("shop");
  request.mutable_time_to_live()->set_seconds(seconds);
  return request;
}

TEST_F(SessionMethodsTest, ATimeToLiveIsGrantedAsAskedOrByDefault) {
  v1::OpenSessionResponse response;
  ASSERT_SUCCEEDS(Do(&Stub::OpenSession, OpenRequest(5), &response));
  EXPECT_NE(response.session(), 0u);
  EXPECT_EQ(response.time_to_live().seconds(), 5);
  v1::OpenSessionRequest request;
  request.set_heap("shop");
  ASSERT_SUCCEEDS(Do(&Stub::OpenSession, request, &response));
  EXPECT_EQ(response.time_to_live().seconds(), 60);
}

TEST_F(SessionMethodsTest, ATimeToLiveOutOfRangeIsRefused) {
  v1::OpenSessionResponse response;
  EXPECT_THAT(Do(&Stub::OpenSession, OpenRequest(0), &response),
              RefusesField("time_to_live"));
  EXPECT_THAT(Do(&Stub::OpenSession, OpenRequest(-5), &response),
              RefusesField("time_to_live"));
  EXPECT_SUCCEEDS(Do(&Stub::OpenSession, OpenRequest(86400), &response));
  EXPECT_THAT(Do(&Stub::OpenSession, OpenRequest(86401), &response),
              RefusesField("time_to_live"));
}

TEST_F(SessionMethodsTest, ALabelHasALimit) {
  v1::OpenSessionResponse response;
  v1::OpenSessionRequest request = OpenRequest(5);
  request.set_label(std::string(256, 'x'));
  EXPECT_SUCCEEDS(Do(&Stub::OpenSession, request, &response));
  request.set_label(std::string(257, 'x'));
  EXPECT_THAT(Do(&Stub::OpenSession, request, &response),
              RefusesField("label"));
}

TEST_F(SessionMethodsTest, RenewingKeepsASessionAndAClosedOneIsGone) {
  v1::RenewSessionRequest renew;
  renew.set_heap("shop");
  renew.set_session(session_);
  v1::RenewSessionResponse renewed;
  for (int i = 0; i < 3; ++i) {
    server_.clock().Advance(absl::Seconds(50));
    ASSERT_SUCCEEDS(Do(&Stub::RenewSession, renew, &renewed)) << i;
  }
  EXPECT_EQ(renewed.time_to_live().seconds(), 60);
  v1::CloseSessionRequest close;
  close.set_heap("shop");
  close.set_session(session_);
  v1::CloseSessionResponse closed;
  EXPECT_SUCCEEDS(Do(&Stub::CloseSession, close, &closed));
  EXPECT_THAT(Do(&Stub::CloseSession, close, &closed),
              FailsWith(grpc::StatusCode::NOT_FOUND, "SESSION_EXPIRED"));
  EXPECT_THAT(Do(&Stub::RenewSession, renew, &renewed),
              FailsWith(grpc::StatusCode::NOT_FOUND, "SESSION_EXPIRED"));
}

TEST_F(SessionMethodsTest, WhatACrashedClientHeldIsCollectedAfterItsLease) {
  const uint64_t lost = Allocate("lost");
  const uint64_t kept = Allocate("kept");
  ASSERT_SUCCEEDS(Root("keep", kept));
  server_.clock().Advance(absl::Seconds(61));
  // The timer looks ten times a second of real time.
  while (Stats().session_count() > 0) {
    server_.services().registry().All().front()->ExpireLeases();
  }
  Collect();
  v1::ReadObjectResponse read;
  EXPECT_THAT(Read(lost, &read),
              FailsWith(grpc::StatusCode::NOT_FOUND, "OBJECT_COLLECTED"));
  EXPECT_SUCCEEDS(Read(kept, &read));
  EXPECT_EQ(read.payload(), "kept");
}

TEST_F(SessionMethodsTest, AnyCallWithItsIdRenewsASession) {
  const uint64_t ref = Allocate("x");
  v1::ReadObjectRequest request;
  request.set_heap("shop");
  request.set_ref(ref);
  request.set_session(session_);
  v1::ReadObjectResponse response;
  for (int i = 0; i < 3; ++i) {
    server_.clock().Advance(absl::Seconds(50));
    EXPECT_SUCCEEDS(Do(&Stub::ReadObject, request, &response));
  }
}

TEST_F(SessionMethodsTest, AScopeDropsWhatItHoldsAndCarriesOneOut) {
  v1::PushScopeRequest push;
  push.set_heap("shop");
  push.set_session(session_);
  v1::PushScopeResponse pushed;
  ASSERT_SUCCEEDS(Do(&Stub::PushScope, push, &pushed));
  EXPECT_EQ(pushed.depth(), 2u);
  const uint64_t dropped = Allocate("dropped");
  const uint64_t carried = Allocate("carried");
  v1::PopScopeRequest pop;
  pop.set_heap("shop");
  pop.set_session(session_);
  pop.set_carry_ref(carried);
  v1::PopScopeResponse popped;
  ASSERT_SUCCEEDS(Do(&Stub::PopScope, pop, &popped));
  EXPECT_EQ(popped.depth(), 1u);
  Collect();
  v1::ReadObjectResponse read;
  EXPECT_SUCCEEDS(Read(carried, &read));
  EXPECT_THAT(Read(dropped, &read),
              FailsWith(grpc::StatusCode::NOT_FOUND, "OBJECT_COLLECTED"));
  EXPECT_THAT(Do(&Stub::PopScope, pop, &popped),
              FailsWith(grpc::StatusCode::FAILED_PRECONDITION, "LAST_SCOPE"));
  pop.set_carry_ref(uint64_t{1} << 62);
  EXPECT_THAT(Do(&Stub::PopScope, pop, &popped), RefusesField("carry_ref"));
}

}  // namespace
}  // namespace heapd::server
