// The budget of captures, with a clock that the test moves, through restarts.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "heap/base/error.h"
#include "heap/base/status_macros.h"
#include "server/base/retry_delay.h"
#include "server/storage/snapshot_catalog.h"
#include "server/storage/snapshot_recording.h"
#include "tests/server/storage/memory_store.h"
#include "tests/server/support/fake_clock.h"
#include "tests/server/support/temporary_directory.h"

namespace heapd::server {
namespace {

using ::testing::HasSubstr;

class SnapshotQuotaTest : public ::testing::Test {
 protected:
  void Start(const CaptureLimits& limits, bool with_journal = true) {
    catalog_.reset();
    SnapshotCatalogOptions options;
    options.max_running = 4;
    options.captures = limits;
    options.now = [this] { return clock_.Now(); };
    std::vector<std::unique_ptr<BlobStore>> stores;
    stores.push_back(std::make_unique<MemoryStore>(state_));
    std::unique_ptr<SnapshotJournal> journal;
    if (with_journal) journal = *SnapshotJournal::Open(above_.Path("state"));
    catalog_ =
        *SnapshotCatalog::Open(std::move(stores), std::move(journal), options);
  }

  absl::StatusOr<std::unique_ptr<SnapshotRecording>> Begin(
      SnapshotTrigger trigger = SnapshotTrigger::kRequested) {
    SnapshotOrder order = {"shop", "1", "label", "alice", false};
    order.trigger = trigger;
    return catalog_->Begin(order);
  }

  absl::Status Take(size_t bytes = 100) {
    HEAPD_ASSIGN_OR_RETURN(const auto recording, Begin());
    HEAPD_RETURN_IF_ERROR(recording->Write(std::string(bytes, 'x')));
    return recording->Finish({1, 1, 1, 16}, {});
  }

