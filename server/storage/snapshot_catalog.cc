#include "server/storage/snapshot_catalog.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "heap/base/error.h"
#include "heap/base/status_macros.h"
#include "server/base/reasons.h"
#include "server/ops/logging.h"
#include "server/storage/snapshot_files.h"
#include "server/storage/snapshot_recording.h"

namespace heapd::server {
namespace {

constexpr size_t kMaxManifestBytes = 64 << 10;
constexpr size_t kKeptFailures = 100;

}  // namespace

absl::Status SnapshotNotFound(const std::string& snapshot) {
  return MakeError(absl::StatusCode::kNotFound, reason::kSnapshotNotFound,
                   absl::StrCat("no snapshot '", snapshot, "'"));
}

absl::StatusOr<std::unique_ptr<SnapshotCatalog>> SnapshotCatalog::Open(
    std::unique_ptr<BlobStore> store, const SnapshotCatalogOptions& options) {
  std::unique_ptr<SnapshotCatalog> catalog(
      new SnapshotCatalog(std::move(store), options));
  HEAPD_RETURN_IF_ERROR(catalog->Load());
  return catalog;
}

absl::Status SnapshotCatalog::Load() {
  HEAPD_ASSIGN_OR_RETURN(const std::vector<std::string> names, store_->List());
  for (const std::string& name : names) {
    absl::string_view id = name;
    if (!absl::ConsumeSuffix(&id, kManifestEnding)) continue;
    absl::StatusOr<SnapshotRecord> record = LoadManifest(std::string(id));
    if (!record.ok()) {
      LogWarning("manifest_ignored",
                 {{"file", name}, {"error", record.status()}});
      continue;
    }
    absl::MutexLock lock(&mu_);
    entries_[record->snapshot].record = *std::move(record);
  }
  return absl::OkStatus();
}

absl::StatusOr<SnapshotRecord> SnapshotCatalog::LoadManifest(
    const std::string& snapshot) const {
  HEAPD_ASSIGN_OR_RETURN(const std::unique_ptr<BlobReader> blob,
                         store_->Open(absl::StrCat(snapshot, kManifestEnding)));
  if (blob->size_bytes() > kMaxManifestBytes) {
    return absl::InvalidArgumentError("too large for a manifest");
  }
  std::string text(blob->size_bytes(), '\0');
  HEAPD_ASSIGN_OR_RETURN(const size_t read,
                         blob->Read(0, absl::MakeSpan(text)));
  text.resize(read);
  HEAPD_ASSIGN_OR_RETURN(SnapshotRecord record, ReadManifest(snapshot, text));
  HEAPD_ASSIGN_OR_RETURN(const std::unique_ptr<BlobReader> file,
                         store_->Open(absl::StrCat(snapshot, kSnapshotEnding)));
  if (file->size_bytes() != record.size_bytes) {
    return absl::DataLossError("the snapshot has another size");
  }
  record.storage = std::string(store_->name());
  return record;
}

absl::Status SnapshotCatalog::CheckFreeBytes() const {
  HEAPD_ASSIGN_OR_RETURN(const uint64_t free_bytes, store_->FreeBytes());
  if (free_bytes >= options_.min_free_bytes) return absl::OkStatus();
  return MakeError(absl::StatusCode::kResourceExhausted, reason::kStorageFull,
                   absl::StrCat("the snapshot storage has ", free_bytes,
                                " bytes free, below the floor of ",
                                options_.min_free_bytes));
}

absl::StatusOr<std::unique_ptr<SnapshotRecording>> SnapshotCatalog::Begin(
    const SnapshotOrder& order) {
  HEAPD_RETURN_IF_ERROR(CheckFreeBytes());
  SnapshotRecord record;
  record.create_time = absl::Now();
  record.snapshot = NewSnapshotId(order.heap, record.create_time);
  record.heap = order.heap;
  record.heap_instance = order.heap_instance;
  record.label = order.label;
  record.requested_by = order.requested_by;
  record.includes_strings = order.include_strings;
  record.storage = std::string(store_->name());
  HEAPD_RETURN_IF_ERROR(Register(record));
  // From here on its destructor takes the record out of WRITING.
  std::unique_ptr<SnapshotRecording> recording(
      new SnapshotRecording(this, record));
  const absl::Status opened = recording->Open();
  if (!opened.ok()) {
    recording->Fail(opened);
    return opened;
  }
  return recording;
}

absl::Status SnapshotCatalog::Register(const SnapshotRecord& record) {
  absl::MutexLock lock(&mu_);
  if (running_ >= options_.max_running) {
    return MakeError(absl::StatusCode::kResourceExhausted,
                     reason::kSnapshotRunning,
                     absl::StrCat(running_, " snapshots are being taken"));
  }
  ++running_;
  entries_[record.snapshot].record = record;
  return absl::OkStatus();
}

void SnapshotCatalog::Publish(const SnapshotRecord& record) {
  absl::MutexLock lock(&mu_);
  Entry& entry = entries_[record.snapshot];
  const bool ends = entry.record.state == SnapshotState::kWriting &&
                    record.state != SnapshotState::kWriting;
  entry.record = record;
  ++entry.version;
  if (!ends) return;
  --running_;
  ForgetOldFailures();
}

void SnapshotCatalog::ForgetOldFailures() {
  size_t failures = 0;
  auto oldest = entries_.end();
  for (auto it = entries_.begin(); it != entries_.end(); ++it) {
    if (it->second.record.state != SnapshotState::kFailed) continue;
    ++failures;
    if (oldest == entries_.end() ||
        it->second.record.create_time < oldest->second.record.create_time) {
      oldest = it;
    }
  }
  if (failures > kKeptFailures) entries_.erase(oldest);
}

absl::StatusOr<SnapshotRecord> SnapshotCatalog::Get(
    const std::string& snapshot) const {
  absl::MutexLock lock(&mu_);
  const auto found = entries_.find(snapshot);
  if (found == entries_.end()) return SnapshotNotFound(snapshot);
  return found->second.record;
}

absl::StatusOr<SnapshotRecord> SnapshotCatalog::AwaitChange(
    const std::string& snapshot, absl::Duration timeout,
    uint64_t& version) const {
  absl::MutexLock lock(&mu_);
  const auto changed = [&]() ABSL_SHARED_LOCKS_REQUIRED(mu_) {
    const auto found = entries_.find(snapshot);
    return closed_ || found == entries_.end() ||
           found->second.version != version;
  };
  mu_.AwaitWithTimeout(absl::Condition(&changed), timeout);
  const auto found = entries_.find(snapshot);
  if (found == entries_.end()) return SnapshotNotFound(snapshot);
  version = found->second.version;
  return found->second.record;
}

absl::StatusOr<SnapshotRecord> SnapshotCatalog::GetReady(
    const std::string& snapshot) const {
  HEAPD_ASSIGN_OR_RETURN(SnapshotRecord record, Get(snapshot));
  if (record.state == SnapshotState::kReady) return record;
  return MakeError(absl::StatusCode::kFailedPrecondition,
                   reason::kSnapshotNotReady,
                   absl::StrCat("snapshot '", snapshot,
                                record.state == SnapshotState::kFailed
                                    ? "' failed"
                                    : "' is still being written"));
}

absl::StatusOr<std::unique_ptr<BlobReader>> SnapshotCatalog::OpenSnapshot(
    const std::string& snapshot) const {
  HEAPD_RETURN_IF_ERROR(GetReady(snapshot).status());
  return store_->Open(absl::StrCat(snapshot, kSnapshotEnding));
}

absl::Status SnapshotCatalog::Delete(const std::string& snapshot) {
  HEAPD_ASSIGN_OR_RETURN(const SnapshotRecord record, Get(snapshot));
  if (record.state == SnapshotState::kWriting) {
    return MakeError(
        absl::StatusCode::kFailedPrecondition, reason::kSnapshotRunning,
        absl::StrCat("snapshot '", snapshot, "' is still being written"));
  }
  if (record.state == SnapshotState::kReady) {
    const absl::Status gone =
        store_->Delete(absl::StrCat(snapshot, kManifestEnding));
    if (!gone.ok() && !absl::IsNotFound(gone)) return gone;
    for (absl::string_view ending : {kSnapshotEnding, kIndexEnding}) {
      const absl::Status deleted =
          store_->Delete(absl::StrCat(snapshot, ending));
      if (deleted.ok() || absl::IsNotFound(deleted)) continue;
      // Without its manifest the snapshot is gone; this only keeps disk.
      LogWarning("snapshot_file_left",
                 {{"snapshot", snapshot}, {"error", deleted}});
    }
  }
  absl::MutexLock lock(&mu_);
  entries_.erase(snapshot);
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<NodeIndexReader>> SnapshotCatalog::OpenIndex(
    const std::string& snapshot) const {
  HEAPD_ASSIGN_OR_RETURN(std::unique_ptr<BlobReader> blob,
                         store_->Open(absl::StrCat(snapshot, kIndexEnding)));
  return NodeIndexReader::Open(std::move(blob));
}

absl::StatusOr<std::vector<ComparisonRow>> SnapshotCatalog::Compare(
    const std::string& base_snapshot, const std::string& snapshot) const {
  HEAPD_ASSIGN_OR_RETURN(const SnapshotRecord base, GetReady(base_snapshot));
  HEAPD_ASSIGN_OR_RETURN(const SnapshotRecord later, GetReady(snapshot));
  if (base.heap != later.heap || base.heap_instance != later.heap_instance) {
    return MakeError(
        absl::StatusCode::kInvalidArgument, reason::kDifferentHeaps,
        absl::StrCat("'", base_snapshot, "' and '", snapshot,
                     base.heap == later.heap
                         ? "' show different lives of this heap's name"
                         : "' show different heaps"));
  }
  HEAPD_ASSIGN_OR_RETURN(const std::unique_ptr<NodeIndexReader> base_index,
                         OpenIndex(base_snapshot));
  HEAPD_ASSIGN_OR_RETURN(const std::unique_ptr<NodeIndexReader> later_index,
                         OpenIndex(snapshot));
  return CompareIndexes(*base_index, *later_index);
}

void SnapshotCatalog::Close() {
  absl::MutexLock lock(&mu_);
  closed_ = true;
}

bool SnapshotCatalog::closed() const {
  absl::MutexLock lock(&mu_);
  return closed_;
}

}  // namespace heapd::server
