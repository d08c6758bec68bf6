#include "client/heapd/pipeline.h"

#include <memory>
#include <semaphore>
#include <thread>
#include <utility>

#include "client/heapd/client.h"
#include "client/heapd/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/client/heapd/fake_daemon.h"

namespace heapd::client {
namespace {

using testing::ElementsAre;

class PipelineTest : public testing::Test {
 protected:
  PipelineTest() { client_ = *Client::Connect(daemon_.address()); }

  std::unique_ptr<Pipeline> Open(size_t max_outstanding = 8) {
    auto pipeline = client_->Heap("h", SessionId(5))
                        .OpenPipeline({.max_outstanding = max_outstanding});
    EXPECT_TRUE(pipeline.ok()) << pipeline.status();
    return *std::move(pipeline);
  }

  // A batch whose answer has `objects` refs.
  static BatchBuilder Allocations(size_t objects) {
    BatchBuilder batch;
    for (size_t i = 0; i < objects; ++i) batch.AllocateUnheld(TypeId(1), "");
    return batch;
  }

  FakeDaemon daemon_;
  std::unique_ptr<Client> client_;
};

TEST_F(PipelineTest, AnswersComeInTheOrderOfSending) {
  const auto pipeline = Open();
  for (size_t i = 1; i <= 5; ++i) {
    ASSERT_TRUE(pipeline->Send(Allocations(i)).ok());
  }
  EXPECT_EQ(pipeline->outstanding(), 5u);
  for (size_t i = 1; i <= 5; ++i) {
    const auto result = pipeline->Receive();
    ASSERT_TRUE(result.ok()) << result.status();
    EXPECT_EQ(result->ref_count(), i);
  }
  EXPECT_TRUE(pipeline->Finish().ok());
}

TEST_F(PipelineTest, NamesHeapAndSessionInTheFirstRequestOnly) {
  const auto pipeline = Open();
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(pipeline->Send(Allocations(1)).ok());
    ASSERT_TRUE(pipeline->Receive().ok());
  }
  EXPECT_THAT(daemon_.calls(),
              ElementsAre("Pipeline h/5", "Pipeline /0", "Pipeline /0"));
}

TEST_F(PipelineTest, AFailedBatchDoesNotEndTheStream) {
  const auto pipeline = Open();
  BatchBuilder failing;
  failing.Unroot("unknown");
  ASSERT_TRUE(pipeline->Send(std::move(failing)).ok());
  ASSERT_TRUE(pipeline->Send(Allocations(2)).ok());
  EXPECT_EQ(ErrorReason(pipeline->Receive().status()), "ROOT_NOT_FOUND");
  EXPECT_TRUE(pipeline->Receive().ok());
  EXPECT_TRUE(pipeline->Finish().ok());
}

TEST_F(PipelineTest, OutstandingBatchesAreBounded) {
  const auto pipeline = Open(2);
  ASSERT_TRUE(pipeline->Send(Allocations(1)).ok());
  EXPECT_TRUE(pipeline->HasRoom());
  ASSERT_TRUE(pipeline->Send(Allocations(1)).ok());
  EXPECT_FALSE(pipeline->HasRoom());
  EXPECT_TRUE(absl::IsFailedPrecondition(pipeline->Send(Allocations(1))));
  ASSERT_TRUE(pipeline->Receive().ok());
  EXPECT_TRUE(pipeline->Send(Allocations(1)).ok());
}

TEST_F(PipelineTest, ReceivingNothingIsAnErrorNotAWait) {
  EXPECT_TRUE(absl::IsFailedPrecondition(Open()->Receive().status()));
}

TEST_F(PipelineTest, SenderAndReceiverMayBeTwoThreads) {
  constexpr size_t kBatches = 200;
  const auto pipeline = Open(4);
  std::counting_semaphore<> sent(0);
  std::thread sender([&] {
    for (size_t i = 0; i < kBatches; ++i) {
      EXPECT_TRUE(pipeline->WaitForRoom().ok());
      EXPECT_TRUE(pipeline->Send(Allocations(i % 7)).ok());
      sent.release();
    }
  });
  for (size_t i = 0; i < kBatches; ++i) {
    sent.acquire();
    const auto result = pipeline->Receive();
    EXPECT_TRUE(result.ok()) << result.status();
    if (result.ok()) {
      EXPECT_EQ(result->ref_count(), i % 7);
    }
  }
  sender.join();
  EXPECT_TRUE(pipeline->Finish().ok());
}

TEST_F(PipelineTest, LargeBatchesAndLargeAnswersDoNotBlockEachOther) {
  constexpr uint32_t kLarge = 4 << 20;
  const auto pipeline = Open(4);
  for (int i = 0; i < 4; ++i) {
    BatchBuilder batch;
    batch.AllocateUnheld(TypeId(1), std::string(kLarge, 'x'));
    batch.ReadPayload(Ref(kLarge));
    ASSERT_TRUE(pipeline->Send(std::move(batch)).ok());
  }
  for (int i = 0; i < 4; ++i) ASSERT_TRUE(pipeline->Receive().ok());
}

TEST_F(PipelineTest, ABrokenStreamSaysWhy) {
  const auto pipeline = Open();
  daemon_.FailNext(
      ErrorWithReason(absl::StatusCode::kUnavailable, "stopping", "DRAINING"));
  ASSERT_TRUE(pipeline->Send(Allocations(1)).ok());
  EXPECT_EQ(ErrorReason(pipeline->Receive().status()), "DRAINING");
  EXPECT_EQ(ErrorReason(pipeline->Send(Allocations(1))), "DRAINING");
  EXPECT_EQ(ErrorReason(pipeline->WaitForRoom()), "DRAINING");
  EXPECT_EQ(ErrorReason(pipeline->Finish()), "DRAINING");
}

TEST_F(PipelineTest, NothingIsSentAfterFinish) {
  const auto pipeline = Open();
  ASSERT_TRUE(pipeline->Finish().ok());
  EXPECT_FALSE(pipeline->Send(Allocations(1)).ok());
}

TEST_F(PipelineTest, CanBeDestroyedWithBatchesOnTheirWay) {
  const auto pipeline = Open();
  for (int i = 0; i < 8; ++i) {
    ASSERT_TRUE(pipeline->Send(Allocations(1000)).ok());
  }
}

}  // namespace
}  // namespace heapd::client
