// Clients, operators and the lease timer on one heap at once; then everything
// is still in order. Not for ThreadSanitizer: what orders the threads of gRPC
// as Debian builds it is hidden from it.

#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

#include "tests/server/support/service_fixture.h"

namespace heapd::server {
namespace {

using Stub = v1::ObjectService::Stub;

constexpr int kClients = 3;
constexpr int kRounds = 150;

class ServicesStressTest : public ServiceFixture {
 protected:
  // What a client does: puts one object after another in front of its list,
  // which its root holds, and now and then begins a new list.
  void Work(int client) {
    const std::string root = "client-" + std::to_string(client);
    uint64_t last = 0;
    for (int i = 0; i < kRounds; ++i) {
      const uint64_t ref = Allocate(std::string(100, 'x'), 1);
      if (i % 10 != 0) {
        EXPECT_SUCCEEDS(Link(ref, 0, last));
      }
      EXPECT_SUCCEEDS(Root(root, ref));
      EXPECT_SUCCEEDS(Release({ref}));
      v1::ReadObjectResponse read;
      EXPECT_SUCCEEDS(Read(ref, &read));
      EXPECT_EQ(read.values(0).strong_ref(), i % 10 != 0 ? last : 0);
      last = ref;
    }
  }

  void Stream() {
    Call call;
    const auto stream = server_.objects->Pipeline(&call);
    for (int i = 0; i < kRounds; ++i) {
      v1::PipelineRequest request;
      request.set_heap("shop");
      v1::Batch* const batch = request.mutable_batch();
      // Garbage, and not scratch, since something is done with it.
      for (int n = 0; n < 20; ++n) {
        batch->add_kinds(v1::OPERATION_KIND_ALLOCATE_UNHELD);
        batch->add_types(type_);
        batch->add_numbers(0);
        batch->add_numbers(0);
        batch->add_sizes(0);
        batch->add_kinds(v1::OPERATION_KIND_READ_PAYLOAD);
        batch->add_refs(kLocalRefBit | (2 * n));
      }
      ASSERT_TRUE(stream->Write(request));
      v1::PipelineResponse response;
      ASSERT_TRUE(stream->Read(&response));
      EXPECT_EQ(response.result().refs_size(), 20);
    }
    stream->WritesDone();
    EXPECT_SUCCEEDS(stream->Finish());
  }

  void Watch() {
    Call call;
    v1::WatchCollectionsRequest request;
    request.set_heap("shop");
    const auto reader = server_.collector->WatchCollections(&call, request);
    v1::WatchCollectionsResponse event;
    uint64_t last = 0;
    while (reader->Read(&event)) {
      EXPECT_GT(event.collection().sequence(), last);
      last = event.collection().sequence();
    }
    EXPECT_THAT(reader->Finish(),
                FailsWith(grpc::StatusCode::UNAVAILABLE, "DRAINING"));
  }

  void Operate() {
    for (int i = 0; i < 20; ++i) {
      Collect();
      Stats();
      EXPECT_SUCCEEDS(Verify());
      v1::CreateSnapshotRequest request;
      request.set_heap("shop");
      v1::CreateSnapshotResponse response;
      Call call(InProcessServer::kToken);
      // Too many may run.
      server_.snapshots->CreateSnapshot(&call, request, &response);
      OpenSession();
      server_.clock().Advance(absl::Seconds(1));
    }
  }
};

TEST_F(ServicesStressTest, EverybodyAtOnce) {
  std::vector<std::thread> threads;
  for (int i = 0; i < kClients; ++i) threads.emplace_back([&, i] { Work(i); });
  threads.emplace_back([&] { Stream(); });
  threads.emplace_back([&] { Operate(); });
  std::thread watcher([&] { Watch(); });
  for (std::thread& thread : threads) thread.join();
  EXPECT_SUCCEEDS(Verify());
  server_.services().BeginDrain();
  watcher.join();
}

TEST_F(ServicesStressTest, StoppingUnderLoadEndsEveryCallWithAnAnswer) {
  std::vector<std::thread> threads;
  for (int i = 0; i < kClients; ++i) {
    threads.emplace_back([&] {
      grpc::Status status;
      do {
        v1::AllocateObjectResponse response;
        status = Do(&Stub::AllocateObject, AllocateRequest("x"), &response);
      } while (status.ok());
      EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE);
    });
  }
  Collect();
  server_.services().BeginDrain();
  for (std::thread& thread : threads) thread.join();
  // Only now: a call that is begun on the in-process channel of a server that
  // has gone crashes inside gRPC 1.51.
  server_.Stop();
}

}  // namespace
}  // namespace heapd::server
