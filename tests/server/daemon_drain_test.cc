// The order in which a daemon leaves: readiness first, calls later.

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>
#include <thread>

#include "heapd/v1/heap_service.grpc.pb.h"
#include "server/daemon.h"
#include "tests/server/support/health_client.h"
#include "tests/server/support/in_process_server.h"

namespace heapd::server {
namespace {

class DaemonDrainTest : public ::testing::Test {
 protected:
  void Start(absl::Duration readiness_delay) {
    DaemonOptions options;
    Config& config = options.config;
    config.listen_data = {"127.0.0.1:0"};
    config.listen_operations = {"127.0.0.1:0"};
    config.listen_liveness = {"127.0.0.1:0"};
    config.listen_readiness = {"127.0.0.1:0"};
    config.memory_budget = 64 << 20;
    config.shutdown_readiness_delay = readiness_delay;
    ResolveDefaults(uint64_t{1} << 30, 2, config);
    auto daemon = Daemon::Start(options);
    ASSERT_TRUE(daemon.ok()) << daemon.status();
    daemon_ = *std::move(daemon);
  }

  std::string Address(const std::string& plane) {
    return daemon_->addresses().at(plane).front();
  }

  // Stops the daemon in the background, until readiness has said so.
  std::thread StopUntilNotReady() {
    HealthClient client(Address("readiness"));
    grpc::ClientContext context;
    const auto watch = client.Watch(context);
    HealthClient::Response response;
    EXPECT_TRUE(watch->Read(&response));
    std::thread stopper([this] { daemon_->Stop(); });
    EXPECT_TRUE(watch->Read(&response));
    EXPECT_EQ(response.status(), HealthClient::Response::NOT_SERVING);
    context.TryCancel();
    return stopper;
  }

  std::unique_ptr<Daemon> daemon_;
};

TEST_F(DaemonDrainTest, CallsAreServedWhileOnlyReadinessSaysThatItLeaves) {
  // For as long as the test wants: it does not wait for the end.
  Start(absl::Seconds(3));
  const auto channel =
      grpc::CreateChannel(Address("data"), grpc::InsecureChannelCredentials());
  const auto stub = v1::HeapService::NewStub(channel);
  const std::string liveness = Address("liveness");
  std::thread stopper = StopUntilNotReady();
  v1::ListHeapsResponse response;
  Call during;
  EXPECT_EQ(stub->ListHeaps(&during, {}, &response).error_code(),
            grpc::StatusCode::OK);
  EXPECT_EQ(HealthClient(liveness).Check(), "SERVING");
  stopper.join();
  Call after;
  EXPECT_EQ(stub->ListHeaps(&after, {}, &response).error_code(),
            grpc::StatusCode::UNAVAILABLE);
}

// The client hears GOAWAY, not that its connection broke: it goes to another
// one by itself.
TEST_F(DaemonDrainTest, AnIdleConnectionIsToldToGo) {
  Start(absl::ZeroDuration());
  grpc::ChannelArguments own;
  own.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  const auto channel = grpc::CreateCustomChannel(
      Address("data"), grpc::InsecureChannelCredentials(), own);
  ASSERT_TRUE(channel->WaitForConnected(std::chrono::system_clock::now() +
                                        std::chrono::seconds(30)));
  daemon_->Stop();
  // A connection that broke would be made again at once, and fail.
  EXPECT_TRUE(channel->WaitForStateChange(
      GRPC_CHANNEL_READY,
      std::chrono::system_clock::now() + std::chrono::seconds(30)));
  EXPECT_EQ(channel->GetState(false), GRPC_CHANNEL_IDLE);
}

}  // namespace
}  // namespace heapd::server