  FakeClock clock_;
  TemporaryDirectory above_;
  const std::shared_ptr<MemoryStore::State> state_ =
      std::make_shared<MemoryStore::State>();
  std::unique_ptr<SnapshotCatalog> catalog_;
};

TEST_F(SnapshotQuotaTest, WhoeverAsksItIsOneBudget) {
  Start({.max_per_hour = 3});
  EXPECT_TRUE(Take().ok());
  // Those that fail or are cancelled count, and those of the daemon itself.
  Begin(SnapshotTrigger::kSchedule).value()->Fail(absl::UnknownError("no"));
  {
    const auto recording = *Begin();
    ASSERT_TRUE(catalog_->Cancel(recording->record().snapshot, "bob").ok());
  }
  for (const SnapshotTrigger trigger :
       {SnapshotTrigger::kRequested, SnapshotTrigger::kNearLimit}) {
    const absl::Status refused = Begin(trigger).status();
    EXPECT_TRUE(absl::IsResourceExhausted(refused)) << refused;
    EXPECT_EQ(ReasonOf(refused), "SNAPSHOT_QUOTA");
    ASSERT_TRUE(RetryDelayOf(refused).has_value());
    EXPECT_GT(*RetryDelayOf(refused), absl::Minutes(59));
    EXPECT_LE(*RetryDelayOf(refused), absl::Minutes(61));
  }
  // What was refused is no snapshot.
  EXPECT_EQ(catalog_->List({}, 100, "")->snapshots.size(), 3u);
  clock_.Advance(absl::Minutes(61));
  EXPECT_TRUE(Take().ok());
}

TEST_F(SnapshotQuotaTest, WhatTheStoreRefusedCountsForNothing) {
  Start({.max_per_hour = 1});
  {
    absl::MutexLock lock(&state_->mu);
    state_->failing_creates = 2;
  }
  EXPECT_TRUE(absl::IsUnavailable(Take()));
  EXPECT_TRUE(absl::IsUnavailable(Take()));
  EXPECT_TRUE(Take().ok());
  EXPECT_EQ(ReasonOf(Take()), "SNAPSHOT_QUOTA");
}

TEST_F(SnapshotQuotaTest, ARunningSnapshotFailsWhenTheDaysBytesAreUsedUp) {
  Start({.max_bytes_per_day = 1000});
  EXPECT_TRUE(Take(600).ok());
  const auto first = *Begin();
  const auto second = *Begin();
  EXPECT_TRUE(first->Write(std::string(300, 'x')).ok());
  const absl::Status refused = second->Write(std::string(101, 'x'));
  EXPECT_EQ(ReasonOf(refused), "SNAPSHOT_QUOTA");
  second->Fail(refused);
  EXPECT_EQ(catalog_->Get(second->record().snapshot)->state,
            SnapshotState::kFailed);
  EXPECT_THAT(catalog_->Get(second->record().snapshot)->error,
              HasSubstr("1000 bytes"));
  EXPECT_EQ(ReasonOf(Begin().status()), "SNAPSHOT_QUOTA");
  clock_.Advance(absl::Hours(24) + absl::Minutes(1));
  EXPECT_TRUE(Take(1000).ok());
}

TEST_F(SnapshotQuotaTest, CountsSurviveARestart) {
  const CaptureLimits limits = {.max_per_hour = 2, .max_bytes_per_day = 1000};
  Start(limits);
  EXPECT_TRUE(Take().ok());
  {
    const auto recording = *Begin();
    ASSERT_TRUE(recording->Write(std::string(800, 'x')).ok());
  }
  // What was deleted was taken nevertheless.
  const SnapshotPage page = *catalog_->List({}, 100, "");
  for (const SnapshotRecord& record : page.snapshots) {
    ASSERT_TRUE(catalog_->Delete(record.snapshot).ok());
  }
  Start(limits);
  EXPECT_EQ(ReasonOf(Take()), "SNAPSHOT_QUOTA");
  clock_.Advance(absl::Minutes(61));
  Start(limits);
  // 900 of the day's 1,000 bytes are written.
  EXPECT_EQ(ReasonOf(Take(101)), "SNAPSHOT_QUOTA");
  clock_.Advance(absl::Hours(24));
  Start(limits);
  EXPECT_TRUE(Take().ok());
}

TEST_F(SnapshotQuotaTest, OneThatBeginsIsCountedBeforeItsFirstByte) {
  const CaptureLimits limits = {.max_per_hour = 1};
  Start(limits);
  const auto running = *Begin();
  // As a process that is killed now leaves it.
  const std::string counts = above_.Read("state/captures.json");
  EXPECT_THAT(counts, HasSubstr(",1,0]"));
}

TEST_F(SnapshotQuotaTest, WithoutAJournalWhatTheStoresHaveCounts) {
  const CaptureLimits limits = {.max_per_hour = 2, .max_bytes_per_day = 1000};
  Start(limits, /*with_journal=*/false);
  EXPECT_TRUE(Take(400).ok());
  EXPECT_TRUE(Take(400).ok());
  Start(limits, /*with_journal=*/false);
  EXPECT_EQ(ReasonOf(Take()), "SNAPSHOT_QUOTA");
  clock_.Advance(absl::Minutes(61));
  EXPECT_EQ(ReasonOf(Take(201)), "SNAPSHOT_QUOTA");
}

TEST_F(SnapshotQuotaTest, CountsThatCannotBeReadAreReplaced) {
  const CaptureLimits limits = {.max_per_hour = 2};
  Start(limits);
  EXPECT_TRUE(Take().ok());
  catalog_.reset();
  std::ofstream(above_.Path("state/captures.json")) << "{\"version\":";
  Start(limits);
  // The stored one counts.
  EXPECT_TRUE(Take().ok());
  EXPECT_EQ(ReasonOf(Take()), "SNAPSHOT_QUOTA");
  Start(limits);
  EXPECT_EQ(ReasonOf(Take()), "SNAPSHOT_QUOTA");
}

TEST_F(SnapshotQuotaTest, WithoutLimitsNothingIsWrittenDown) {
  Start({});
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(Take().ok());
  EXPECT_TRUE(std::filesystem::is_empty(above_.Path("state")));
}

}  // namespace
}  // namespace heapd::server
