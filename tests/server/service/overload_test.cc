// What the services do with more than they take.

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "server/service/services.h"
#include "tests/server/support/lane_blocker.h"
#include "tests/server/support/service_fixture.h"

namespace heapd::server {
namespace {

using Stub = v1::ObjectService::Stub;

Config TightConfig() {
  Config config = SmallConfig();
  config.limits_max_message = uint64_t{2} << 20;
  // Three of them for allocations.
  config.limits_max_in_flight_calls = 4;
  config.limits_max_in_flight_bytes = uint64_t{4} << 20;
  return config;
}

class OverloadTest : public ServiceFixture {
 protected:
  explicit OverloadTest(const Config& config = TightConfig())
      : ServiceFixture(config) {}

  // Holds the lane of the heap until Unblock().
  void Block() {
    // Calls before count until their handlers are done, which clients do not
    // wait for.
    while (server_.services().admission().calls() > 0) {
      std::this_thread::yield();
    }
    blocker_.emplace(*server_.services().registry().Find("shop"));
  }
  void Unblock() { blocker_.reset(); }

  std::optional<LaneBlocker> blocker_;
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
  PendingAllocate d(server_, AllocateRequest("d"), &queue);
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
  for (int i = 0; i < 3; ++i) EXPECT_SUCCEEDS(NextStatus(&queue));
}

uint64_t RefusedAllocations(const v1::HeapStats& stats,
                            const std::string& reason) {
  for (const v1::RefusedCalls& refused : stats.admission().refused()) {
    if (refused.reason() == reason && refused.call_class() == "allocate") {
      return refused.call_count();
    }
  }
  return 0;
}

// Capability row 72: whoever bursts leaves room for those who give up memory.
class ClassesTest : public OverloadTest {
 protected:
  ClassesTest() : OverloadTest(EightCalls()) {}

  static Config EightCalls() {
    Config config = SmallConfig();
    config.limits_max_in_flight_calls = 8;
    config.limits_max_in_flight_calls_per_heap = 8;
    return config;
  }

  // What the daemon says to one more batch.
  grpc::Status Apply(v1::OperationKind kind, uint64_t ref) {
    v1::ApplyRequest request;
    request.set_heap("shop");
    request.set_session(session_);
    request.mutable_batch()->add_kinds(kind);
    request.mutable_batch()->add_refs(ref);
    v1::ApplyResponse response;
    Call call;
    call.set_deadline(std::chrono::system_clock::now() +
                      std::chrono::milliseconds(300));
    return server_.objects->Apply(&call, request, &response);
  }
};

TEST_F(ClassesTest, ABatchThatReleasesIsAdmittedWhereOneThatHoldsIsNot) {
  const uint64_t ref = Allocate("held");
  Block();
  grpc::CompletionQueue queue;
  std::vector<std::unique_ptr<PendingAllocate>> burst;
  for (int i = 0; i < 6; ++i) {
    burst.push_back(std::make_unique<PendingAllocate>(
        server_, AllocateRequest("x"), &queue));
  }
  while (server_.services().admission().calls() < 6) std::this_thread::yield();
  EXPECT_THAT(Apply(v1::OPERATION_KIND_HOLD, ref),
              FailsWith(grpc::StatusCode::RESOURCE_EXHAUSTED, "OVERLOADED"));
  // Queued behind the burst.
  EXPECT_EQ(Apply(v1::OPERATION_KIND_RELEASE, ref).error_code(),
            grpc::StatusCode::DEADLINE_EXCEEDED);
  Unblock();
  for (int i = 0; i < 6; ++i) EXPECT_SUCCEEDS(NextStatus(&queue));
  const v1::HeapStats stats = Stats();
  EXPECT_EQ(RefusedAllocations(stats, "daemon_calls"), 1u);
  EXPECT_GE(stats.admission().daemon().peak_call_count(), 7u);
  EXPECT_EQ(stats.admission().daemon().max_call_count(), 8u);
}

TEST_F(ClassesTest, OneSessionOfManyCallsIsNotRefusedByDefault) {
  InProcessServer server;
  const WorkBounds session = server.services().admission().limits().session;
  EXPECT_GE(session.calls / 4 * 3, 256);
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
