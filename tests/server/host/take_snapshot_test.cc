#include "server/host/take_snapshot.h"

#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

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

TEST_F(TakeSnapshotTest, TheSinkHearsHowFarItIs) {
  struct Step {
    SnapshotStage stage;
    uint64_t done;
    uint64_t total;
  };
  class WatchingSink final : public SnapshotSink {
   public:
    absl::Status Write(absl::string_view) override { return absl::OkStatus(); }
    absl::Status Class(absl::string_view, absl::string_view) override {
      return absl::OkStatus();
    }
    absl::Status Node(uint32_t, uint32_t, uint64_t) override {
      return absl::OkStatus();
    }
    void Progress(SnapshotStage stage, uint64_t done, uint64_t total) override {
      steps.push_back({stage, done, total});
    }
    std::vector<Step> steps;
  };
  Allocate(19'900);
  MemorySpill spill;
  WatchingSink sink;
  SnapshotOptions options;
  options.piece_objects = 1000;
  ASSERT_OK(TakeSnapshot(shop_, options, &spill, &sink).status());
  int readings = 0;
  int writings = 0;
  for (size_t i = 0; i < sink.steps.size(); ++i) {
    const Step& step = sink.steps[i];
    const bool reading = step.stage == SnapshotStage::kReading;
    ++(reading ? readings : writings);
    EXPECT_LE(step.done, step.total);
    // As many nodes as objects, and four, a session and their edges.
    EXPECT_EQ(step.total, reading ? 20'000u : 20'005u + 20'004u);
    if (i == 0 || sink.steps[i - 1].stage != step.stage) continue;
    EXPECT_GT(step.done, sink.steps[i - 1].done);
  }
  EXPECT_GE(readings, 20);
  EXPECT_EQ(writings, 9);
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
