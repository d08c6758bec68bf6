#include "client/heapd/lease_renewer.h"

#include <memory>
#include <vector>

#include "client/heapd/connection.h"
#include "client/heapd/status.h"
#include "gtest/gtest.h"
#include "tests/client/heapd/fake_daemon.h"

namespace heapd::client {
namespace {

constexpr absl::Duration kShortLease = absl::Milliseconds(90);

class LeaseRenewerTest : public testing::Test {
 protected:
  LeaseRenewerTest()
      : renewer_(*OpenChannel(daemon_.address()),
                 [](grpc::ClientContext& context, absl::Time deadline) {
                   context.set_deadline(absl::ToChronoTime(deadline));
                 }) {}

  static std::shared_ptr<Lease> NewLease(absl::Duration time_to_live) {
    return std::make_shared<Lease>("h", SessionId(7), time_to_live);
  }

  FakeDaemon daemon_;
  LeaseRenewer renewer_;
};

TEST_F(LeaseRenewerTest, ForgetsALeaseThatIsLost) {
  daemon_.SetRenewStatus(
      ErrorWithReason(absl::StatusCode::kNotFound, "gone", "SESSION_EXPIRED"));
  const auto lease = NewLease(kShortLease);
  renewer_.Add(lease);
  ASSERT_TRUE(lease->WaitUntilLostForTesting(absl::Seconds(30)));
  EXPECT_EQ(renewer_.LeaseCountForTesting(), 0u);
}

TEST_F(LeaseRenewerTest, ForgetsALeaseThatWasRemoved) {
  const auto waiting = NewLease(absl::Hours(1));
  renewer_.Add(waiting);
  EXPECT_EQ(renewer_.LeaseCountForTesting(), 1u);
  renewer_.Remove(waiting);
  EXPECT_EQ(renewer_.LeaseCountForTesting(), 0u);
  EXPECT_EQ(daemon_.CallCount("RenewSession"), 0u);
}

TEST_F(LeaseRenewerTest, LeasesWithOneDueTimeAreAllRenewed) {
  std::vector<std::shared_ptr<Lease>> leases;
  for (int i = 0; i < 600; ++i) {
    leases.push_back(NewLease(kShortLease));
    renewer_.Add(leases.back());
  }
  EXPECT_TRUE(daemon_.WaitForCalls("RenewSession", 1200));
  EXPECT_EQ(renewer_.LeaseCountForTesting(), 600u);
}

TEST_F(LeaseRenewerTest, StopsWithLeasesLeft) {
  renewer_.Add(NewLease(absl::Hours(1)));
  renewer_.Add(NewLease(kShortLease));
  EXPECT_TRUE(daemon_.WaitForCalls("RenewSession", 1));
}

}  // namespace
}  // namespace heapd::client
