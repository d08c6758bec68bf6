#include "server/service/pipeline.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <thread>

#include "tests/server/support/pipeline_request.h"
#include "tests/server/support/service_fixture.h"

namespace heapd::server {
namespace {

using Stream =
    grpc::ClientReaderWriter<v1::PipelineRequest, v1::PipelineResponse>;

class PipelineTest : public ServiceFixture {
 protected:
  v1::PipelineRequest AllocateBatch(const std::string& payload) const {
    return PipelineAllocation(type_, payload);
  }
  v1::PipelineRequest FirstBatch(const std::string& payload) const {
    v1::PipelineRequest request = AllocateBatch(payload);
    request.set_heap("shop");
    request.set_session(session_);
    return request;
  }
  // Sends one request and takes its response.
  v1::PipelineResponse Exchange(Stream* stream,
                                const v1::PipelineRequest& request) {
    v1::PipelineResponse response;
    EXPECT_TRUE(stream->Write(request));
    EXPECT_TRUE(stream->Read(&response));
    return response;
  }

  Call call_;
};

TEST_F(PipelineTest, AnswersInOrderAndKeepsHeapAndSession) {
  const auto stream = server_.objects->Pipeline(&call_);
  // In a thread of its own: the channel inside a process has no buffers, and
  // the server reads on only once its answer has gone.
  std::thread sender([this, &stream] {
    EXPECT_TRUE(stream->Write(FirstBatch("0")));
    for (int i = 1; i < 50; ++i) {
      EXPECT_TRUE(stream->Write(AllocateBatch(std::to_string(i))));
    }
    stream->WritesDone();
  });
  v1::PipelineResponse response;
  int count = 0;
  while (stream->Read(&response)) {
    EXPECT_EQ(response.result().refs_size(), 1) << count;
    v1::ReadObjectResponse read;
    EXPECT_SUCCEEDS(Read(response.result().refs(0), &read));
    EXPECT_EQ(read.payload(), std::to_string(count));
    ++count;
  }
  sender.join();
  EXPECT_EQ(count, 50);
  EXPECT_SUCCEEDS(stream->Finish());
}

// There it has to name what it left out before.
TEST_F(PipelineTest, ARetryOnAnotherStreamIsTheSameRequest) {
  v1::PipelineRequest request = AllocateBatch("once");
  request.set_request_id("only-once");
  uint64_t ref = 0;
  {
    const auto stream = server_.objects->Pipeline(&call_);
    EXPECT_TRUE(Exchange(stream.get(), FirstBatch("x")).has_result());
    ref = Exchange(stream.get(), request).result().refs(0);
    stream->WritesDone();
    EXPECT_SUCCEEDS(stream->Finish());
  }
  Call again;
  const auto stream = server_.objects->Pipeline(&again);
  request.set_heap("shop");
  request.set_session(session_);
  EXPECT_EQ(Exchange(stream.get(), request).result().refs(0), ref);
  request.mutable_batch()->set_payloads("othr");
  EXPECT_EQ(ErrorDetails(Exchange(stream.get(), request).error()).reason(),
            "REQUEST_ID_REUSED");
  stream->WritesDone();
  EXPECT_SUCCEEDS(stream->Finish());
}

TEST_F(PipelineTest, AnErrorIsAResponseAndTheStreamGoesOn) {
  const auto stream = server_.objects->Pipeline(&call_);
  // No heap yet.
  EXPECT_EQ(
      ErrorDetails(Exchange(stream.get(), AllocateBatch("x")).error()).field(),
      "heap");
  EXPECT_TRUE(Exchange(stream.get(), FirstBatch("x")).has_result());
  v1::PipelineRequest bad = AllocateBatch("y");
  bad.mutable_batch()->set_types(0, 99);
  const ErrorDetails details(Exchange(stream.get(), bad).error());
  EXPECT_EQ(details.reason(), "TYPE_NOT_FOUND");
  EXPECT_EQ(details.metadata("operation"), "0");
  EXPECT_EQ(details.rpc_status.code(), grpc::StatusCode::NOT_FOUND);
  EXPECT_TRUE(Exchange(stream.get(), AllocateBatch("z")).has_result());
  v1::PipelineRequest empty;
  EXPECT_EQ(ErrorDetails(Exchange(stream.get(), empty).error()).field(),
            "batch");
  stream->WritesDone();
  EXPECT_SUCCEEDS(stream->Finish());
  EXPECT_EQ(Stats().object_count(), 2u);
}

TEST_F(PipelineTest, AnotherHeapNeedsAnotherSession) {
  v1::CreateHeapRequest create;
  create.set_heap("other");
  v1::CreateHeapResponse created;
  Call call;
  ASSERT_SUCCEEDS(server_.heaps->CreateHeap(&call, create, &created));
  const auto stream = server_.objects->Pipeline(&call_);
  EXPECT_TRUE(Exchange(stream.get(), FirstBatch("x")).has_result());
  v1::PipelineRequest other = AllocateBatch("x");
  other.set_heap("other");
  EXPECT_EQ(ErrorDetails(Exchange(stream.get(), other).error()).field(),
            "session");
  stream->WritesDone();
  EXPECT_SUCCEEDS(stream->Finish());
}

TEST_F(PipelineTest, ARetryWithTheSameIdIsAppliedOnce) {
  const auto stream = server_.objects->Pipeline(&call_);
  v1::PipelineRequest request = FirstBatch("x");
  request.set_request_id("p-1");
  const v1::PipelineResponse first = Exchange(stream.get(), request);
  const v1::PipelineResponse again = Exchange(stream.get(), request);
  EXPECT_EQ(first.SerializeAsString(), again.SerializeAsString());
  request.mutable_batch()->set_payloads("y");
  EXPECT_EQ(ErrorDetails(Exchange(stream.get(), request).error()).reason(),
            "REQUEST_ID_REUSED");
  EXPECT_EQ(Stats().object_count(), 1u);
  call_.TryCancel();
  EXPECT_EQ(stream->Finish().error_code(), grpc::StatusCode::CANCELLED);
}

TEST_F(PipelineTest, DrainingEndsAnIdleStream) {
  const auto stream = server_.objects->Pipeline(&call_);
  EXPECT_TRUE(Exchange(stream.get(), FirstBatch("x")).has_result());
  server_.services().BeginDrain();
  v1::PipelineResponse response;
  EXPECT_FALSE(stream->Read(&response));
  const grpc::Status status = stream->Finish();
  EXPECT_THAT(status, FailsWith(grpc::StatusCode::UNAVAILABLE, "DRAINING"));
  EXPECT_TRUE(ErrorDetails(status).has_retry);
}

TEST_F(PipelineTest, AClientThatGoesAwayLeavesNothingRunning) {
  {
    Call call;
    const auto stream = server_.objects->Pipeline(&call);
    EXPECT_TRUE(stream->Write(FirstBatch("x")));
    call.TryCancel();
    EXPECT_FALSE(stream->Finish().ok());
  }
  EXPECT_SUCCEEDS(Verify());
}

}  // namespace
}  // namespace heapd::server
