#include "server/host/take_snapshot.h"

#include <gtest/gtest.h>

#include <string>
#include <thread>

#include "absl/synchronization/notification.h"
#include "tests/heap/snapshot/snapshot_file.h"
#include "tests/heap/status_matchers.h"
#include "tests/server/support/host_fixture.h"

namespace heapd::server {
namespace {

// Says when it is written to, and takes nothing before it may.
class SlowSpill final : public SnapshotSpill {
 public:
  absl::Status Append(absl::string_view bytes) override {
    if (!reached_.HasBeenNotified()) reached_.Notify();
    go_on_.WaitForNotification();
    return spill_.Append(bytes);
  }
  absl::StatusOr<size_t> Read(uint64_t offset,
                              absl::Span<char> buffer) override {
    return spill_.Read(offset, buffer);
  }
  void AwaitReading() { reached_.WaitForNotification(); }
  void GoOn() { go_on_.Notify(); }

 private:
  absl::Notification reached_;
  absl::Notification go_on_;
  MemorySpill spill_;
};

class TakeSnapshotTest : public HostFixture {
 protected:
  static constexpr SessionId kSession = 77;

  void SetUp() override {
    type_ = DefineType();
    EXPECT_OK(Run([](HeapAccess& access) {
      return access.heap.OpenSession(kSession, "test");
    }));
    Allocate(100);
  }
  // Held by the session.
  void Allocate(int count) {
    EXPECT_OK(Run([&](HeapAccess& access) {
      for (int i = 0; i < count; ++i) {
        EXPECT_OK(access.heap.Allocate(kSession, type_, "x", 0, {}).status());
      }
      return absl::OkStatus();
    }));
  }

  TypeId type_ = 0;
};

TEST_F(TakeSnapshotTest, CallsRunWhileTheHeapIsReadAndDoNotShow) {
  SlowSpill spill;
  MemorySink sink;
  absl::StatusOr<TakenSnapshot> taken;
  std::thread taking(
      [&] { taken = TakeSnapshot(shop_, SnapshotOptions(), &spill, &sink); });
  spill.AwaitReading();
  Allocate(50);
  EXPECT_EQ(shop_->figures().object_count, 150u);
  spill.GoOn();
  taking.join();
  ASSERT_OK(taken.status());
  EXPECT_EQ(taken->summary.object_count, 100u);
  EXPECT_GT(taken->pause_duration, absl::ZeroDuration());
  EXPECT_LT(taken->pause_duration, absl::Seconds(5));
  const SnapshotFile file(sink.text());
  EXPECT_EQ(file.nodes().size(), taken->summary.node_count);
}

TEST_F(TakeSnapshotTest, ACollectionThatRunsIsWaitedFor) {
  absl::Notification unblock;
  marking_.Post([&unblock] { unblock.WaitForNotification(); });
  EXPECT_OK(Run([](HeapAccess& access) {
    access.heap.StartMajor(CollectionReason::kRequested);
    return absl::OkStatus();
  }));
  shop_->QueueMajorStep();
  MemorySpill spill;
  MemorySink sink;
  absl::StatusOr<TakenSnapshot> taken;
  std::thread taking(
      [&] { taken = TakeSnapshot(shop_, SnapshotOptions(), &spill, &sink); });
  Allocate(10);
  unblock.Notify();
  taking.join();
  ASSERT_OK(taken.status());
  EXPECT_GE(taken->summary.object_count, 100u);
}

TEST_F(TakeSnapshotTest, EndsWithTheHeap) {
  SlowSpill spill;
  MemorySink sink;
  absl::StatusOr<TakenSnapshot> taken;
  std::thread taking(
      [&] { taken = TakeSnapshot(shop_, SnapshotOptions(), &spill, &sink); });
  spill.AwaitReading();
  shop_->Close();
  spill.GoOn();
  taking.join();
  // What was read before the end is whole, or it is not.
  if (taken.ok()) {
    EXPECT_EQ(taken->summary.object_count, 100u);
  } else {
    EXPECT_EQ(taken.status().code(), absl::StatusCode::kCancelled);
  }
  EXPECT_EQ(
      TakeSnapshot(shop_, SnapshotOptions(), &spill, &sink).status().code(),
      absl::StatusCode::kNotFound);
}

TEST_F(TakeSnapshotTest, AStopEndsItWhileItReads) {
  SlowSpill spill;
  MemorySink sink;
  SnapshotOptions options;
  options.piece_objects = 10;
  std::stop_source stop;
  absl::StatusOr<TakenSnapshot> taken;
  std::thread taking([&] {
    taken = TakeSnapshot(shop_, options, &spill, &sink, stop.get_token());
  });
  spill.AwaitReading();
  stop.request_stop();
  spill.GoOn();
  taking.join();
  EXPECT_TRUE(absl::IsCancelled(taken.status())) << taken.status();
  EXPECT_EQ(sink.text(), "");
  MemorySpill next;
  EXPECT_OK(TakeSnapshot(shop_, SnapshotOptions(), &next, &sink).status());
}

TEST_F(TakeSnapshotTest, AStopEndsItWhileTheHeapIsMarked) {
  absl::Notification unblock;
  marking_.Post([&unblock] { unblock.WaitForNotification(); });
  MemorySpill spill;
  MemorySink sink;
  std::stop_source stop;
  absl::StatusOr<TakenSnapshot> taken;
  std::thread taking([&] {
    taken =
        TakeSnapshot(shop_, SnapshotOptions(), &spill, &sink, stop.get_token());
  });
  bool is_running = false;
  while (!is_running) {
    EXPECT_OK(Run([&is_running](HeapAccess& access) {
      is_running = access.heap.IsMajorRunning();
      return absl::OkStatus();
    }));
  }
  // A second one waits for the collection, and is stopped as well.
  std::stop_source second_stop;
  absl::StatusOr<TakenSnapshot> second;
  std::thread waiting([&] {
    MemorySpill other_spill;
    MemorySink other_sink;
    second = TakeSnapshot(shop_, SnapshotOptions(), &other_spill, &other_sink,
                          second_stop.get_token());
  });
  second_stop.request_stop();
  waiting.join();
  EXPECT_TRUE(absl::IsCancelled(second.status())) << second.status();
  stop.request_stop();
  taking.join();
  EXPECT_TRUE(absl::IsCancelled(taken.status())) << taken.status();
  unblock.Notify();
  // The collection goes on, and so does the next snapshot.
  MemorySpill next;
  EXPECT_OK(TakeSnapshot(shop_, SnapshotOptions(), &next, &sink).status());
}

TEST_F(TakeSnapshotTest, TheSpillsErrorIsTheSnapshots) {
  class FullSpill final : public SnapshotSpill {
   public:
    absl::Status Append(absl::string_view) override {
      return absl::ResourceExhaustedError("disk full");
    }
    absl::StatusOr<size_t> Read(uint64_t, absl::Span<char>) override {
      return size_t{0};
    }
  };
  FullSpill spill;
  MemorySink sink;
  EXPECT_EQ(
      TakeSnapshot(shop_, SnapshotOptions(), &spill, &sink).status().code(),
      absl::StatusCode::kResourceExhausted);
  // The collection goes on, and so does the next snapshot.
  MemorySpill works;
  EXPECT_OK(TakeSnapshot(shop_, SnapshotOptions(), &works, &sink).status());
}

}  // namespace
}  // namespace heapd::server
