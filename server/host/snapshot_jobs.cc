#include "server/host/snapshot_jobs.h"

#include <utility>

#include "absl/hash/hash.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "heap/base/status_macros.h"
#include "server/host/take_snapshot.h"
#include "server/ops/logging.h"
#include "server/storage/snapshot_recording.h"
#include "server/storage/spill_file.h"

namespace heapd::server {
namespace {

absl::StatusOr<TakenSnapshot> Take(const std::shared_ptr<HostedHeap>& hosted,
                                   const std::string& spill_directory,
                                   MemoryBudget* reserve,
                                   const RedactionKey& redaction_key,
                                   SnapshotRecording* recording) {
  HEAPD_ASSIGN_OR_RETURN(const std::unique_ptr<SpillFile> spill,
                         SpillFile::Create(spill_directory));
  SnapshotOptions options;
  options.include_strings = recording->record().includes_strings;
  options.redaction_hash = redaction_key.NewHash();
  options.reduction = recording->record().reduction;
  options.reserve = reserve;
  return TakeSnapshot(hosted, options, spill.get(), recording,
                      recording->stop());
}

// Takes the snapshot that the recording was begun for, to its end.
absl::Status Record(const std::shared_ptr<HostedHeap>& hosted,
                    const std::string& spill_directory, MemoryBudget* reserve,
                    const RedactionKey& redaction_key,
                    SnapshotRecording* recording) {
  const absl::StatusOr<TakenSnapshot> taken =
      Take(hosted, spill_directory, reserve, redaction_key, recording);
  absl::Status end = taken.status();
  if (taken.ok()) {
    end = recording->Finish(taken->summary, taken->pause_duration);
  } else {
    recording->Fail(end);
  }
  if (recording->record().state != SnapshotState::kCancelled) return end;
  return absl::CancelledError(recording->record().error);
}

void Log(const SnapshotRecord& record, const absl::Status& end) {
  if (end.ok()) {
    LogInfo("snapshot_ready", {{"snapshot", record.snapshot},
                               {"requested_by", record.requested_by},
                               {"size_bytes", record.size_bytes},
                               {"duration", record.duration},
                               {"pause", record.pause_duration}});
  } else if (record.state == SnapshotState::kCancelled) {
    LogInfo("snapshot_cancelled", {{"snapshot", record.snapshot},
                                   {"requested_by", record.requested_by},
                                   {"error", end}});
  } else {
    LogWarning("snapshot_failed", {{"snapshot", record.snapshot},
                                   {"requested_by", record.requested_by},
                                   {"error", end}});
  }
}

}  // namespace

SnapshotJobs::SnapshotJobs(SnapshotCatalog* catalog, int max_running,
                           std::string spill_directory, EndListener on_end,
                           int nice)
    : catalog_(catalog),
      spill_directory_(std::move(spill_directory)),
      on_end_(std::move(on_end)),
      pool_("snapshots", max_running, nice) {}

absl::StatusOr<SnapshotRecord> SnapshotJobs::Create(
    const std::shared_ptr<HostedHeap>& hosted, SnapshotOrder order,
    absl::string_view request_id) {
  order.heap = hosted->id();
  order.heap_instance = hosted->instance();
  if (request_id.empty()) return Start(hosted, order);
  const std::string key = absl::StrCat(hosted->instance(), " ", request_id);
  const uint64_t fingerprint = absl::HashOf(
      order.label, order.requested_by, order.include_strings, order.destination,
      order.compression, order.trigger, order.rule, order.reduction.class_names,
      order.reduction.tags, order.reduction.min_retained_size,
      order.reduction.max_depth);
  HEAPD_ASSIGN_OR_RETURN(const std::string known,
                         BeginRequest(key, fingerprint));
  if (!known.empty()) return catalog_->Get(known);
  absl::StatusOr<SnapshotRecord> started = Start(hosted, order);
  EndRequest(key, fingerprint, started.ok() ? started->snapshot : "");
  return started;
}

absl::StatusOr<SnapshotRecord> SnapshotJobs::Start(
    const std::shared_ptr<HostedHeap>& hosted, const SnapshotOrder& order) {
  HEAPD_ASSIGN_OR_RETURN(std::unique_ptr<SnapshotRecording> recording,
                         catalog_->Begin(order));
  const SnapshotRecord record = recording->record();
  LogInfo("snapshot_started", {{"snapshot", record.snapshot},
                               {"requested_by", record.requested_by},
                               {"trigger", TriggerName(record.trigger)},
                               {"includes_strings", record.includes_strings}});
  // Shared, for what is posted is copied.
  pool_.Post([this, hosted,
              kept = std::shared_ptr<SnapshotRecording>(std::move(recording))] {
    const bool near_limit =
        kept->record().trigger == SnapshotTrigger::kNearLimit;
    const absl::Status end = Record(hosted, spill_directory_,
                                    near_limit ? near_limit_reserve_ : nullptr,
                                    redaction_key_, kept.get());
    Log(kept->record(), end);
    if (on_end_ != nullptr) on_end_(kept->record(), end);
  });
  return record;
}

absl::StatusOr<std::string> SnapshotJobs::BeginRequest(const std::string& key,
                                                       uint64_t fingerprint) {
  absl::MutexLock lock(&mu_);
  // A retry that overtakes the first try waits for it; starting is short.
  const auto not_starting = [&]() ABSL_SHARED_LOCKS_REQUIRED(mu_) {
    return !starting_.contains(key);
  };
  mu_.Await(absl::Condition(&not_starting));
  HEAPD_ASSIGN_OR_RETURN(const std::string* snapshot,
                         requests_.Find(key, fingerprint, absl::Now()));
  if (snapshot != nullptr) return *snapshot;
  starting_.insert(key);
  return std::string();
}

void SnapshotJobs::EndRequest(const std::string& key, uint64_t fingerprint,
                              const std::string& snapshot) {
  absl::MutexLock lock(&mu_);
  starting_.erase(key);
  if (!snapshot.empty()) {
    requests_.Add(key, fingerprint, snapshot, absl::Now());
  }
}

}  // namespace heapd::server
