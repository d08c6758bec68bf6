// The operations plane answers while every thread of gRPC's callback API, which
// serves the whole process, is blocked in data-plane handlers.

#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <memory>
#include <thread>
#include <vector>

#include "absl/synchronization/notification.h"
#include "heapd/v1/object_service.grpc.pb.h"
#include "server/ops/health.h"
#include "server/ops/listener.h"
#include "tests/server/support/health_client.h"

namespace heapd::server {
namespace {

// What no handler may do: waits.
class BlockingService final : public v1::ObjectService::CallbackService {
 public:
  explicit BlockingService(const absl::Notification* release)
      : release_(release) {}

  grpc::ServerUnaryReactor* GetRoot(grpc::CallbackServerContext* context,
                                    const v1::GetRootRequest*,
                                    v1::GetRootResponse*) override {
    entered.Notify();
    release_->WaitForNotification();
    auto* reactor = context->DefaultReactor();
    reactor->Finish(grpc::Status::OK);
    return reactor;
  }

  absl::Notification entered;

 private:
  const absl::Notification* const release_;
};

class HealthIsolationTest : public ::testing::Test {
 protected:
  HealthIsolationTest() : health_(&board_, 4) {
    board_.SetAll(ServingState::kServing);
    ListenerOptions options;
    options.addresses = {"127.0.0.1:0"};
    options.name = "operations";
    operations_ = *Listener::Start(options, {&health_});
  }
  ~HealthIsolationTest() override {
    board_.Close();
    operations_->Shutdown(absl::Seconds(5));
  }

  HealthBoard board_;
  HealthService health_;
  std::unique_ptr<Listener> operations_;
};

// A data plane with one call in its handler, or on its way there.
struct BlockedPlane {
  explicit BlockedPlane(const absl::Notification* release) : service(release) {
    ListenerOptions options;
    options.addresses = {"127.0.0.1:0"};
    options.name = "data";
    listener = *Listener::Start(options, {&service});
    caller = std::thread([this] {
      const auto stub = v1::ObjectService::NewStub(grpc::CreateChannel(
          listener->addresses().front(), grpc::InsecureChannelCredentials()));
      grpc::ClientContext context;
      v1::GetRootResponse response;
      stub->GetRoot(&context, {}, &response);
    });
  }
  ~BlockedPlane() {
    caller.join();
    listener->Shutdown(absl::Seconds(5));
  }

  BlockingService service;
  std::unique_ptr<Listener> listener;
  std::thread caller;
};

TEST_F(HealthIsolationTest, CheckAnswersInTimeWhileDataHandlersBlock) {
  HealthClient client(operations_->addresses().front());
  ASSERT_EQ(client.Check(), "SERVING");
  // gRPC has at least two callback threads, one for each two cores; not every
  // one of these planes gets to its handler, but every thread is taken.
  absl::Notification release;
  std::vector<std::unique_ptr<BlockedPlane>> planes;
  for (int i = 0; i < 24; ++i) {
    planes.push_back(std::make_unique<BlockedPlane>(&release));
  }
  int blocked = 0;
  for (const auto& plane : planes) {
    if (plane->service.entered.WaitForNotificationWithTimeout(
            absl::Milliseconds(blocked < 2 ? 2000 : 50))) {
      ++blocked;
    }
  }
  EXPECT_GE(blocked, 2);
  for (int i = 0; i < 50; ++i) {
    const absl::Time start = absl::Now();
    EXPECT_EQ(client.Check(), "SERVING");
    EXPECT_LT(absl::Now() - start, absl::Milliseconds(500));
  }
  // A prober that connects now is answered too.
  EXPECT_EQ(HealthClient(operations_->addresses().front()).Check(), "SERVING");
  release.Notify();
}

}  // namespace
}  // namespace heapd::server
