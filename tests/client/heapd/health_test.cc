#include "client/heapd/health.h"

#include <memory>
#include <string>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "grpc/health/v1/health.grpc.pb.h"
#include "grpcpp/ext/health_check_service_server_builder_option.h"
#include "grpcpp/health_check_service_interface.h"
#include "grpcpp/security/server_credentials.h"
#include "grpcpp/server_builder.h"
#include "gtest/gtest.h"
#include "heapd/v1/heap_service.grpc.pb.h"

namespace heapd::client {
namespace {

constexpr absl::Duration kTimeout = absl::Seconds(30);

// gRPC's own health service, which every client in the world works with.
class HealthTest : public testing::Test {
 protected:
  HealthTest() {
    grpc::EnableDefaultHealthCheckService(true);
    grpc::ServerBuilder builder;
    int port = 0;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(),
                             &port);
    // The health service needs a server that polls for a synchronous one too.
    builder.RegisterService(&service_);
    server_ = builder.BuildAndStart();
    address_ = absl::StrCat("127.0.0.1:", port);
  }
  ~HealthTest() override {
    server_->Shutdown(absl::ToChronoTime(absl::Now()));
    server_->Wait();
  }

  grpc::HealthCheckServiceInterface& health() {
    return *server_->GetHealthCheckService();
  }

  v1::HeapService::Service service_;
  std::unique_ptr<grpc::Server> server_;
  std::string address_;
};

TEST_F(HealthTest, ReportsTheState) {
  EXPECT_EQ(CheckHealth(address_, "", kTimeout).value(), Health::kServing);
  health().SetServingStatus(false);
  EXPECT_EQ(CheckHealth(address_, "", kTimeout).value(), Health::kNotServing);
}

TEST_F(HealthTest, UnknownServicesAreNotFound) {
  EXPECT_TRUE(
      absl::IsNotFound(CheckHealth(address_, "nobody", kTimeout).status()));
}

TEST_F(HealthTest, WaitsUntilTheStateIsServing) {
  health().SetServingStatus(false);
  absl::Notification waiting;
  std::thread waiter([this, &waiting] {
    waiting.Notify();
    const absl::Status status = WaitUntilServing(address_, "", kTimeout);
    EXPECT_TRUE(status.ok()) << status;
  });
  waiting.WaitForNotification();
  health().SetServingStatus(true);
  waiter.join();
}

TEST_F(HealthTest, WaitingEndsWithTheTime) {
  health().SetServingStatus(false);
  const absl::Status status =
      WaitUntilServing(address_, "", absl::Milliseconds(200));
  EXPECT_FALSE(status.ok());
  EXPECT_NE(status.message().find("NOT_SERVING"), absl::string_view::npos)
      << status;
}

TEST_F(HealthTest, NobodyListeningIsUnavailable) {
  EXPECT_TRUE(
      absl::IsUnavailable(CheckHealth("127.0.0.1:1", "", kTimeout).status()));
}

}  // namespace
}  // namespace heapd::client
