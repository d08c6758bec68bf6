// How a SnapshotCatalog comes to know what its stores have, and how it removes
// what a process that was killed has left there.

#include <pthread.h>

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "heap/base/status_macros.h"
#include "server/ops/logging.h"
#include "server/storage/snapshot_catalog.h"
#include "server/storage/snapshot_files.h"

namespace heapd::server {
namespace {

constexpr size_t kMaxManifestBytes = 64 << 10;
constexpr absl::Duration kMaxLoadPause = absl::Minutes(1);

}  // namespace

absl::StatusOr<std::unique_ptr<SnapshotCatalog>> SnapshotCatalog::Open(
    std::vector<std::unique_ptr<BlobStore>> stores,
    std::unique_ptr<SnapshotJournal> journal,
    const SnapshotCatalogOptions& options) {
  std::unique_ptr<SnapshotCatalog> catalog(
      new SnapshotCatalog(std::move(stores), std::move(journal), options));
  HEAPD_RETURN_IF_ERROR(catalog->LoadLocal());
  return catalog;
}

absl::Status SnapshotCatalog::LoadLocal() {
  if (journal_ != nullptr) {
    HEAPD_ASSIGN_OR_RETURN(remains_, journal_->Entries());
  }
  LoadBudget();
  bool any_remote = false;
  for (const std::unique_ptr<BlobStore>& store : stores_) {
    any_remote = any_remote || store->is_remote();
    if (!store->is_remote()) HEAPD_RETURN_IF_ERROR(LoadStore(*store));
  }
  for (const JournalEntry& entry : remains_) {
    if (FindStore(entry.destination).ok()) continue;
    LogWarning("snapshot_remains",
               {{"snapshot", entry.snapshot},
                {"destination", entry.destination},
                {"error", "this destination is not configured any more"}});
  }
  if (any_remote) loader_ = std::thread([this] { LoadRemote(); });
  return absl::OkStatus();
}

void SnapshotCatalog::LoadBudget() {
  if (journal_ == nullptr || !options_.captures.any()) return;
  absl::StatusOr<std::string> text = journal_->ReadBudget();
  if (absl::IsNotFound(text.status())) return;
  absl::MutexLock lock(&mu_);
  absl::Status read = text.status();
  if (read.ok()) read = budget_.Read(*text, options_.now());
  counts_loaded_ = !read.ok();
  if (read.ok()) return;
  LogWarning("capture_counts_ignored",
             {{"error", read}, {"effect", "what the stores have counts"}});
}

void SnapshotCatalog::LoadRemote() {
  pthread_setname_np(pthread_self(), "snapshot_load");
  std::vector<BlobStore*> waiting;
  for (const std::unique_ptr<BlobStore>& store : stores_) {
    if (store->is_remote()) waiting.push_back(store.get());
  }
  absl::Duration pause = options_.load_pause;
  while (!closed()) {
    const auto end = std::remove_if(
        waiting.begin(), waiting.end(), [this](BlobStore* store) {
          const absl::Status loaded = LoadStore(*store);
          if (!loaded.ok() && !closed()) {
            LogWarning("destination_not_read",
                       {{"destination", store->name()}, {"error", loaded}});
          }
          return loaded.ok();
        });
    waiting.erase(end, waiting.end());
    const bool is_clean = RemoveLeftovers();
    absl::MutexLock lock(&mu_);
    if (waiting.empty() && is_clean) {
      const auto has_leftovers = [this]() ABSL_SHARED_LOCKS_REQUIRED(mu_) {
        return closed_ || !leftovers_.empty();
      };
      mu_.Await(absl::Condition(&has_leftovers));
      pause = options_.load_pause;
    }
    mu_.AwaitWithTimeout(absl::Condition(&closed_), pause);
    pause = std::min(pause * 2, kMaxLoadPause);
  }
}

void SnapshotCatalog::KeepLeftover(const SnapshotRecord& record) {
  absl::MutexLock lock(&mu_);
  leftovers_.push_back(record);
}

bool SnapshotCatalog::RemoveLeftovers() {
  std::vector<SnapshotRecord> leftovers;
  {
    absl::MutexLock lock(&mu_);
    leftovers.swap(leftovers_);
  }
  bool is_clean = true;
  for (const SnapshotRecord& record : leftovers) {
    const absl::Status removed =
        DiscardBlobs(StoreOf(record), record.snapshot, record.compression);
    if (removed.ok()) {
      NoteEnd(record.snapshot);
      LogInfo("snapshot_remains_removed",
              {{"snapshot", record.snapshot}, {"destination", record.storage}});
    } else if (!absl::IsFailedPrecondition(removed)) {
      is_clean = false;
      KeepLeftover(record);
    }
  }
  return is_clean;
}

absl::Status SnapshotCatalog::LoadStore(BlobStore& store) {
  absl::Status to_repeat;
  for (const JournalEntry& entry : remains_) {
    if (entry.destination != store.name()) continue;
    const absl::Status removed = RemoveRemains(store, entry);
    if (removed.ok()) continue;
    // Another time it may go, but not where a permission is missing.
    if (store.is_remote() && !absl::IsFailedPrecondition(removed)) {
      to_repeat.Update(removed);
      continue;
    }
    LogWarning("snapshot_file_left",
               {{"snapshot", entry.snapshot}, {"error", removed}});
  }
  // Whatever is left, what is whole can be listed.
  HEAPD_RETURN_IF_ERROR(Load(store));
  HEAPD_RETURN_IF_ERROR(to_repeat);
  absl::MutexLock lock(&mu_);
  --stores_to_load_;
  return absl::OkStatus();
}

absl::Status SnapshotCatalog::RemoveRemains(BlobStore& store,
                                            const JournalEntry& entry) {
  const absl::Status manifest =
      store.Open(absl::StrCat(entry.snapshot, kManifestEnding)).status();
  // With a manifest the snapshot is whole, and only the note is left.
  if (!manifest.ok()) {
    if (!absl::IsNotFound(manifest)) return manifest;
    HEAPD_RETURN_IF_ERROR(
        DiscardBlobs(store, entry.snapshot, entry.compression));
    LogInfo("snapshot_remains_removed",
            {{"snapshot", entry.snapshot}, {"destination", store.name()}});
  }
  NoteEnd(entry.snapshot);
  return absl::OkStatus();
}

absl::Status SnapshotCatalog::Load(const BlobStore& store) {
  HEAPD_ASSIGN_OR_RETURN(const std::vector<std::string> names, store.List());
  for (const std::string& name : names) {
    absl::string_view id = name;
    if (!absl::ConsumeSuffix(&id, kManifestEnding)) continue;
    // Taken since the start, or found by an earlier try.
    if (Get(std::string(id)).ok()) continue;
    absl::StatusOr<SnapshotRecord> record =
        LoadManifest(store, std::string(id));
    // A network that fails says nothing about the manifest.
    if (store.is_remote() && absl::IsUnavailable(record.status())) {
      return record.status();
    }
    if (absl::IsCancelled(record.status())) return record.status();
    if (!record.ok()) {
      LogWarning("manifest_ignored",
                 {{"file", name}, {"error", record.status()}});
      continue;
    }
    absl::MutexLock lock(&mu_);
    const bool added =
        entries_.try_emplace(record->snapshot, Entry{*record}).second;
    if (added) ++stored_;
    if (added && counts_loaded_) {
      budget_.AddFormer(record->create_time, record->size_bytes,
                        options_.now());
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<SnapshotRecord> SnapshotCatalog::LoadManifest(
    const BlobStore& store, const std::string& snapshot) const {
  HEAPD_ASSIGN_OR_RETURN(const std::unique_ptr<BlobReader> blob,
                         store.Open(absl::StrCat(snapshot, kManifestEnding)));
  if (blob->size_bytes() > kMaxManifestBytes) {
    return absl::InvalidArgumentError("too large for a manifest");
  }
  std::string text(blob->size_bytes(), '\0');
  HEAPD_ASSIGN_OR_RETURN(const size_t read,
                         blob->Read(0, absl::MakeSpan(text)));
  text.resize(read);
  HEAPD_ASSIGN_OR_RETURN(SnapshotRecord record, ReadManifest(snapshot, text));
  HEAPD_ASSIGN_OR_RETURN(
      const std::unique_ptr<BlobReader> file,
      store.Open(SnapshotFile(snapshot, record.compression)));
  if (file->size_bytes() != record.size_bytes) {
    return absl::DataLossError("the snapshot has another size");
  }
  record.storage = std::string(store.name());
  return record;
}

bool SnapshotCatalog::AwaitLoaded(absl::Duration timeout) const {
  absl::MutexLock lock(&mu_);
  const auto loaded = [this]() ABSL_SHARED_LOCKS_REQUIRED(mu_) {
    return stores_to_load_ == 0;
  };
  return mu_.AwaitWithTimeout(absl::Condition(&loaded), timeout);
}

}  // namespace heapd::server
