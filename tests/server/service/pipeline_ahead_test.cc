// Pipelines of callers who send ahead: answers in order, in groups, and none
// kept back by a batch that has to wait.

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "heap/batch.h"
#include "server/daemon.h"
#include "server/service/pipeline.h"
#include "tests/server/support/lane_blocker.h"
#include "tests/server/support/pipeline_request.h"
#include "tests/server/support/service_fixture.h"

namespace heapd::server {
namespace {

using Stream =
    grpc::ClientReaderWriter<v1::PipelineRequest, v1::PipelineResponse>;

class PipelineAheadTest : public ServiceFixture {
 protected:
  void SetUp() override {
    v1::CreateHeapRequest create;
    create.set_heap("other");
    v1::CreateHeapResponse created;
    Call call;
    ASSERT_SUCCEEDS(server_.heaps->CreateHeap(&call, create, &created));
  }

  std::shared_ptr<HostedHeap> HeapOf(const std::string& id) {
    return *server_.services().registry().Find(id);
  }
  v1::PipelineRequest Allocate(const std::string& payload) const {
    v1::PipelineRequest request = PipelineAllocation(type_, payload);
    request.set_heap("shop");
    request.set_session(session_);
    return request;
  }
  // Nothing, on the other heap.
  static v1::PipelineRequest Elsewhere() {
    v1::PipelineRequest request;
    request.set_heap("other");
    request.mutable_batch();
    return request;
  }
  // Once the batch that was sent waits for the heap's lane.
  static void AwaitWaiting(const HostedHeap& hosted) {
    while (hosted.OldestWaitingAge() == absl::ZeroDuration()) {
      std::this_thread::yield();
    }
  }

  Call call_;
};

TEST_F(PipelineAheadTest, AnAnswerDoesNotWaitForABatchThatWaitsForItsHeap) {
  const auto stream = server_.objects->Pipeline(&call_);
  for (int round = 0; round < 50; ++round) {
    std::optional<LaneBlocker> blocker(HeapOf("other"));
    std::thread sender([&stream, this] {
      EXPECT_TRUE(stream->Write(Allocate("x")));
      EXPECT_TRUE(stream->Write(Elsewhere()));
    });
    v1::PipelineResponse response;
    ASSERT_TRUE(stream->Read(&response));
    EXPECT_EQ(response.result().refs_size(), 1);
    blocker.reset();
    ASSERT_TRUE(stream->Read(&response));
    EXPECT_TRUE(response.has_result());
    EXPECT_EQ(response.result().refs_size(), 0);
    sender.join();
  }
  stream->WritesDone();
  EXPECT_SUCCEEDS(stream->Finish());
}

TEST_F(PipelineAheadTest, ABatchThatWasBegunIsAnsweredBeforeADrain) {
  const auto stream = server_.objects->Pipeline(&call_);
  std::optional<LaneBlocker> blocker(HeapOf("shop"));
  ASSERT_TRUE(stream->Write(Allocate("begun")));
  AwaitWaiting(*HeapOf("shop"));
  // Read by now, perhaps, and not begun.
  std::thread sender([&stream, this] { stream->Write(Allocate("not begun")); });
  server_.services().BeginDrain();
  blocker.reset();
  v1::PipelineResponse response;
  ASSERT_TRUE(stream->Read(&response));
  EXPECT_EQ(response.result().refs_size(), 1);
  EXPECT_FALSE(stream->Read(&response));
  sender.join();
  EXPECT_THAT(stream->Finish(),
              FailsWith(grpc::StatusCode::UNAVAILABLE, "DRAINING"));
}

TEST_F(PipelineAheadTest, ACallerWhoLeavesABatchThatWaitsLeavesNothingRunning) {
  {
    std::optional<LaneBlocker> blocker(HeapOf("shop"));
    Call call;
    const auto stream = server_.objects->Pipeline(&call);
    ASSERT_TRUE(stream->Write(Allocate("x")));
    AwaitWaiting(*HeapOf("shop"));
    std::thread sender([&stream, this] { stream->Write(Allocate("y")); });
    call.TryCancel();
    sender.join();
    EXPECT_FALSE(stream->Finish().ok());
  }
  while (server_.services().admission().calls() > 0) std::this_thread::yield();
  EXPECT_SUCCEEDS(Verify());
}

// Over a connection with buffers, so that much is on its way.
class PipelineOverTcpTest : public ::testing::Test {
 protected:
  static constexpr int kRequests = 2000;

  PipelineOverTcpTest() {
    DaemonOptions options;
    options.config = SmallConfig();
    options.config.listen_data = {"127.0.0.1:0"};
    options.config.listen_operations = {};
    options.config.listen_liveness = {};
    options.config.listen_readiness = {};
    daemon_ = *Daemon::Start(std::move(options));
    grpc::ChannelArguments arguments;
    arguments.SetMaxReceiveMessageSize(-1);
    channel_ = grpc::CreateCustomChannel(daemon_->addresses().at("data")[0],
                                         grpc::InsecureChannelCredentials(),
                                         arguments);
    stub_ = v1::ObjectService::NewStub(channel_);
    v1::CreateHeapRequest create;
    create.set_heap("shop");
    v1::CreateHeapResponse created;
    grpc::ClientContext heap_call;
    EXPECT_SUCCEEDS(v1::HeapService::NewStub(channel_)->CreateHeap(
        &heap_call, create, &created));
    v1::DefineTypeRequest define;
    define.set_heap("shop");
    define.mutable_type()->set_name("Item");
    v1::DefineTypeResponse defined;
    grpc::ClientContext type_call;
    EXPECT_SUCCEEDS(stub_->DefineType(&type_call, define, &defined));
    type_ = defined.type();
  }

  // A batch that reads back what it allocates. Some are long, so that they and
  // their answers go alone.
  v1::PipelineRequest RequestOf(int number) const {
    const std::string text = std::to_string(number);
    const bool is_long = number % 23 == 0;
    v1::PipelineRequest request = PipelineAllocation(
        type_, is_long ? text + std::string(300'000, '.') : text);
    if (number == 0) request.set_heap("shop");
    request.mutable_batch()->set_kinds(0, v1::OPERATION_KIND_ALLOCATE_UNHELD);
    request.mutable_batch()->add_kinds(v1::OPERATION_KIND_READ_PAYLOAD);
    request.mutable_batch()->add_refs(kLocalRefBit);
    return request;
  }

  void SendAndReceive() {
    grpc::ClientContext call;
    const auto stream = stub_->Pipeline(&call);
    std::thread sender([this, &stream] {
      for (int i = 0; i < kRequests; ++i) {
        EXPECT_TRUE(stream->Write(RequestOf(i))) << i;
      }
      stream->WritesDone();
    });
    v1::PipelineResponse response;
    int count = 0;
    while (stream->Read(&response)) {
      EXPECT_EQ(response.result().payloads(),
                RequestOf(count).batch().payloads())
          << count << " " << response.error().message();
      ++count;
    }
    sender.join();
    EXPECT_EQ(count, kRequests);
    EXPECT_SUCCEEDS(stream->Finish());
  }

  std::unique_ptr<Daemon> daemon_;
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<v1::ObjectService::Stub> stub_;
  uint32_t type_ = 0;
};

TEST_F(PipelineOverTcpTest, StreamsThatSendAheadAreAnsweredInTheirOrder) {
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([this] { SendAndReceive(); });
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace heapd::server
