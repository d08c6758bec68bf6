#include "server/storage/snapshot_catalog.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "absl/strings/str_cat.h"
#include "heap/base/error.h"
#include "server/storage/snapshot_recording.h"
#include "tests/server/storage/memory_store.h"

namespace heapd::server {
namespace {

using ::testing::ElementsAre;
using ::testing::MatchesRegex;

class SnapshotCatalogTest : public ::testing::Test {
 protected:
  SnapshotCatalogTest() { Restart(); }

  void Restart() {
    catalog_.reset();
    catalog_ = *SnapshotCatalog::Open(std::make_unique<MemoryStore>(state_),
                                      {.max_running = 2});
  }

  absl::StatusOr<std::unique_ptr<SnapshotRecording>> Begin(
      const std::string& heap = "cache", const std::string& instance = "1") {
    return catalog_->Begin({heap, instance, "label", "alice", false});
  }

  // Writes a whole snapshot with objects `ids` of one class.
  absl::StatusOr<std::string> Record(const std::string& heap,
                                     const std::vector<uint32_t>& ids,
                                     const std::string& instance = "1") {
    return Record(Begin(heap, instance), ids);
  }
  absl::StatusOr<std::string> Record(
      absl::StatusOr<std::unique_ptr<SnapshotRecording>> recording,
      const std::vector<uint32_t>& ids) {
    if (!recording.ok()) return recording.status();
    absl::Status status = (*recording)->Class("A", "");
    for (const uint32_t id : ids) {
      if (status.ok()) status = (*recording)->Node(id, 0, 16);
    }
    if (status.ok()) status = (*recording)->Write("{\"snapshot\":");
    if (status.ok()) status = (*recording)->Write("{}}");
    if (status.ok()) {
      status = (*recording)
                   ->Finish({5, 7, ids.size(), 16 * ids.size()},
                            absl::Milliseconds(3));
    }
    if (!status.ok()) return status;
    return (*recording)->record().snapshot;
  }

  std::vector<std::string> Ids(const SnapshotPage& page) {
    std::vector<std::string> ids;
    for (const SnapshotRecord& record : page.snapshots) {
      ids.push_back(record.snapshot);
    }
    return ids;
  }

  std::vector<std::string> Blobs() { return *MemoryStore(state_).List(); }

