#include "server/host/requested_collection.h"

#include <gtest/gtest.h>

#include <string>
#include <thread>

#include "absl/synchronization/notification.h"
#include "tests/heap/status_matchers.h"
#include "tests/server/support/host_fixture.h"

namespace heapd::server {
namespace {

class RequestedCollectionTest : public HostFixture {
 protected:
  void AllocateGarbage(int count) {
    const TypeId type = DefineType();
    EXPECT_OK(Run([&](HeapAccess& access) {
      const SessionId session = access.leases.NewId();
      EXPECT_OK(access.heap.OpenSession(session, ""));
      for (int i = 0; i < count; ++i) {
        EXPECT_OK(access.heap.Allocate(session, type, "x", 0, {}).status());
      }
      return access.heap.CloseSession(session);
    }));
  }
  // Keeps the marking thread busy until Unblock().
  void BlockMarking() {
    marking_.Post([this] { unblock_.WaitForNotification(); });
  }
  void Unblock() { unblock_.Notify(); }

  absl::Notification unblock_;
};

TEST_F(RequestedCollectionTest, FreesWhatIsDeadWhenItIsAskedFor) {
  AllocateGarbage(100);
  const absl::StatusOr<Collection> first = CollectAndWait(shop_, {});
  ASSERT_OK(first.status());
  EXPECT_EQ(first->reason, CollectionReason::kRequested);
  EXPECT_EQ(first->object_count_after, 0u);
  AllocateGarbage(50);
  const absl::StatusOr<Collection> second = CollectAndWait(shop_, {});
  ASSERT_OK(second.status());
  EXPECT_EQ(second->object_count_before, 50u);
  EXPECT_EQ(second->object_count_after, 0u);
}

// Capability row 39.
TEST_F(RequestedCollectionTest, CallsRunWhileItIsWaitedFor) {
  BlockMarking();
  AllocateGarbage(100);
  CallTerms terms;
  terms.deadline = absl::Now() + absl::Milliseconds(50);
  EXPECT_EQ(CollectAndWait(shop_, terms).status().code(),
            absl::StatusCode::kDeadlineExceeded);
  AllocateGarbage(10);
  EXPECT_EQ(shop_->figures().object_count, 110u);
  // The next one has to wait for the one that runs, which does not see what
  // died since.
  absl::StatusOr<Collection> collection;
  std::thread waiting([&] { collection = CollectAndWait(shop_, {}); });
  Unblock();
  waiting.join();
  ASSERT_OK(collection.status());
  EXPECT_EQ(collection->object_count_after, 0u);
}

TEST_F(RequestedCollectionTest, EndsWithTheHeap) {
  BlockMarking();
  AllocateGarbage(100);
  absl::StatusOr<Collection> collection;
  std::thread waiting([&] { collection = CollectAndWait(shop_, {}); });
  bool running = false;
  while (!running) {
    EXPECT_OK(Run([&running](HeapAccess& access) {
      running = access.heap.IsMajorRunning();
      return absl::OkStatus();
    }));
  }
  std::thread closing([this] { shop_->Close(); });
  Unblock();
  closing.join();
  waiting.join();
  if (!collection.ok()) {
    EXPECT_THAT(collection.status(), HasReason("HEAP_NOT_FOUND"));
  }
}

}  // namespace
}  // namespace heapd::server
