#include "server/service/call_meter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "heapd/v1/object_service.pb.h"
#include "tests/server/support/service_fixture.h"

namespace heapd::server {
namespace {

uint64_t CountOf(const std::vector<CallMeter::MethodFigures>& all,
                 absl::string_view method, absl::StatusCode code) {
  for (const CallMeter::MethodFigures& figures : all) {
    if (figures.method == method) {
      return figures.count_by_code[static_cast<size_t>(code)];
    }
  }
  return 0;
}

uint64_t TimedOf(const std::vector<CallMeter::MethodFigures>& all,
                 absl::string_view method) {
  for (const CallMeter::MethodFigures& figures : all) {
    if (figures.method == method) return figures.durations.count();
  }
  return 0;
}

TEST(CallMeterTest, ThreadsLoseNothing) {
  CallMeter meter;
  const MethodPermission& apply = PermissionOf<v1::ApplyRequest>();
  std::vector<std::thread> threads;
  for (int i = 0; i < 12; ++i) {
    threads.emplace_back([&] {
      for (int call = 0; call < 1000; ++call) {
        meter.Ended(apply, absl::StatusCode::kOk, std::chrono::microseconds(5));
      }
      meter.Ended(apply, absl::StatusCode::kNotFound);
    });
  }
  for (std::thread& thread : threads) thread.join();
  const auto all = meter.Read();
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0].service, "ObjectService");
  EXPECT_EQ(CountOf(all, "Apply", absl::StatusCode::kOk), 12'000u);
  EXPECT_EQ(CountOf(all, "Apply", absl::StatusCode::kNotFound), 12u);
  EXPECT_EQ(TimedOf(all, "Apply"), 12'000u);
  EXPECT_EQ(all[0].durations.sum, absl::Milliseconds(60));
}

TEST(CallMeterTest, CodesThatAreNoneCountAsUnknown) {
  CallMeter meter;
  meter.Ended(PermissionOf<v1::ApplyRequest>(),
              static_cast<absl::StatusCode>(99));
  EXPECT_EQ(CountOf(meter.Read(), "Apply", absl::StatusCode::kUnknown), 1u);
}

TEST(CallMeterTest, WithoutAMeterNothingIsCounted) {
  MeteredCall call(nullptr, PermissionOf<v1::ApplyRequest>());
  call.Begin();
  call.End(absl::StatusCode::kOk);
  call.EndStream(absl::StatusCode::kOk);
  EXPECT_EQ(call.End(grpc::Status::CANCELLED).error_code(),
            grpc::StatusCode::CANCELLED);
}

// Every kind of method, by what it is served with.
class MeteredServiceTest : public ServiceFixture {
 protected:
  uint64_t Counted(absl::string_view method, absl::StatusCode code) {
    return CountOf(server_.services().call_meter().Read(), method, code);
  }
};

TEST_F(MeteredServiceTest, UnaryCallsAreCountedByWhatTheyWereAnswered) {
  const uint64_t ref = Allocate("payload");
  v1::ReadObjectResponse response;
  EXPECT_SUCCEEDS(Read(ref, &response));
  EXPECT_FALSE(Read(ref + 1000, &response).ok());
  EXPECT_EQ(Counted("AllocateObject", absl::StatusCode::kOk), 1u);
  EXPECT_EQ(Counted("ReadObject", absl::StatusCode::kOk), 1u);
  EXPECT_EQ(Counted("ReadObject", absl::StatusCode::kNotFound), 1u);
  EXPECT_EQ(TimedOf(server_.services().call_meter().Read(), "ReadObject"), 2u);
}

TEST_F(MeteredServiceTest, SoAreThoseOfTheOperationsPlane) {
  Stats();
  Collect();
  EXPECT_EQ(Counted("GetStats", absl::StatusCode::kOk), 1u);
  EXPECT_EQ(Counted("CollectHeap", absl::StatusCode::kOk), 1u);
  v1::CreateHeapRequest create;
  create.set_heap("shop");
  v1::CreateHeapResponse created;
  Call call;
  EXPECT_FALSE(server_.heaps->CreateHeap(&call, create, &created).ok());
  EXPECT_EQ(Counted("CreateHeap", absl::StatusCode::kAlreadyExists), 1u);
}

TEST_F(MeteredServiceTest, APipelineIsCountedByItsRequests) {
  Call call;
  auto stream = server_.objects->Pipeline(&call);
  v1::PipelineRequest request;
  request.set_heap("shop");
  request.set_session(session_);
  request.mutable_batch();
  v1::PipelineResponse response;
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(stream->Write(request));
    ASSERT_TRUE(stream->Read(&response));
  }
  stream->WritesDone();
  EXPECT_SUCCEEDS(stream->Finish());
  EXPECT_EQ(Counted("Pipeline", absl::StatusCode::kOk) +
                Counted("Pipeline", absl::StatusCode::kInvalidArgument),
            3u);
}

}  // namespace
}  // namespace heapd::server
