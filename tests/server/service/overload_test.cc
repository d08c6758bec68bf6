// What the services do with more than they take.

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>
#include <thread>

#include "absl/synchronization/notification.h"
#include "server/host/heap_call.h"
#include "server/service/services.h"
#include "tests/server/support/service_fixture.h"

namespace heapd::server {
namespace {

using Stub = v1::ObjectService::Stub;

Config TightConfig() {
  Config config = SmallConfig();
  config.limits_max_message = uint64_t{2} << 20;
  config.limits_max_in_flight_calls = 2;
  config.limits_max_in_flight_bytes = uint64_t{4} << 20;
  return config;
}

class OverloadTest : public ServiceFixture {
 protected:
  OverloadTest() : ServiceFixture(TightConfig()) {}

  // Holds the lane of the heap until Unblock().
  void Block() {
    HeapRegistry& registry = server_.services().registry();
    blocker_ = std::make_unique<std::thread>([this, &registry] {
      const auto hosted = *registry.Find("shop");
      EXPECT_TRUE(
          RunAndWait(hosted, {}, hosted->long_pool(), [this](HeapAccess&) {
            blocked_.Notify();
            unblock_.WaitForNotification();
            return absl::OkStatus();
          }).ok());
    });
    blocked_.WaitForNotification();
  }
  void Unblock() {
    unblock_.Notify();
    blocker_->join();
  }

  absl::Notification blocked_;
  absl::Notification unblock_;
  std::unique_ptr<std::thread> blocker_;
};

// An allocation that is under way; the queue tells of its end.
struct PendingAllocate {
  PendingAllocate(InProcessServer& server,
                  const v1::AllocateObjectRequest& request,
                  grpc::CompletionQueue* queue)
      : reader(server.objects->AsyncAllocateObject(&call, request, queue)) {
    reader->Finish(&response, &status, this);
  }

  Call call;
  v1::AllocateObjectResponse response;
  grpc::Status status;
  std::unique_ptr<grpc::ClientAsyncResponseReader<v1::AllocateObjectResponse>>
      reader;
};

grpc::Status NextStatus(grpc::CompletionQueue* queue) {
  void* tag = nullptr;
  bool ok = false;
  EXPECT_TRUE(queue->Next(&tag, &ok));
  return static_cast<PendingAllocate*>(tag)->status;
}

TEST_F(OverloadTest, WhatIsOverTheBoundIsRefusedAtOnceAndTheRestIsServed) {
  Block();
  grpc::CompletionQueue queue;
  PendingAllocate a(server_, AllocateRequest("a"), &queue);
  PendingAllocate b(server_, AllocateRequest("b"), &queue);
  PendingAllocate c(server_, AllocateRequest("c"), &queue);
  const grpc::Status refused = NextStatus(&queue);
  EXPECT_THAT(refused,
              FailsWith(grpc::StatusCode::RESOURCE_EXHAUSTED, "OVERLOADED"));
  EXPECT_TRUE(ErrorDetails(refused).has_retry);
  // Administration goes on.
  v1::GetHeapRequest request;
  request.set_heap("shop");
  v1::GetHeapResponse response;
  Call call;
  EXPECT_SUCCEEDS(server_.heaps->GetHeap(&call, request, &response));
  Unblock();
  EXPECT_SUCCEEDS(NextStatus(&queue));
  EXPECT_SUCCEEDS(NextStatus(&queue));
}

TEST_F(OverloadTest, ACallPastItsDeadlineIsNotApplied) {
  Block();
  Call call;
  call.set_deadline(std::chrono::system_clock::now() +
                    std::chrono::milliseconds(50));
  v1::AllocateObjectResponse response;
  EXPECT_EQ(
      server_.objects->AllocateObject(&call, AllocateRequest("late"), &response)
          .error_code(),
      grpc::StatusCode::DEADLINE_EXCEEDED);
  Unblock();
  EXPECT_EQ(Stats().object_count(), 0u);
}

TEST_F(OverloadTest, LargeAnswersCountToo) {
  const uint64_t ref = Allocate(std::string(1 << 20, 'x'));
  v1::ReadObjectResponse read;
  // Alone it passes, and leaves nothing behind: at most the one before is still
  // counted for a moment after its answer has come.
  for (int i = 0; i < 20; ++i) {
    grpc::Status status = Read(ref, &read);
    for (int again = 0; !status.ok() && again < 20'000; ++again) {
      std::this_thread::yield();
      status = Read(ref, &read);
    }
    EXPECT_SUCCEEDS(status) << i;
  }
}

TEST_F(OverloadTest, AMessageOverTheLimitIsRefused) {
  v1::AllocateObjectResponse response;
  EXPECT_EQ(Do(&Stub::AllocateObject,
               AllocateRequest(std::string(3 << 20, 'x')), &response)
                .error_code(),
            grpc::StatusCode::RESOURCE_EXHAUSTED);
}

}  // namespace
}  // namespace heapd::server
