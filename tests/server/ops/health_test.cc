#include "server/ops/health.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

#include "server/ops/listener.h"
#include "tests/server/support/health_client.h"

namespace heapd::server {
namespace {

using Response = HealthClient::Response;

class HealthTest : public ::testing::Test {
 protected:
  static constexpr int kMaxWatchers = 3;

  HealthTest() : board_({"a.Service"}), service_(&board_, kMaxWatchers) {
    ListenerOptions options;
    options.name = "test";
    options.addresses = {"127.0.0.1:0"};
    listener_ = *Listener::Start(options, {&service_});
  }
  ~HealthTest() override {
    board_.Close();
    listener_->Shutdown(absl::Seconds(5));
  }

  HealthClient Client() { return HealthClient(listener_->addresses().front()); }

  HealthBoard board_;
  HealthService service_;
  std::unique_ptr<Listener> listener_;
};

TEST_F(HealthTest, CheckAnswersForTheServerAndForServices) {
  HealthClient client = Client();
  EXPECT_EQ(client.Check(), "NOT_SERVING");
  board_.SetAll(ServingState::kServing);
  EXPECT_EQ(client.Check(), "SERVING");
  EXPECT_EQ(client.Check("a.Service"), "SERVING");
}

TEST_F(HealthTest, CheckOfAnUnknownServiceIsNotFound) {
  EXPECT_EQ(Client().Check("no.Service"), "error 5");
}

TEST_F(HealthTest, WatchSendsTheStateAndEachChange) {
  HealthClient client = Client();
  grpc::ClientContext context;
  const auto watch = client.Watch(context);
  Response response;
  ASSERT_TRUE(watch->Read(&response));
  EXPECT_EQ(response.status(), Response::NOT_SERVING);
  board_.SetAll(ServingState::kServing);
  ASSERT_TRUE(watch->Read(&response));
  EXPECT_EQ(response.status(), Response::SERVING);
  context.TryCancel();
  EXPECT_EQ(watch->Finish().error_code(), grpc::StatusCode::CANCELLED);
}

// A watch looks by itself once a second, whether its caller has left; changes
// must not wait for that.
TEST_F(HealthTest, AChangeIsPushedWhenItHappens) {
  HealthClient client = Client();
  grpc::ClientContext context;
  const auto watch = client.Watch(context, "a.Service");
  Response response;
  ASSERT_TRUE(watch->Read(&response));
  int prompt = 0;
  for (int change = 0; change < 10; ++change) {
    const absl::Time start = absl::Now();
    board_.SetAll(change % 2 == 0 ? ServingState::kServing
                                  : ServingState::kNotServing);
    ASSERT_TRUE(watch->Read(&response));
    if (absl::Now() - start < absl::Milliseconds(100)) ++prompt;
  }
  // Not all: this machine has other things to do.
  EXPECT_GE(prompt, 5);
  context.TryCancel();
}

TEST_F(HealthTest, WatchOfAnUnknownServiceSaysSo) {
  HealthClient client = Client();
  grpc::ClientContext context;
  const auto watch = client.Watch(context, "no.Service");
  Response response;
  ASSERT_TRUE(watch->Read(&response));
  EXPECT_EQ(response.status(), Response::SERVICE_UNKNOWN);
  context.TryCancel();
}

TEST_F(HealthTest, WatchesAreBoundedAndCheckIsNot) {
  HealthClient client = Client();
  std::vector<std::unique_ptr<grpc::ClientContext>> contexts;
  std::vector<std::unique_ptr<grpc::ClientReader<Response>>> watches;
  Response response;
  for (int i = 0; i < kMaxWatchers; ++i) {
    contexts.push_back(std::make_unique<grpc::ClientContext>());
    watches.push_back(client.Watch(*contexts.back()));
    ASSERT_TRUE(watches.back()->Read(&response));
  }
  grpc::ClientContext context;
  const auto refused = client.Watch(context);
  EXPECT_FALSE(refused->Read(&response));
  EXPECT_EQ(refused->Finish().error_code(),
            grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_EQ(client.Check(), "NOT_SERVING");
  for (const auto& open : contexts) open->TryCancel();
}

TEST_F(HealthTest, WatchesEndWithTheirLastStateWhenTheDaemonStops) {
  board_.SetAll(ServingState::kServing);
  HealthClient client = Client();
  grpc::ClientContext context;
  const auto watch = client.Watch(context);
  Response response;
  ASSERT_TRUE(watch->Read(&response));
  board_.SetAll(ServingState::kNotServing);
  board_.Close();
  ASSERT_TRUE(watch->Read(&response));
  EXPECT_EQ(response.status(), Response::NOT_SERVING);
  EXPECT_FALSE(watch->Read(&response));
  EXPECT_EQ(watch->Finish().error_code(), grpc::StatusCode::UNAVAILABLE);
  const absl::Time start = absl::Now();
  listener_->Shutdown(absl::Seconds(20));
  EXPECT_LT(absl::Now() - start, absl::Seconds(5));
}

}  // namespace
}  // namespace heapd::server
