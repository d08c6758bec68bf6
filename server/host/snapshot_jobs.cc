#include "server/host/snapshot_jobs.h"

#include <utility>

#include "absl/hash/hash.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "heap/base/status_macros.h"
#include "server/host/heap_call.h"
#include "server/ops/logging.h"
#include "server/storage/snapshot_recording.h"

namespace heapd::server {
namespace {

// One snapshot on its way; deletes itself at the end.
class SnapshotJob final : public HeapCall {
 public:
  SnapshotJob(const SnapshotCatalog* catalog,
              std::unique_ptr<SnapshotRecording> recording)
      : catalog_(catalog), recording_(std::move(recording)) {}

 private:
  // Runs once: it fails for memory only right after its own collection, which
  // leaves nothing that another one could free.
  absl::Status Execute(HeapAccess& access) override {
    const absl::Time start = absl::Now();
    SnapshotOptions options;
    options.include_strings = recording_->record().includes_strings;
    Collection collection;
    absl::StatusOr<SnapshotSummary> summary =
        access.heap.WriteSnapshot(options, recording_.get(), &collection);
    pause_duration_ = absl::Now() - start;
    if (!summary.ok()) return std::move(summary).status();
    summary_ = *summary;
    return absl::OkStatus();
  }

  void Complete(const absl::Status& status) override {
    const std::unique_ptr<SnapshotJob> self(this);
    absl::Status stored = status;
    if (status.ok()) {
      stored = recording_->Finish(summary_, pause_duration_);
    } else {
      recording_->Fail(status);
    }
    const SnapshotRecord& record = recording_->record();
    if (stored.ok()) {
      LogInfo("snapshot_ready", {{"snapshot", record.snapshot},
                                 {"requested_by", record.requested_by},
                                 {"size_bytes", record.size_bytes},
                                 {"duration", record.duration},
                                 {"pause", record.pause_duration}});
    } else {
      LogWarning("snapshot_failed", {{"snapshot", record.snapshot},
                                     {"requested_by", record.requested_by},
                                     {"error", stored}});
    }
  }

  bool IsCancelled() const override { return catalog_->closed(); }

  const SnapshotCatalog* const catalog_;
  const std::unique_ptr<SnapshotRecording> recording_;
  SnapshotSummary summary_;
  absl::Duration pause_duration_;
};

}  // namespace

SnapshotJobs::SnapshotJobs(SnapshotCatalog* catalog, int max_running)
    : catalog_(catalog), pool_("snapshots", max_running) {}

absl::StatusOr<SnapshotRecord> SnapshotJobs::Create(
    const std::shared_ptr<HostedHeap>& hosted, SnapshotOrder order,
    absl::string_view request_id) {
  order.heap = hosted->id();
  order.heap_instance = hosted->instance();
  if (request_id.empty()) return Start(hosted, order);
  const std::string key = absl::StrCat(hosted->instance(), " ", request_id);
  const uint64_t fingerprint =
      absl::HashOf(order.label, order.requested_by, order.include_strings);
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
                               {"includes_strings", record.includes_strings}});
  HostedHeap::Submit(hosted, new SnapshotJob(catalog_, std::move(recording)),
                     &pool_);
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
