#include "server/storage/snapshot_recording.h"

#include "absl/strings/str_cat.h"
#include "heap/base/status_macros.h"
#include "server/ops/logging.h"
#include "server/storage/snapshot_files.h"

namespace heapd::server {
namespace {

constexpr uint64_t kDiskCheckBytes = uint64_t{16} << 20;

}  // namespace

SnapshotRecording::~SnapshotRecording() {
  Fail(absl::CancelledError("given up"));
}

absl::Status SnapshotRecording::Open() {
  progress_.Enter(SnapshotPhase::kMarking, record_.create_time);
  HEAPD_RETURN_IF_ERROR(catalog_->NoteBegin(record_));
  HEAPD_RETURN_IF_ERROR(catalog_->SaveBudget());
  HEAPD_ASSIGN_OR_RETURN(
      file_, store_->Create(SnapshotFile(record_.snapshot, record_.compression),
                            stop_));
  return absl::OkStatus();
}

absl::Status SnapshotRecording::CheckGoesOn() const {
  return stop_.stop_requested() ? absl::CancelledError("the daemon stops")
                                : absl::OkStatus();
}

absl::Status SnapshotRecording::Write(absl::string_view bytes) {
  HEAPD_RETURN_IF_ERROR(CheckGoesOn());
  progress_.Enter(SnapshotPhase::kStoring, catalog_->Now());
  if (record_.size_bytes >= next_disk_check_bytes_) {
    HEAPD_RETURN_IF_ERROR(catalog_->CheckFreeBytes(*store_));
    HEAPD_RETURN_IF_ERROR(catalog_->SaveBudget());
    next_disk_check_bytes_ = record_.size_bytes + kDiskCheckBytes;
  }
  record_.uncompressed_size_bytes += bytes.size();
  if (compressor_ == nullptr) {
    HEAPD_RETURN_IF_ERROR(WriteStored(bytes));
  } else {
    HEAPD_RETURN_IF_ERROR(
        compressor_->Add(bytes, [this](absl::string_view compressed) {
          return WriteStored(compressed);
        }));
  }
  Publish();
  return catalog_->CheckBudget();
}

void SnapshotRecording::Progress(SnapshotStage stage, uint64_t done,
                                 uint64_t total) {
  const bool reading = stage == SnapshotStage::kReading;
  progress_.Enter(reading ? SnapshotPhase::kReading : SnapshotPhase::kStoring,
                  catalog_->Now());
  progress_.Advance(done, total);
  // Else Write() tells of it.
  if (reading) Publish();
}

void SnapshotRecording::Publish() {
  const absl::Time now = catalog_->Now();
  record_.duration = now - record_.create_time;
  record_.phase = progress_.phase();
  record_.progress_ratio = progress_.ratio();
  record_.estimated_remaining = progress_.Remaining(now);
  catalog_->Publish(record_);
}

absl::Status SnapshotRecording::WriteStored(absl::string_view bytes) {
  HEAPD_RETURN_IF_ERROR(file_->Append(bytes));
  sum_.Update(bytes);
  record_.size_bytes += bytes.size();
  return absl::OkStatus();
}

absl::Status SnapshotRecording::Class(absl::string_view name,
                                      absl::string_view tag) {
  index_.AddClass(name, tag);
  return absl::OkStatus();
}

absl::Status SnapshotRecording::Node(uint32_t snapshot_id,
                                     uint32_t class_number,
                                     uint64_t self_size) {
  ++record_.node_count;
  return index_.Add(snapshot_id, class_number, self_size);
}

absl::Status SnapshotRecording::Finish(const SnapshotSummary& summary,
                                       absl::Duration pause_duration) {
  record_.node_count = summary.node_count;
  record_.edge_count = summary.edge_count;
  record_.total_self_size_bytes = summary.total_self_size_bytes;
  record_.left_out_object_count = summary.left_out_object_count;
  record_.pause_duration = pause_duration;
  const absl::Status stored = Store();
  if (!stored.ok()) {
    Fail(stored);
    return stored;
  }
  End(SnapshotState::kReady);
  return absl::OkStatus();
}

absl::Status SnapshotRecording::Store() {
  HEAPD_RETURN_IF_ERROR(CheckGoesOn());
  if (compressor_ != nullptr) {
    HEAPD_RETURN_IF_ERROR(compressor_->Finish(
        [this](absl::string_view bytes) { return WriteStored(bytes); }));
  }
  record_.sha256 = sum_.FinishHex();
  HEAPD_RETURN_IF_ERROR(file_->Commit());
  progress_.FileStored();
  Publish();
  HEAPD_RETURN_IF_ERROR(StoreIndex());
  progress_.IndexStored();
  Publish();
  record_.duration = catalog_->Now() - record_.create_time;
  return StoreManifest();
}

absl::Status SnapshotRecording::StoreIndex() {
  HEAPD_ASSIGN_OR_RETURN(
      const std::unique_ptr<BlobWriter> writer,
      store_->Create(absl::StrCat(record_.snapshot, kIndexEnding), stop_));
  HEAPD_RETURN_IF_ERROR(index_.WriteTo(*writer));
  return writer->Commit();
}

absl::Status SnapshotRecording::StoreManifest() {
  HEAPD_RETURN_IF_ERROR(CheckGoesOn());
  HEAPD_ASSIGN_OR_RETURN(
      const std::unique_ptr<BlobWriter> writer,
      store_->Create(absl::StrCat(record_.snapshot, kManifestEnding), stop_));
  HEAPD_RETURN_IF_ERROR(writer->Append(WriteManifest(record_)));
  return writer->Commit();
}

void SnapshotRecording::Fail(const absl::Status& why) {
  if (record_.state != SnapshotState::kWriting) return;
  file_.reset();
  Discard();
  record_.sha256.clear();
  record_.duration = catalog_->Now() - record_.create_time;
  const std::string by = catalog_->CancelledBy(record_.snapshot);
  record_.error = by.empty() ? std::string(why.message())
                             : absl::StrCat("cancelled by ", by);
  End(by.empty() ? SnapshotState::kFailed : SnapshotState::kCancelled);
}

void SnapshotRecording::Discard() {
  const absl::Status gone =
      catalog_->DiscardBlobs(*store_, record_.snapshot, record_.compression);
  if (gone.ok()) return catalog_->NoteEnd(record_.snapshot);
  // The journal still has it, for the next start at the latest.
  LogWarning("snapshot_file_left",
             {{"snapshot", record_.snapshot}, {"error", gone}});
  if (store_->is_remote()) catalog_->KeepLeftover(record_);
}

void SnapshotRecording::End(SnapshotState state) {
  file_.reset();
  record_.state = state;
  record_.phase = SnapshotPhase::kNone;
  record_.estimated_remaining = absl::InfiniteDuration();
  if (state == SnapshotState::kReady) record_.progress_ratio = 1;
  if (state == SnapshotState::kReady) catalog_->NoteEnd(record_.snapshot);
  catalog_->Publish(record_);
  const absl::Status saved = catalog_->SaveBudget();
  if (!saved.ok()) LogWarning("capture_counts_left", {{"error", saved}});
}

}  // namespace heapd::server
