// The catalog over several stores, and after a process that was killed.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "heap/base/error.h"
#include "server/storage/snapshot_catalog.h"
#include "server/storage/snapshot_recording.h"
#include "tests/server/storage/memory_store.h"
#include "tests/server/support/temporary_directory.h"

namespace heapd::server {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

class SnapshotDestinationsTest : public ::testing::Test {
 protected:
  SnapshotDestinationsTest() { Restart(); }

  void Restart() {
    catalog_.reset();
    std::vector<std::unique_ptr<BlobStore>> stores;
    stores.push_back(std::make_unique<MemoryStore>(near_, "near"));
    stores.push_back(std::make_unique<MemoryStore>(far_, "far", true));
    catalog_ = *SnapshotCatalog::Open(
        std::move(stores), *SnapshotJournal::Open(above_.Path("state")),
        {.max_running = 4, .load_pause = absl::Milliseconds(1)});
    EXPECT_TRUE(catalog_->AwaitLoaded(absl::Seconds(30)));
  }

  absl::StatusOr<std::unique_ptr<SnapshotRecording>> Begin(
      const std::string& destination,
      Compression compression = Compression::kNone) {
    return catalog_->Begin(
        {"cache", "1", "label", "alice", false, destination, compression});
  }

  static absl::Status Fill(SnapshotRecording& recording) {
    absl::Status status = recording.Class("A", "");
    if (status.ok()) status = recording.Node(101, 0, 16);
    if (status.ok()) status = recording.Write(std::string(10'000, 'x'));
    return status;
  }

  std::string Record(const std::string& destination,
                     Compression compression = Compression::kNone) {
    const auto recording = *Begin(destination, compression);
    EXPECT_TRUE(Fill(*recording).ok());
    EXPECT_TRUE(recording->Finish({1, 1, 1, 16}, {}).ok());
    return recording->record().snapshot;
  }

  static std::vector<std::string> Blobs(
      const std::shared_ptr<MemoryStore::State>& state) {
    return *MemoryStore(state).List();
  }

  std::vector<std::string> Notes() {
    std::vector<std::string> names;
    for (const auto& entry :
         std::filesystem::directory_iterator(above_.Path("state"))) {
      names.push_back(entry.path().filename());
    }
    return names;
  }

  TemporaryDirectory above_;
  const std::shared_ptr<MemoryStore::State> near_ =
      std::make_shared<MemoryStore::State>();
  const std::shared_ptr<MemoryStore::State> far_ =
      std::make_shared<MemoryStore::State>();
  std::unique_ptr<SnapshotCatalog> catalog_;
};

TEST_F(SnapshotDestinationsTest, ASnapshotGoesWhereItIsSent) {
  const std::string here = Record("");
  const std::string there = Record("far");
  EXPECT_EQ(catalog_->Get(here)->storage, "near");
  EXPECT_EQ(catalog_->Get(there)->storage, "far");
  EXPECT_THAT(Blobs(near_), SizeIs(3));
  EXPECT_THAT(Blobs(far_), SizeIs(3));
  Restart();
  EXPECT_EQ(catalog_->Get(there)->storage, "far");
  EXPECT_TRUE(catalog_->OpenSnapshot(there).ok());
  EXPECT_THAT(catalog_->Compare(here, there)->classes, IsEmpty());
  ASSERT_TRUE(catalog_->Delete(there).ok());
  EXPECT_THAT(Blobs(far_), IsEmpty());
  EXPECT_THAT(Blobs(near_), SizeIs(3));
}

TEST_F(SnapshotDestinationsTest, AnUnknownDestinationIsRefused) {
  const absl::Status refused = Begin("elsewhere").status();
  EXPECT_EQ(FieldOf(refused), "destination");
  EXPECT_THAT(std::string(refused.message()), HasSubstr("near, far"));
  EXPECT_THAT(Notes(), IsEmpty());
}

TEST_F(SnapshotDestinationsTest, ACompressedSnapshotIsWhatItsFiguresSay) {
  for (const Compression kind : {Compression::kZstd, Compression::kGzip}) {
    const std::string id = Record("near", kind);
    Restart();
    const SnapshotRecord record = *catalog_->Get(id);
    EXPECT_EQ(record.compression, kind);
    EXPECT_EQ(record.uncompressed_size_bytes, 10'000u);
    EXPECT_LT(record.size_bytes, 200u);
    EXPECT_EQ((*catalog_->OpenSnapshot(id))->size_bytes(), record.size_bytes);
    EXPECT_THAT(Blobs(near_),
                UnorderedElementsAre(
                    absl::StrCat(id, ".heapsnapshot", CompressionEnding(kind)),
                    id + ".nodes", id + ".manifest.json"));
    ASSERT_TRUE(catalog_->Delete(id).ok());
    EXPECT_THAT(Blobs(near_), IsEmpty());
  }
}

TEST_F(SnapshotDestinationsTest, AManifestOfVersionOneIsRead) {
  const std::string id = Record("near");
  {
    absl::MutexLock lock(&near_->mu);
    near_->blobs[id + ".manifest.json"] = absl::StrCat(
        R"({"manifest_version":1,"snapshot":")", id,
        R"(","heap":"cache","heap_instance":"1","label":"","duration_nanos":1,
        "create_time_unix_nanos":1,"pause_nanos":1,"size_bytes":10000,
        "sha256":"00","node_count":1,"edge_count":1,"total_self_size_bytes":1,
        "requested_by":"a","includes_strings":false})");
  }
  Restart();
  EXPECT_EQ(catalog_->Get(id)->uncompressed_size_bytes, 10'000u);
  EXPECT_EQ(catalog_->Get(id)->compression, Compression::kNone);
}

TEST_F(SnapshotDestinationsTest, TheJournalHasWhatIsBeingWritten) {
  auto recording = *Begin("far");
  EXPECT_THAT(Notes(), ElementsAre(recording->record().snapshot + ".writing"));
  recording.reset();
  EXPECT_THAT(Notes(), IsEmpty());
  Record("far");
  EXPECT_THAT(Notes(), IsEmpty());
}

TEST_F(SnapshotDestinationsTest, WhatAKilledProcessLeftIsRemoved) {
  const std::string whole = Record("far");
  catalog_.reset();
  // As they are after SIGKILL: a file without a manifest in each store, a
  // snapshot that was stored but is still noted, and one of a destination that
  // is not there any more.
  {
    const auto journal = *SnapshotJournal::Open(above_.Path("state"));
    ASSERT_TRUE(journal->Add({"half-1", "far", Compression::kZstd}).ok());
    ASSERT_TRUE(journal->Add({"half-2", "near", Compression::kNone}).ok());
    ASSERT_TRUE(journal->Add({whole, "far", Compression::kNone}).ok());
    ASSERT_TRUE(journal->Add({"half-3", "gone", Compression::kNone}).ok());
  }
  {
    absl::MutexLock lock(&far_->mu);
    far_->blobs["half-1.heapsnapshot.zst"] = "x";
    far_->blobs["half-1.nodes"] = "x";
    far_->blobs["others.heapsnapshot"] = "x";
  }
  {
    absl::MutexLock lock(&near_->mu);
    near_->blobs["half-2.heapsnapshot"] = "x";
  }
  Restart();
  EXPECT_TRUE(catalog_->Get(whole).ok());
  EXPECT_THAT(
      Blobs(far_),
      UnorderedElementsAre(whole + ".heapsnapshot", whole + ".nodes",
                           whole + ".manifest.json", "others.heapsnapshot"));
  EXPECT_THAT(Blobs(near_), IsEmpty());
  EXPECT_THAT(Notes(), ElementsAre("half-3.writing"));
}

TEST_F(SnapshotDestinationsTest, AStoreOutOfReachIsReadLater) {
  const std::string id = Record("far");
  {
    absl::MutexLock lock(&far_->mu);
    far_->failing_lists = 3;
  }
  Restart();
  EXPECT_TRUE(catalog_->Get(id).ok());
}

TEST_F(SnapshotDestinationsTest, WhatCannotBeRemovedYetHidesNothing) {
  const std::string whole = Record("far");
  catalog_.reset();
  {
    const auto journal = *SnapshotJournal::Open(above_.Path("state"));
    ASSERT_TRUE(journal->Add({"half", "far", Compression::kNone}).ok());
  }
  {
    absl::MutexLock lock(&far_->mu);
    far_->blobs["half.heapsnapshot"] = "x";
    far_->failing_discards = 1'000'000'000;
  }
  std::vector<std::unique_ptr<BlobStore>> stores;
  stores.push_back(std::make_unique<MemoryStore>(far_, "far", true));
  catalog_ = *SnapshotCatalog::Open(
      std::move(stores), *SnapshotJournal::Open(above_.Path("state")),
      {.load_pause = absl::Milliseconds(1)});
  while (!catalog_->Get(whole).ok()) absl::SleepFor(absl::Milliseconds(1));
  EXPECT_FALSE(catalog_->AwaitLoaded(absl::ZeroDuration()));
  EXPECT_THAT(Notes(), ElementsAre("half.writing"));
  {
    absl::MutexLock lock(&far_->mu);
    far_->failing_discards = 0;
  }
  EXPECT_TRUE(catalog_->AwaitLoaded(absl::Seconds(90)));
  EXPECT_THAT(Notes(), IsEmpty());
  EXPECT_EQ(Blobs(far_).size(), 3u);
}

TEST_F(SnapshotDestinationsTest, WhatADeletionLeftIsRemovedAtTheNextStart) {
  const std::string id = Record("near");
  const std::string kept = Record("near");
  {
    absl::MutexLock lock(&near_->mu);
    near_->undeletable = ".nodes";
  }
  ASSERT_TRUE(catalog_->Delete(id).ok());
  EXPECT_THAT(Notes(), ElementsAre(id + ".writing"));
  EXPECT_THAT(Blobs(near_), Contains(id + ".nodes"));
  // What keeps its manifest stays, and is no note.
  {
    absl::MutexLock lock(&near_->mu);
    near_->undeletable = ".manifest.json";
  }
  EXPECT_TRUE(absl::IsUnavailable(catalog_->Delete(kept)));
  EXPECT_THAT(Notes(), ElementsAre(id + ".writing"));
  Restart();
  EXPECT_THAT(Notes(), IsEmpty());
  EXPECT_THAT(Blobs(near_), SizeIs(3));
  EXPECT_TRUE(catalog_->OpenSnapshot(kept).ok());
}

TEST_F(SnapshotDestinationsTest, WhatACancelledOneLeftIsRemovedLater) {
  auto recording = *Begin("far");
  const std::string id = recording->record().snapshot;
  {
    absl::MutexLock lock(&far_->mu);
    far_->blobs[id + ".nodes"] = "x";
    far_->failing_discards = 3;
  }
  ASSERT_TRUE(catalog_->Cancel(id, "bob").ok());
  recording.reset();
  EXPECT_EQ(catalog_->Get(id)->state, SnapshotState::kCancelled);
  const absl::Time give_up = absl::Now() + absl::Seconds(90);
  while (!Notes().empty() && absl::Now() < give_up) {
    absl::SleepFor(absl::Milliseconds(1));
  }
  EXPECT_THAT(Notes(), IsEmpty());
  EXPECT_THAT(Blobs(far_), IsEmpty());
  absl::MutexLock lock(&far_->mu);
  EXPECT_EQ(far_->failing_discards, 0);
}

TEST_F(SnapshotDestinationsTest, AStoreOutOfReachDoesNotHoldTheStartUp) {
  const std::string here = Record("near");
  {
    absl::MutexLock lock(&far_->mu);
    far_->failing_lists = 1'000'000'000;
  }
  catalog_.reset();
  std::vector<std::unique_ptr<BlobStore>> stores;
  stores.push_back(std::make_unique<MemoryStore>(near_, "near"));
  stores.push_back(std::make_unique<MemoryStore>(far_, "far", true));
  catalog_ = *SnapshotCatalog::Open(std::move(stores), nullptr, {});
  EXPECT_TRUE(catalog_->Get(here).ok());
  EXPECT_FALSE(catalog_->AwaitLoaded(absl::ZeroDuration()));
  catalog_->Close();
}

}  // namespace
}  // namespace heapd::server
