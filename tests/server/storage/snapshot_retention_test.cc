// Retention with a clock that the test moves.

#include "server/storage/snapshot_retention.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "heap/base/error.h"
#include "server/storage/snapshot_recording.h"
#include "tests/server/storage/memory_store.h"
#include "tests/server/support/fake_clock.h"

namespace heapd::server {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class Notes final : public RetentionObserver {
 public:
  absl::Status OnRemove(const ExcessSnapshot& excess) override {
    lines.push_back(absl::StrCat("remove by ", excess.limit));
    return answer;
  }
  void OnRemoved(const ExcessSnapshot&, const absl::Status& removed) override {
    lines.push_back(removed.ok() ? "removed" : "not removed");
  }

  absl::Status answer;
  std::vector<std::string> lines;
};

class SnapshotRetentionTest : public ::testing::Test {
 protected:
  SnapshotRetentionTest() {
    SnapshotCatalogOptions options;
    options.max_running = 4;
    options.now = [this] { return clock_.Now(); };
    std::vector<std::unique_ptr<BlobStore>> stores;
    stores.push_back(std::make_unique<MemoryStore>(near_, "near"));
    stores.push_back(std::make_unique<MemoryStore>(far_, "far", true));
    catalog_ = *SnapshotCatalog::Open(std::move(stores), nullptr, options);
    EXPECT_TRUE(catalog_->AwaitLoaded(absl::Seconds(30)));
  }

  std::unique_ptr<SnapshotRetention> Retention(const RetentionLimits& limits) {
    return std::make_unique<SnapshotRetention>(
        catalog_.get(), SnapshotRetention::Options{
                            limits, &notes_, [this] { return clock_.Now(); }});
  }

  std::unique_ptr<SnapshotRecording> Begin(const std::string& destination) {
    auto recording =
        *catalog_->Begin({"shop", "1", "label", "alice", false, destination});
    EXPECT_TRUE(recording->Class("A", "").ok());
    EXPECT_TRUE(recording->Node(101, 0, 16).ok());
    EXPECT_TRUE(recording->Write("{}").ok());
    return recording;
  }

  // Takes one, an hour after the one before.
  std::string Take(const std::string& destination = "") {
    clock_.Advance(absl::Hours(1));
    const auto recording = Begin(destination);
    EXPECT_TRUE(recording->Finish({1, 1, 1, 16}, {}).ok());
    return recording->record().snapshot;
  }

  std::vector<std::string> Ids() {
    std::vector<std::string> ids;
    const SnapshotPage page = *catalog_->List({}, 100, "");
    for (const SnapshotRecord& record : page.snapshots) {
      ids.push_back(record.snapshot);
    }
    return ids;
  }

  FakeClock clock_;
  Notes notes_;
  const std::shared_ptr<MemoryStore::State> near_ =
      std::make_shared<MemoryStore::State>();
  const std::shared_ptr<MemoryStore::State> far_ =
      std::make_shared<MemoryStore::State>();
  std::unique_ptr<SnapshotCatalog> catalog_;
};

TEST_F(SnapshotRetentionTest, TimeAloneMakesASnapshotTooOld) {
  const std::string first = Take();
  const std::string second = Take("far");
  const auto retention = Retention({.max_age = absl::Hours(24)});
  EXPECT_EQ(retention->Enforce(), 0);
  clock_.Advance(absl::Hours(23) + absl::Seconds(1));
  EXPECT_EQ(retention->Enforce(), 1);
  EXPECT_THAT(Ids(), ElementsAre(second));
  clock_.Advance(absl::Hours(1));
  EXPECT_EQ(retention->Enforce(), 1);
  EXPECT_THAT(Ids(), IsEmpty());
  // Nothing of them is left, in either store.
  EXPECT_THAT(*MemoryStore(near_).List(), IsEmpty());
  EXPECT_THAT(*MemoryStore(far_).List(), IsEmpty());
  EXPECT_THAT(notes_.lines,
              ElementsAre("remove by snapshots.max_age", "removed",
                          "remove by snapshots.max_age", "removed"));
}

TEST_F(SnapshotRetentionTest, WhatIsReadOrWrittenWaits) {
  const std::string read = Take();
  const std::string compared = Take();
  const std::string idle = Take();
  const auto written = Begin("");
  auto reader = *catalog_->OpenSnapshot(read);
  const auto retention = Retention({.max_age = absl::Seconds(1)});
  clock_.Advance(absl::Hours(1));
  EXPECT_EQ(retention->Enforce(), 2);
  EXPECT_THAT(Ids(), ElementsAre(written->record().snapshot, read));
  // Who waits is not written down again and again.
  EXPECT_EQ(notes_.lines.size(), 4u);
  reader.reset();
  EXPECT_EQ(retention->Enforce(), 1);
  EXPECT_EQ(written->record().state, SnapshotState::kWriting);
}

TEST_F(SnapshotRetentionTest, WhileItIsRemovedNobodyBeginsToReadIt) {
  const std::string id = Take();
  const std::string other = Take();
  EXPECT_EQ(catalog_->DeleteUnused(
                id,
                [&]() -> absl::Status {
                  EXPECT_EQ(ReasonOf(catalog_->OpenSnapshot(id).status()),
                            "SNAPSHOT_NOT_FOUND");
                  EXPECT_EQ(ReasonOf(catalog_->Compare(id, other).status()),
                            "SNAPSHOT_NOT_FOUND");
                  return absl::UnavailableError("not now");
                }),
            absl::UnavailableError("not now"));
  // It stayed.
  EXPECT_TRUE(catalog_->OpenSnapshot(id).ok());
  EXPECT_TRUE(catalog_->Compare(id, other).ok());
}

TEST_F(SnapshotRetentionTest, WhatCannotBeWrittenDownStays) {
  Take();
  const auto retention = Retention({.max_age = absl::Seconds(1)});
  clock_.Advance(absl::Hours(1));
  notes_.answer = absl::UnavailableError("the audit log is away");
  EXPECT_EQ(retention->Enforce(), 0);
  EXPECT_EQ(Ids().size(), 1u);
  EXPECT_THAT(notes_.lines, ElementsAre("remove by snapshots.max_age"));
  notes_.answer = absl::OkStatus();
  EXPECT_EQ(retention->Enforce(), 1);
}

TEST_F(SnapshotRetentionTest, TheThreadActsWhenASnapshotWasStored) {
  const auto retention = Retention({.max_count = 2});
  retention->Start();
  for (int i = 0; i < 5; ++i) Take();
  const absl::Time give_up = absl::Now() + absl::Seconds(30);
  while (Ids().size() != 2 && absl::Now() < give_up) {
    absl::SleepFor(absl::Milliseconds(1));
  }
  EXPECT_EQ(Ids().size(), 2u);
  catalog_->Close();
}

}  // namespace
}  // namespace heapd::server
