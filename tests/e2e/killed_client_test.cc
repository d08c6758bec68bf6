// What becomes of a client's objects when it is killed.

#include <gtest/gtest.h>
#include <signal.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "client/heapd/client.h"
#include "client/heapd/status.h"
#include "tests/e2e/holding_client.h"
#include "tests/server/support/child_process.h"
#include "tests/server/support/temporary_directory.h"

namespace heapd::e2e {
namespace {

using client::Client;
using client::Ref;
using server::ChildProcess;

const char kHeapd[] = HEAPD_TEST_BIN_DIR "/heapd";
const char kSelf[] = HEAPD_TEST_BIN_DIR "/e2e_tests";
// Much more than a lease, for machines that have other things to do.
constexpr absl::Duration kPatience = absl::Seconds(30);

class KilledClientTest : public ::testing::Test {
 protected:
  KilledClientTest()
      : heapd_(kHeapd, {"--listen.data", "127.0.0.1:0", "--listen.operations",
                        "127.0.0.1:0", "--listen.liveness", "127.0.0.1:0",
                        "--listen.readiness", "127.0.0.1:0", "--ports-file",
                        directory_.Path("ports"), "--memory.budget", "64MiB"}) {
    heapd_.ReadUntil(" serving ");
    address_ = nlohmann::json::parse(directory_.Read("ports"))["data"][0];
    client_ = *Client::Connect(address_);
    EXPECT_TRUE(client_->CreateHeap("shop").ok());
  }

  bool IsThere(Ref ref) { return client_->Heap("shop").Read(ref).ok(); }

  server::TemporaryDirectory directory_;
  ChildProcess heapd_;
  std::string address_;
  std::unique_ptr<Client> client_;
};

TEST_F(KilledClientTest, LosesOnlyWhatNobodyElseHoldsWithinItsLease) {
  ChildProcess victim(kSelf, {kHoldObjects, address_});
  victim.ReadUntil("holding ");
  const std::vector<std::string> words =
      absl::StrSplit(victim.ReadUntil("\n"), absl::ByAnyChar(" \n"));
  uint64_t shared = 0;
  uint64_t alone = 0;
  ASSERT_TRUE(absl::SimpleAtoi(words[0], &shared));
  ASSERT_TRUE(absl::SimpleAtoi(words[1], &alone));
  const auto mine = client_->OpenSession("shop");
  ASSERT_TRUE(mine.ok());
  ASSERT_TRUE(mine->Hold(Ref(shared)).ok());

  // It renews, so a collection after more than its lease takes nothing.
  const absl::Time renewed_until = absl::Now() + absl::Seconds(2);
  while (absl::Now() < renewed_until) {
    ASSERT_TRUE(client_->Collect("shop").ok());
    ASSERT_TRUE(IsThere(Ref(alone)));
  }

  victim.Signal(SIGKILL);
  ASSERT_EQ(victim.Wait(), 128 + SIGKILL);
  const absl::Time killed = absl::Now();
  while (IsThere(Ref(alone)) && absl::Now() < killed + kPatience) {
    ASSERT_TRUE(client_->Collect("shop").ok());
  }
  const auto read = client_->Heap("shop").Read(Ref(alone));
  EXPECT_EQ(client::ErrorReason(read.status()), "OBJECT_COLLECTED");
  EXPECT_EQ(client_->Heap("shop").Read(Ref(shared))->payload, "shared");
  EXPECT_EQ(client_->GetStats("shop")->session_count(), 1u);
}

}  // namespace
}  // namespace heapd::e2e
