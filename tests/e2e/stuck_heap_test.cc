// A heap that is stuck: readiness sees it, liveness does not care, and other
// heaps go on. The test hooks that make it so are the daemon's own.

#include <gtest/gtest.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <vector>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "client/heapd/client.h"
#include "tests/server/support/child_process.h"
#include "tests/server/support/health_client.h"
#include "tests/server/support/temporary_directory.h"

namespace heapd::e2e {
namespace {

using client::Client;
using server::ChildProcess;
using server::HealthClient;

// Much more than anything takes, for machines that have other things to do.
constexpr absl::Duration kPatience = absl::Seconds(30);

class StuckHeapTest : public ::testing::Test {
 protected:
  void Start(const std::vector<std::string>& more) {
    std::vector<std::string> arguments = {
        "--listen.data",        "127.0.0.1:0",
        "--listen.operations",  "127.0.0.1:0",
        "--listen.liveness",    "127.0.0.1:0",
        "--listen.readiness",   "127.0.0.1:0",
        "--ports-file",         directory_.Path("p"),
        "--memory.budget",      "64MiB",
        "--readiness.max_wait", "500ms",
        "--readiness.recovery", "200ms"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    heapd_ =
        std::make_unique<ChildProcess>(HEAPD_TEST_BIN_DIR "/heapd", arguments);
    started_ = heapd_->ReadUntil(" serving ");
    ports_ = nlohmann::json::parse(directory_.Read("p"));
    client_ = *Client::Connect(Address("data"));
  }
  std::string Address(const std::string& plane) { return ports_[plane][0]; }

  server::TemporaryDirectory directory_;
  std::unique_ptr<ChildProcess> heapd_;
  std::string started_;
  nlohmann::json ports_;
  std::unique_ptr<Client> client_;
};

// Capability rows 73 and 74.
TEST_F(StuckHeapTest, TurnsReadinessAndNothingElse) {
  Start({"--stress.stall_heap", "stuck", "--stress.stall_duration", "2s"});
  EXPECT_NE(started_.find("stress.stall_heap"), std::string::npos);
  ASSERT_TRUE(client_->CreateHeap("stuck").ok());
  ASSERT_TRUE(client_->CreateHeap("shop").ok());
  HealthClient readiness(Address("readiness"));
  grpc::ClientContext context;
  const auto watch = readiness.Watch(context, "heapd.v1.ObjectService");
  HealthClient::Response state;
  ASSERT_TRUE(watch->Read(&state));
  EXPECT_EQ(state.status(), HealthClient::Response::SERVING);
  // Its only call; none waits behind it.
  const absl::Time start = absl::Now();
  const auto kept = client_->OpenSession("stuck");
  ASSERT_TRUE(kept.ok()) << kept.status();
  ASSERT_TRUE(watch->Read(&state));
  EXPECT_EQ(state.status(), HealthClient::Response::NOT_SERVING);
  EXPECT_LT(absl::Now() - start, absl::Seconds(2));
  EXPECT_EQ(HealthClient(Address("liveness")).Check(), "SERVING");
  EXPECT_EQ(HealthClient(Address("data")).Check(), "NOT_SERVING");
  const auto session = client_->OpenSession("shop");
  ASSERT_TRUE(session.ok()) << session.status();
  EXPECT_TRUE(session->DefineType("Item", {}).ok());
  ASSERT_TRUE(watch->Read(&state));
  EXPECT_EQ(state.status(), HealthClient::Response::SERVING);
  EXPECT_LT(absl::Now() - start, kPatience);
  context.TryCancel();
}

// The wrong way to do it, which a load generator must be able to tell.
TEST_F(StuckHeapTest, HealthInTheDataPlaneWaitsWithTheCalls) {
  Start({"--stress.stall_heap", "stuck", "--stress.stall_duration", "1h",
         "--stress.health_in_data_plane", "true"});
  EXPECT_NE(started_.find("a balancer will kill this daemon"),
            std::string::npos);
  HealthClient liveness(Address("liveness"));
  EXPECT_EQ(liveness.Check(), "SERVING");
  ASSERT_TRUE(client_->CreateHeap("stuck").ok());
  EXPECT_EQ(liveness.Check(), "SERVING") << "the first call";
  EXPECT_EQ(liveness.Check("", absl::Milliseconds(300)), "error 4");
  // The check still waits; it must not hold up the end.
  heapd_->Signal(SIGTERM);
  EXPECT_EQ(heapd_->Wait(), 0);
}

}  // namespace
}  // namespace heapd::e2e
