// Renewals that race with the end of their leases.

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

#include "tests/heap/status_matchers.h"
#include "tests/server/support/host_fixture.h"

namespace heapd::server {
namespace {

constexpr int kClients = 4;
constexpr int kSessionsOfEach = 50;
constexpr absl::Duration kTimeToLive = absl::Seconds(10);

class LeaseExpiryRaceTest : public HostFixture {
 protected:
  enum class Answer { kRenewed, kExpired };

  // A call in the name of a session. What it is told is how it is.
  Answer Call(SessionId session) {
    CallTerms terms;
    terms.session = session;
    const absl::Status status = Run(
        [session](HeapAccess& access) {
          EXPECT_TRUE(access.heap.HasSession(session));
          return absl::OkStatus();
        },
        terms);
    if (status.ok()) return Answer::kRenewed;
    EXPECT_THAT(status, HasReason("SESSION_EXPIRED"));
    return Answer::kExpired;
  }

  // Two threads call for each session, so that one can hear of the end while
  // the other one's call is on its way.
  void CallUntilAllExpired(const std::vector<SessionId>& sessions,
                           std::vector<std::atomic<bool>>* over) {
    size_t left = sessions.size();
    std::vector<bool> seen(sessions.size());
    while (left > 0) {
      for (size_t i = 0; i < sessions.size(); ++i) {
        if (seen[i]) continue;
        const bool was_over = (*over)[i];
        if (Call(sessions[i]) == Answer::kRenewed) {
          EXPECT_FALSE(was_over) << "renewed after another call was told";
          renewals_.fetch_add(1);
          continue;
        }
        (*over)[i] = true;
        seen[i] = true;
        --left;
      }
    }
  }

  std::atomic<int> renewals_{0};
};

TEST_F(LeaseExpiryRaceTest, EachIsHonouredOrToldOfTheEndAndItStaysSo) {
  std::vector<std::vector<SessionId>> sessions(kClients);
  std::vector<std::vector<std::atomic<bool>>> over;
  for (auto& of_client : sessions) {
    for (int i = 0; i < kSessionsOfEach; ++i) {
      of_client.push_back(OpenSession(kTimeToLive));
    }
    over.emplace_back(kSessionsOfEach);
  }
  std::atomic<bool> done = false;
  // Steps of nearly a lease, so that any call may come too late.
  std::thread time([&] {
    while (!done) {
      clock_.Advance(kTimeToLive * 0.6);
      shop_->ExpireLeases();
      std::this_thread::yield();
    }
  });
  std::vector<std::thread> clients;
  for (int i = 0; i < 2 * kClients; ++i) {
    clients.emplace_back(
        [&, i] { CallUntilAllExpired(sessions[i / 2], &over[i / 2]); });
  }
  for (std::thread& client : clients) client.join();
  done = true;
  time.join();
  clock_.Advance(2 * kTimeToLive);
  for (int i = 0; i < 1000 && shop_->figures().session_count > 0; ++i) {
    shop_->ExpireLeases();
    Settle();
  }
  EXPECT_EQ(shop_->figures().session_count, 0u);
  EXPECT_OK(Run([](HeapAccess& access) { return access.heap.Verify(); }));
}

}  // namespace
}  // namespace heapd::server
