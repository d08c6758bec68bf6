// Snapshots are taken, cancelled, watched, listed, read, compared and deleted
// at once.

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "server/storage/snapshot_catalog.h"
#include "server/storage/snapshot_recording.h"
#include "tests/server/storage/memory_store.h"

namespace heapd::server {
namespace {

constexpr int kSnapshotsPerWriter = 100;

class SnapshotCatalogRaceTest : public ::testing::Test {
 protected:
  // Takes one snapshot, well or not.
  void Take(int i) {
    auto recording = catalog_->Begin({"heap", "1", "label", "me", false});
    if (!recording.ok()) return;
    ASSERT_TRUE((*recording)->Class("A", "").ok());
    ASSERT_TRUE((*recording)->Node(101, 0, 16).ok());
    const absl::Status written = (*recording)->Write("{}");
    ASSERT_TRUE(written.ok() || absl::IsCancelled(written)) << written;
    if (!written.ok() || i % 5 == 0) return;
    const absl::Status stored = (*recording)->Finish({1, 1, 1, 16}, {});
    ASSERT_TRUE(stored.ok() || absl::IsCancelled(stored)) << stored;
  }

  // Uses whatever is there; what is gone meanwhile is no error.
  void Use(bool changes) {
    const SnapshotPage page = *catalog_->List({.heap = "heap"}, 10, "");
    for (const SnapshotRecord& record : page.snapshots) {
      uint64_t version = 0;
      (void)catalog_->AwaitChange(record.snapshot, absl::ZeroDuration(),
                                  version);
      (void)catalog_->Compare(record.snapshot, page.snapshots[0].snapshot);
      (void)catalog_->OpenSnapshot(record.snapshot);
      if (!changes) continue;
      (void)catalog_->Cancel(record.snapshot, "me");
      (void)catalog_->DeleteUnused(record.snapshot,
                                   [] { return absl::OkStatus(); });
      (void)catalog_->Delete(record.snapshot);
    }
  }

  const std::unique_ptr<SnapshotCatalog> catalog_ = *SnapshotCatalog::Open(
      std::make_unique<MemoryStore>(std::make_shared<MemoryStore::State>()),
      {.max_running = 3});
};

TEST_F(SnapshotCatalogRaceTest, EverybodyGetsOnWithEverybody) {
  std::atomic<int> writing{3};
  std::vector<std::thread> threads;
  for (int writer = 0; writer < 3; ++writer) {
    threads.emplace_back([this, &writing] {
      for (int i = 0; i < kSnapshotsPerWriter; ++i) Take(i);
      --writing;
    });
  }
  for (const bool changes : {false, true}) {
    threads.emplace_back([this, changes, &writing] {
      while (writing > 0) Use(changes);
    });
  }
  for (std::thread& thread : threads) thread.join();
  // Every count of running snapshots was given back.
  std::vector<std::unique_ptr<SnapshotRecording>> running;
  for (int i = 0; i < 3; ++i) {
    auto recording = catalog_->Begin({"heap", "1", "", "", false});
    ASSERT_TRUE(recording.ok()) << recording.status();
    running.push_back(*std::move(recording));
  }
}

}  // namespace
}  // namespace heapd::server