  const std::shared_ptr<MemoryStore::State> state_ =
      std::make_shared<MemoryStore::State>();
  std::unique_ptr<SnapshotCatalog> catalog_;
};

TEST_F(SnapshotCatalogTest, AnIdHasHeapTimeAndChance) {
  const absl::Time time = absl::FromUnixSeconds(1795334400);
  EXPECT_THAT(NewSnapshotId("cache", time),
              MatchesRegex("cache-20261122T[0-9]{6}-[0-9a-f]{6}"));
  EXPECT_NE(NewSnapshotId("cache", time), NewSnapshotId("cache", time));
}

TEST_F(SnapshotCatalogTest, AFinishedSnapshotIsReadyWithItsFigures) {
  const std::string id = *Record("cache", {101, 103});
  const SnapshotRecord record = *catalog_->Get(id);
  EXPECT_EQ(record.state, SnapshotState::kReady);
  EXPECT_EQ(record.size_bytes, 15u);
  // printf %s '{"snapshot":{}}' | sha256sum
  EXPECT_EQ(record.sha256.size(), 64u);
  EXPECT_EQ(record.node_count, 5u);
  EXPECT_EQ(record.edge_count, 7u);
  EXPECT_EQ(record.total_self_size_bytes, 32u);
  EXPECT_EQ(record.requested_by, "alice");
  EXPECT_EQ(record.progress_ratio, 1);
  EXPECT_EQ(record.estimated_remaining, absl::InfiniteDuration());
  EXPECT_EQ(record.label, "label");
  EXPECT_EQ(record.storage, "memory");
  EXPECT_EQ(record.pause_duration, absl::Milliseconds(3));
  const auto reader = *catalog_->OpenSnapshot(id);
  std::string text(reader->size_bytes(), ' ');
  ASSERT_TRUE(reader->Read(0, absl::MakeSpan(text)).ok());
  EXPECT_EQ(text, "{\"snapshot\":{}}");
}

TEST_F(SnapshotCatalogTest, ARunningSnapshotShowsItsProgress) {
  const auto recording = *Begin();
  const std::string id = recording->record().snapshot;
  EXPECT_EQ(catalog_->Get(id)->phase, SnapshotPhase::kMarking);
  recording->Progress(SnapshotStage::kReading, 1, 2);
  EXPECT_EQ(catalog_->Get(id)->phase, SnapshotPhase::kReading);
  const double ratio = catalog_->Get(id)->progress_ratio;
  EXPECT_GT(ratio, 0);
  recording->Progress(SnapshotStage::kWriting, 1, 2);
  ASSERT_TRUE(recording->Write("12345").ok());
  EXPECT_GT(catalog_->Get(id)->progress_ratio, ratio);
  EXPECT_LT(catalog_->Get(id)->estimated_remaining, absl::Minutes(1));
  EXPECT_EQ(catalog_->Get(id)->state, SnapshotState::kWriting);
  EXPECT_EQ(catalog_->Get(id)->size_bytes, 5u);
  EXPECT_EQ(catalog_->Get(id)->phase, SnapshotPhase::kStoring);
  EXPECT_EQ(ReasonOf(catalog_->OpenSnapshot(id).status()),
            "SNAPSHOT_NOT_READY");
  EXPECT_EQ(ReasonOf(catalog_->Delete(id)), "SNAPSHOT_RUNNING");
}

TEST_F(SnapshotCatalogTest, ARestartFindsWhatWasStored) {
  const std::string id = *Record("cache", {101});
  const SnapshotRecord before = *catalog_->Get(id);
  Restart();
  const SnapshotRecord after = *catalog_->Get(id);
  EXPECT_EQ(WriteManifest(after), WriteManifest(before));
  EXPECT_EQ(after.storage, "memory");
  EXPECT_TRUE(catalog_->OpenSnapshot(id).ok());
}

TEST_F(SnapshotCatalogTest, AtEveryFaultASnapshotIsWholeOrAbsent) {
  // Each place of a recording where the store is written to.
  for (int place = 0;; ++place) {
    {
      absl::MutexLock lock(&state_->mu);
      state_->fail_after = place;
    }
    const absl::StatusOr<std::string> id = Record("cache", {101, 103});
    {
      absl::MutexLock lock(&state_->mu);
      state_->fail_after = -1;
    }
    if (id.ok()) {
      EXPECT_EQ(Blobs().size(), 3u);
      EXPECT_GE(place, 8);
      break;
    }
    EXPECT_TRUE(Blobs().empty()) << "place " << place;
    EXPECT_EQ(id.status().message(), "planted fault");
  }
  Restart();
  EXPECT_EQ(catalog_->List({}, 100, "")->snapshots.size(), 1u);
}

TEST_F(SnapshotCatalogTest, AFailedSnapshotSaysWhyAndLeavesNothing) {
  auto recording = *Begin();
  const std::string id = recording->record().snapshot;
  ASSERT_TRUE(recording->Write("data").ok());
  recording->Fail(absl::ResourceExhaustedError("no room"));
  EXPECT_EQ(catalog_->Get(id)->state, SnapshotState::kFailed);
  EXPECT_EQ(catalog_->Get(id)->error, "no room");
  EXPECT_TRUE(Blobs().empty());
  EXPECT_TRUE(catalog_->Delete(id).ok());
  EXPECT_EQ(ReasonOf(catalog_->Get(id).status()), "SNAPSHOT_NOT_FOUND");
}

TEST_F(SnapshotCatalogTest, ACancelledSnapshotSaysWhoDidItAndLeavesNothing) {
  auto recording = *Begin();
  const std::string id = recording->record().snapshot;
  ASSERT_TRUE(recording->Write("data").ok());
  ASSERT_TRUE(catalog_->Cancel(id, "bob").ok());
  EXPECT_TRUE(recording->stop().stop_requested());
  EXPECT_EQ(catalog_->Get(id)->state, SnapshotState::kWriting);
  const absl::Status written = recording->Write("data");
  EXPECT_TRUE(absl::IsCancelled(written)) << written;
  recording->Fail(written);
  EXPECT_EQ(catalog_->Get(id)->state, SnapshotState::kCancelled);
  EXPECT_EQ(catalog_->Get(id)->error, "cancelled by bob");
  EXPECT_TRUE(Blobs().empty());
  EXPECT_EQ(ReasonOf(catalog_->OpenSnapshot(id).status()),
            "SNAPSHOT_NOT_READY");
  // Another one, and others, may go on.
  EXPECT_TRUE(catalog_->Cancel(id, "carol").ok());
  EXPECT_EQ(catalog_->Get(id)->error, "cancelled by bob");
  EXPECT_TRUE(Record("cache", {101}).ok());
  EXPECT_TRUE(catalog_->Delete(id).ok());
}

TEST_F(SnapshotCatalogTest, WhatIsDoneIsNotCancelled) {
  const std::string ready = *Record("cache", {101});
  EXPECT_EQ(ReasonOf(catalog_->Cancel(ready, "bob")), "SNAPSHOT_DONE");
  auto recording = *Begin();
  const std::string failed = recording->record().snapshot;
  recording->Fail(absl::UnknownError("no"));
  EXPECT_EQ(ReasonOf(catalog_->Cancel(failed, "bob")), "SNAPSHOT_DONE");
  EXPECT_EQ(ReasonOf(catalog_->Cancel("none", "bob")), "SNAPSHOT_NOT_FOUND");
  EXPECT_TRUE(catalog_->OpenSnapshot(ready).ok());
}

TEST_F(SnapshotCatalogTest, CancelledAnywhereASnapshotIsWholeOrAbsent) {
  for (const bool commits : {false, true}) {
    bool finished = false;
    for (int place = 0; !finished; ++place) {
      SCOPED_TRACE(absl::StrCat("place ", place, commits ? ", done" : ""));
      int writes = 0;
      {
        absl::MutexLock lock(&state_->mu);
        state_->commits_though_stopped = commits;
        state_->on_write = [&] {
          if (writes++ != place) return;
          const std::string id =
              catalog_->List({}, 1, "")->snapshots[0].snapshot;
          EXPECT_TRUE(catalog_->Cancel(id, "bob").ok());
        };
      }
      const absl::StatusOr<std::string> id = Record("cache", {101, 103});
      finished = writes <= place;
      EXPECT_EQ(id.ok(), finished);
      EXPECT_EQ(Blobs().size(), finished ? 3u : 0u);
      const SnapshotRecord last = catalog_->List({}, 1, "")->snapshots[0];
      EXPECT_EQ(last.state,
                finished ? SnapshotState::kReady : SnapshotState::kCancelled);
      EXPECT_TRUE(!finished || place >= 8) << "too few places";
      ASSERT_TRUE(catalog_->Delete(last.snapshot).ok());
    }
  }
}

TEST_F(SnapshotCatalogTest, WhatTriggeredASnapshotIsKept) {
  SnapshotOrder order = {"cache", "1", "label", "heapd", false};
  order.trigger = SnapshotTrigger::kRule;
  order.rule = "big";
  const auto recording = *catalog_->Begin(order);
  ASSERT_TRUE(recording->Write("{}").ok());
  ASSERT_TRUE(recording->Finish({1, 1, 1, 16}, {}).ok());
  Restart();
  const SnapshotRecord record = *catalog_->Get(recording->record().snapshot);
  EXPECT_EQ(record.trigger, SnapshotTrigger::kRule);
  EXPECT_EQ(record.rule, "big");
}

TEST_F(SnapshotCatalogTest, AnAbandonedSnapshotFails) {
  const std::string id = (*Begin())->record().snapshot;
  EXPECT_EQ(catalog_->Get(id)->state, SnapshotState::kFailed);
}

TEST_F(SnapshotCatalogTest, OnlySoManyRunAtATime) {
  auto first = *Begin();
  const auto second = *Begin();
  EXPECT_EQ(ReasonOf(Begin().status()), "SNAPSHOT_RUNNING");
  first.reset();
  EXPECT_TRUE(Begin().ok());
}

TEST_F(SnapshotCatalogTest, TheFloorOfFreeDiskIsKept) {
  const auto running = *Begin();
  {
    absl::MutexLock lock(&state_->mu);
    state_->free_bytes = 1 << 20;
  }
  EXPECT_EQ(ReasonOf(Begin().status()), "STORAGE_FULL");
  EXPECT_EQ(ReasonOf(running->Write("data")), "STORAGE_FULL");
}

TEST_F(SnapshotCatalogTest, ADeletedSnapshotLeavesNothing) {
  const std::string id = *Record("cache", {101});
  ASSERT_TRUE(catalog_->Delete(id).ok());
  EXPECT_TRUE(Blobs().empty());
  EXPECT_EQ(ReasonOf(catalog_->Delete(id)), "SNAPSHOT_NOT_FOUND");
}

TEST_F(SnapshotCatalogTest, IdsOfCallersAreNoNames) {
  for (const char* id : {"", "..", "../x", "/etc/passwd", "a/b"}) {
    EXPECT_EQ(ReasonOf(catalog_->Get(id).status()), "SNAPSHOT_NOT_FOUND");
    EXPECT_EQ(ReasonOf(catalog_->Delete(id)), "SNAPSHOT_NOT_FOUND");
    EXPECT_EQ(ReasonOf(catalog_->OpenSnapshot(id).status()),
              "SNAPSHOT_NOT_FOUND");
  }
}

TEST_F(SnapshotCatalogTest, BrokenManifestsAreIgnoredAndKept) {
  const std::string id = *Record("cache", {101});
  {
    absl::MutexLock lock(&state_->mu);
    state_->blobs["broken.manifest.json"] = "{\"snapshot\":";
    state_->blobs["list.manifest.json"] = "[]";
    state_->blobs["other.manifest.json"] = state_->blobs[id + ".manifest.json"];
    state_->blobs["stray.heapsnapshot"] = "x";
  }
  Restart();
  EXPECT_THAT(Ids(*catalog_->List({}, 100, "")), ElementsAre(id));
  EXPECT_EQ(Blobs().size(), 7u);
}

TEST_F(SnapshotCatalogTest, AManifestWithoutItsWholeFileIsIgnored) {
  const std::string cut = *Record("cache", {101});
  const std::string gone = *Record("cache", {101});
  {
    absl::MutexLock lock(&state_->mu);
    state_->blobs[cut + ".heapsnapshot"].pop_back();
    state_->blobs.erase(gone + ".heapsnapshot");
  }
  Restart();
  EXPECT_TRUE(catalog_->List({}, 100, "")->snapshots.empty());
}

TEST_F(SnapshotCatalogTest, PagesAreNewestFirstAndStayRight) {
  std::vector<std::string> ids;
  for (int i = 0; i < 5; ++i) ids.push_back(*Record("cache", {101}));
  Record("other", {101}).value();
  const SnapshotPage first = *catalog_->List({.heap = "cache"}, 2, "");
  EXPECT_THAT(Ids(first), ElementsAre(ids[4], ids[3]));
  // What comes or goes in front changes nothing behind.
  Record("cache", {101}).value();
  ASSERT_TRUE(catalog_->Delete(ids[3]).ok());
  const SnapshotPage second =
      *catalog_->List({.heap = "cache"}, 2, first.next_page_token);
  EXPECT_THAT(Ids(second), ElementsAre(ids[2], ids[1]));
  const SnapshotPage third =
      *catalog_->List({.heap = "cache"}, 2, second.next_page_token);
  EXPECT_THAT(Ids(third), ElementsAre(ids[0]));
  EXPECT_TRUE(third.next_page_token.empty());
}

TEST_F(SnapshotCatalogTest, AListShowsWhatItsFilterSays) {
  const auto take = [this](const std::string& heap, const std::string& label,
                           SnapshotTrigger trigger) {
    SnapshotOrder order = {heap, "1", label, "alice", false};
    order.trigger = trigger;
    const auto recording = *catalog_->Begin(order);
    EXPECT_TRUE(recording->Write("{}").ok());
    EXPECT_TRUE(recording->Finish({1, 1, 1, 16}, {}).ok());
    return recording->record().snapshot;
  };
  const std::string a = take("cache", "x", SnapshotTrigger::kRequested);
  const std::string b = take("cache", "y", SnapshotTrigger::kSchedule);
  const std::string c = take("other", "x", SnapshotTrigger::kSchedule);
  const auto running = *Begin();
  const std::string d = running->record().snapshot;
  const auto list = [this](const SnapshotFilter& filter) {
    return Ids(*catalog_->List(filter, 100, ""));
  };
  EXPECT_THAT(list({}), ElementsAre(d, c, b, a));
  EXPECT_THAT(list({.heap = "cache"}), ElementsAre(d, b, a));
  EXPECT_THAT(list({.state = SnapshotState::kWriting}), ElementsAre(d));
  EXPECT_THAT(list({.trigger = SnapshotTrigger::kSchedule}), ElementsAre(c, b));
  EXPECT_THAT(list({.label = "x"}), ElementsAre(c, a));
  EXPECT_THAT(list({.destination = "memory"}), ElementsAre(d, c, b, a));
  EXPECT_THAT(list({.destination = "other"}), ElementsAre());
  const absl::Time of_b = catalog_->Get(b)->create_time;
  EXPECT_THAT(list({.start = of_b}), ElementsAre(d, c, b));
  EXPECT_THAT(list({.end = of_b}), ElementsAre(a));
  EXPECT_THAT(list({.heap = "cache",
                    .state = SnapshotState::kReady,
                    .trigger = SnapshotTrigger::kSchedule,
                    .label = "y",
                    .destination = "memory",
                    .start = of_b,
                    .end = of_b + absl::Nanoseconds(1)}),
              ElementsAre(b));
  // A page goes on where the one before ended, whatever came in between.
  const SnapshotFilter filter = {.trigger = SnapshotTrigger::kSchedule};
  const SnapshotPage first = *catalog_->List(filter, 1, "");
  EXPECT_THAT(Ids(first), ElementsAre(c));
  take("cache", "z", SnapshotTrigger::kSchedule);
  const SnapshotPage second = *catalog_->List(filter, 1, first.next_page_token);
  EXPECT_THAT(Ids(second), ElementsAre(b));
  EXPECT_TRUE(second.next_page_token.empty());
}

TEST_F(SnapshotCatalogTest, AnInventedPageTokenIsRefused) {
  for (const char* token : {"x", "!!", "MTIz", "Li4vLi4"}) {
    EXPECT_EQ(FieldOf(catalog_->List({}, 2, token).status()), "page_token")
        << token;
  }
}

TEST_F(SnapshotCatalogTest, SnapshotsOfOneHeapAreCompared) {
  const std::string base = *Record("cache", {101, 103});
  const std::string later = *Record("cache", {103, 105, 107});
  const std::vector<ComparisonRow> rows =
      catalog_->Compare(base, later)->classes;
  EXPECT_THAT(rows, ElementsAre(ComparisonRow{"A", 2, 1, 32, 16}));
}

TEST_F(SnapshotCatalogTest, SnapshotsOfDifferentHeapsAreNotCompared) {
  const std::string base = *Record("cache", {101});
  EXPECT_EQ(ReasonOf(catalog_->Compare(base, *Record("other", {101})).status()),
            "DIFFERENT_HEAPS");
  EXPECT_EQ(
      ReasonOf(catalog_->Compare(base, *Record("cache", {101}, "2")).status()),
      "DIFFERENT_HEAPS");
  EXPECT_EQ(ReasonOf(catalog_->Compare(base, "none").status()),
            "SNAPSHOT_NOT_FOUND");
}

TEST_F(SnapshotCatalogTest, DifferentPartsOfAHeapAreNotCompared) {
  SnapshotOrder order = {"cache", "1", "label", "alice", false};
  const std::string whole = *Record(catalog_->Begin(order), {101});
  order.reduction.class_names = {"A"};
  const std::string part = *Record(catalog_->Begin(order), {101, 103});
  EXPECT_EQ(ReasonOf(catalog_->Compare(whole, part).status()),
            "DIFFERENT_REDUCTIONS");
  const std::string later = *Record(catalog_->Begin(order), {101});
  EXPECT_EQ(catalog_->Compare(part, later)->classes.size(), 1u);
  Restart();
  EXPECT_EQ(ReasonOf(catalog_->Compare(whole, part).status()),
            "DIFFERENT_REDUCTIONS");
}

TEST_F(SnapshotCatalogTest, AWatcherSeesChangesAndTheEnd) {
  auto recording = *Begin();
  const std::string id = recording->record().snapshot;
  uint64_t version = 0;
  ASSERT_TRUE(catalog_->AwaitChange(id, absl::Seconds(30), version).ok());
  std::thread writer([&] {
    ASSERT_TRUE(recording->Write("12345").ok());
    recording->Fail(absl::UnknownError("enough"));
  });
  SnapshotRecord seen;
  while (seen.state == SnapshotState::kWriting) {
    seen = *catalog_->AwaitChange(id, absl::Seconds(30), version);
  }
  writer.join();
  EXPECT_EQ(seen.error, "enough");
}

TEST_F(SnapshotCatalogTest, ClosingEndsWaitsAndRecordings) {
  const auto recording = *Begin();
  uint64_t version = 0;
  const std::string id = recording->record().snapshot;
  ASSERT_TRUE(catalog_->AwaitChange(id, absl::Seconds(30), version).ok());
  std::thread closer([&] { catalog_->Close(); });
  const absl::Time start = absl::Now();
  EXPECT_TRUE(catalog_->AwaitChange(id, absl::Seconds(60), version).ok());
  EXPECT_LT(absl::Now() - start, absl::Seconds(30));
  closer.join();
  EXPECT_TRUE(absl::IsCancelled(recording->Write("x")));
  recording->Fail(absl::CancelledError("the daemon stops"));
  EXPECT_EQ(catalog_->Get(id)->state, SnapshotState::kFailed);
  EXPECT_EQ(catalog_->Get(id)->error, "the daemon stops");
}

TEST_F(SnapshotCatalogTest, TextOfCallersCannotForgeAManifest) {
  SnapshotRecord record;
  record.snapshot = "s";
  record.label = "\"}\n{\"snapshot\":\"t\xff";
  record.create_time = absl::UnixEpoch();
  const SnapshotRecord read = *ReadManifest("s", WriteManifest(record));
  EXPECT_EQ(read.label, "\"}\n{\"snapshot\":\"t\xef\xbf\xbd");
  EXPECT_FALSE(ReadManifest("t", WriteManifest(record)).ok());
}

}  // namespace
}  // namespace heapd::server
