#include "client/heapd/session.h"

#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "client/heapd/client.h"
#include "client/heapd/lease.h"
#include "client/heapd/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/client/heapd/fake_daemon.h"

namespace heapd::client {
namespace {

constexpr absl::Duration kShortLease = absl::Milliseconds(90);

class SessionTest : public testing::Test {
 protected:
  SessionTest() { client_ = *Client::Connect(daemon_.address()); }

  Session Open() {
    absl::StatusOr<Session> session = client_->OpenSession("h");
    EXPECT_TRUE(session.ok()) << session.status();
    return *std::move(session);
  }

  FakeDaemon daemon_;
  std::unique_ptr<Client> client_;
};

TEST_F(SessionTest, IsClosedOnceOnDestruction) {
  {
    Session session = Open();
    Session moved = std::move(session);
    EXPECT_EQ(moved.session(), SessionId(0xABC));
    EXPECT_EQ(moved.time_to_live(), absl::Seconds(60));
  }
  EXPECT_EQ(daemon_.CallCount("CloseSession"), 1u);
}

TEST_F(SessionTest, CloseReportsAndIsTheLast) {
  Session session = Open();
  daemon_.FailNext(
      ErrorWithReason(absl::StatusCode::kNotFound, "gone", "SESSION_EXPIRED"));
  EXPECT_EQ(ErrorReason(session.Close()), "SESSION_EXPIRED");
  EXPECT_TRUE(session.Close().ok());
  EXPECT_EQ(daemon_.CallCount("CloseSession"), 1u);
}

TEST_F(SessionTest, DetachedIsNotClosed) {
  {
    Session session = Open();
    EXPECT_EQ(session.Detach(), SessionId(0xABC));
  }
  EXPECT_EQ(daemon_.CallCount("CloseSession"), 0u);
}

TEST_F(SessionTest, AssignmentClosesTheOldOne) {
  Session session = Open();
  session = Open();
  EXPECT_EQ(daemon_.CallCount("CloseSession"), 1u);
}

TEST_F(SessionTest, IsRenewedInTheBackground) {
  daemon_.SetTimeToLive(kShortLease);
  const Session session = Open();
  EXPECT_TRUE(daemon_.WaitForCalls("RenewSession", 3));
  EXPECT_TRUE(session.lease_status().ok());
}

TEST_F(SessionTest, RenewalOutlivesTheClient) {
  daemon_.SetTimeToLive(kShortLease);
  const Session session = Open();
  client_ = nullptr;
  EXPECT_TRUE(daemon_.WaitForCalls("RenewSession", 2));
}

TEST_F(SessionTest, ASessionWithAShorterLeaseIsRenewedBeforeTheOthers) {
  const Session longer = Open();
  daemon_.SetTimeToLive(kShortLease);
  const Session shorter = Open();
  EXPECT_TRUE(daemon_.WaitForCalls("RenewSession", 2));
}

TEST_F(SessionTest, ManySessionsAreRenewedByOneThread) {
  daemon_.SetTimeToLive(absl::Milliseconds(300));
  std::vector<Session> sessions;
  for (int i = 0; i < 50; ++i) sessions.push_back(Open());
  EXPECT_TRUE(daemon_.WaitForCalls("RenewSession", 150));
}

TEST_F(SessionTest, FailedRenewalsAreTriedAgain) {
  daemon_.SetTimeToLive(kShortLease);
  daemon_.SetRenewStatus(absl::UnavailableError("away"));
  const Session session = Open();
  EXPECT_TRUE(daemon_.WaitForCalls("RenewSession", 3));
  EXPECT_TRUE(session.lease_status().ok());
}

TEST_F(SessionTest, AnExpiredLeaseIsReported) {
  daemon_.SetRenewStatus(
      ErrorWithReason(absl::StatusCode::kNotFound, "gone", "SESSION_EXPIRED"));
  const auto lease = std::make_shared<Lease>("h", SessionId(7), kShortLease);
  const Session session(client_->Heap("h", SessionId(7)), lease);
  ASSERT_TRUE(lease->WaitUntilLostForTesting(absl::Seconds(30)));
  EXPECT_EQ(ErrorReason(session.lease_status()), "SESSION_EXPIRED");
}

TEST_F(SessionTest, ScopesArePushedAndPopped) {
  const Session session = Open();
  {
    absl::StatusOr<Scope> outer = session.OpenScope();
    ASSERT_TRUE(outer.ok());
    absl::StatusOr<Scope> inner = session.OpenScope();
    ASSERT_TRUE(inner.ok());
    EXPECT_TRUE(inner->Close(Ref(9)).ok());
    EXPECT_TRUE(inner->Close(Ref(9)).ok()) << "the second time is nothing";
    const Scope moved = *std::move(outer);
  }
  EXPECT_EQ(daemon_.CallCount("PushScope"), 2u);
  EXPECT_EQ(daemon_.CallCount("PopScope:9"), 1u);
  EXPECT_EQ(daemon_.CallCount("PopScope:0"), 1u);
}

TEST_F(SessionTest, AScopeThatCouldNotBePushedIsNotPopped) {
  const Session session = Open();
  daemon_.FailNext(absl::InvalidArgumentError("too many scopes"));
  EXPECT_FALSE(session.OpenScope().ok());
  EXPECT_EQ(daemon_.CallCount("PopScope:0"), 0u);
}

}  // namespace
}  // namespace heapd::client
