#include "server/host/automatic_actions.h"

#include <pthread.h>

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "heap/base/error.h"
#include "heap/base/status_macros.h"
#include "server/audit/audit_record.h"
#include "server/host/heap_call.h"
#include "server/host/heap_observation.h"
#include "server/host/hosted_heap.h"
#include "server/ops/logging.h"

namespace heapd::server {
namespace {

constexpr absl::Duration kInterval = absl::Seconds(1);

// A label is at most that long.
constexpr size_t kMaxLabelBytes = 256;

// What fits of it, cut between characters.
std::string LabelOf(const AutomaticAction& action) {
  const std::string& label = action.label;
  size_t end = std::min(label.size(), kMaxLabelBytes);
  const auto is_inside = [&label](size_t at) {
    return at < label.size() &&
           (static_cast<uint8_t>(label[at]) & 0xC0) == 0x80;
  };
  while (end > 0 && is_inside(end)) --end;
  return label.substr(0, end);
}

// Begins a major collection of a heap unless one runs. Nobody waits for it.
class CollectCall final : public HeapCall {
 public:
  explicit CollectCall(std::shared_ptr<HostedHeap> hosted)
      : hosted_(std::move(hosted)) {}

 private:
  absl::Status Execute(HeapAccess& access) override {
    access.heap.StartMajor(CollectionReason::kRequested);
    return absl::OkStatus();
  }
  void Complete(const absl::Status& status) override {
    if (status.ok()) hosted_->QueueMajorStep();
    delete this;
  }

  const std::shared_ptr<HostedHeap> hosted_;
};

// The lines of one snapshot in the audit log, as those of a call that asks for
// one. Null: nothing is written.
class AuditedSnapshot {
 public:
  AuditedSnapshot(AuditLog* audit, const AutomaticAction& action)
      : audit_(audit) {
    record_.principal = std::string(AutomaticActions::kPrincipal);
    record_.method = "SnapshotService/CreateSnapshot";
    record_.trigger = action.key.What();
    record_.heap = action.key.heap;
    record_.destination = action.destination;
    record_.redaction = std::string(kRedacted);
  }

  absl::Status Begin() {
    if (audit_ == nullptr) return absl::OkStatus();
    record_.kind = AuditKind::kIntent;
    HEAPD_ASSIGN_OR_RETURN(record_.call, audit_->Write(record_));
    return absl::OkStatus();
  }

  void End(const absl::StatusOr<SnapshotRecord>& outcome) {
    if (audit_ == nullptr) return;
    record_.kind = AuditKind::kOutcome;
    record_.outcome = absl::StatusCodeToString(outcome.status().code());
    record_.reason = ReasonOf(outcome.status());
    if (outcome.ok()) {
      record_.snapshot = outcome->snapshot;
      record_.destination = outcome->storage;
    }
    // The log tells of its own errors.
    audit_->Write(record_).status().IgnoreError();
  }

 private:
  AuditLog* const audit_;
  AuditRecord record_;
};

}  // namespace

AutomaticActions::AutomaticActions(const Config& config, const Parts& parts)
    : parts_(parts),
      history_file_(config.snapshots_state_directory),
      plan_(config, parts.clock->Now(), history_file_.Read()) {}

AutomaticActions::~AutomaticActions() { Stop(); }

void AutomaticActions::Start() {
  thread_ = std::thread([this] { Run(); });
}

void AutomaticActions::Cease() {
  absl::MutexLock lock(&mu_);
  ceased_ = true;
}

void AutomaticActions::Stop() {
  Cease();
  if (thread_.joinable()) thread_.join();
}

void AutomaticActions::Run() {
  pthread_setname_np(pthread_self(), "automatic");
  while (true) {
    {
      absl::MutexLock lock(&mu_);
      if (mu_.AwaitWithTimeout(absl::Condition(&ceased_), kInterval)) return;
    }
    Look();
  }
}

void AutomaticActions::Look() {
  std::vector<HeapObservation> observations;
  for (const auto& hosted : parts_.registry->All()) {
    observations.push_back(Observe(*hosted));
  }
  std::vector<AutomaticAction> actions;
  {
    absl::MutexLock lock(&mu_);
    if (ceased_) return;
    actions = plan_.Look(parts_.clock->Now(), observations);
  }
  for (const AutomaticAction& action : actions) Begin(action);
  SaveHistory();
}

void AutomaticActions::SaveHistory() {
  for (;;) {
    std::string text;
    {
      absl::MutexLock lock(&mu_);
      // Who is at it sees to what has changed since, too.
      if (saving_ || !plan_.history().TakeChanged()) return;
      saving_ = true;
      text = plan_.history().Format();
    }
    history_file_.Write(text);
    absl::MutexLock lock(&mu_);
    saving_ = false;
  }
}

void AutomaticActions::Begin(const AutomaticAction& action) {
  if (action.kind == RuleAction::kSnapshot) {
    const absl::Status begun = BeginSnapshot(action);
    // What was begun is done, or has failed, when it ends.
    if (!begun.ok()) Failed(action.key, begun);
    return;
  }
  if (action.kind == RuleAction::kCollect) {
    const absl::StatusOr<std::shared_ptr<HostedHeap>> hosted = FindHeap(action);
    if (!hosted.ok()) return Failed(action.key, hosted.status());
    HostedHeap::Submit(*hosted, new CollectCall(*hosted));
  }
  Done(action.key);
}

absl::StatusOr<std::shared_ptr<HostedHeap>> AutomaticActions::FindHeap(
    const AutomaticAction& action) const {
  HEAPD_ASSIGN_OR_RETURN(std::shared_ptr<HostedHeap> hosted,
                         parts_.registry->Find(action.key.heap));
  if (hosted->instance() != action.instance) {
    return HeapNotFound(action.key.heap);
  }
  return hosted;
}

absl::Status AutomaticActions::BeginSnapshot(const AutomaticAction& action) {
  AuditedSnapshot audited(parts_.audit, action);
  HEAPD_RETURN_IF_ERROR(audited.Begin());
  const absl::StatusOr<SnapshotRecord> created = CreateSnapshot(action);
  audited.End(created);
  return created.status();
}

absl::StatusOr<SnapshotRecord> AutomaticActions::CreateSnapshot(
    const AutomaticAction& action) {
  HEAPD_ASSIGN_OR_RETURN(const std::shared_ptr<HostedHeap> hosted,
                         FindHeap(action));
  SnapshotOrder order;
  order.label = LabelOf(action);
  order.requested_by = std::string(kPrincipal);
  order.destination = action.destination;
  order.compression = action.compression;
  order.trigger = action.key.trigger;
  order.rule = action.key.rule;
  return parts_.jobs->Create(hosted, std::move(order), "");
}

void AutomaticActions::OnSnapshotEnd(const SnapshotRecord& snapshot,
                                     const absl::Status& end) {
  if (snapshot.trigger == SnapshotTrigger::kRequested) return;
  const ActionKey key = {snapshot.trigger, snapshot.rule, snapshot.heap};
  // Who cancels one does not want to see it again at once.
  if (end.ok() || snapshot.state == SnapshotState::kCancelled) {
    Done(key);
  } else {
    Failed(key, end);
  }
  // Soon: heaps near their limits are of daemons that may be killed.
  SaveHistory();
}

void AutomaticActions::Done(const ActionKey& key) {
  absl::MutexLock lock(&mu_);
  plan_.Done(key, parts_.clock->Now());
}

void AutomaticActions::Failed(const ActionKey& key, const absl::Status& why) {
  {
    absl::MutexLock lock(&mu_);
    if (!plan_.Failed(key, why, parts_.clock->Now()) || ceased_) return;
  }
  LogWarning("automatic_action_failed", {{"what", key.What()},
                                         {"heap", key.heap},
                                         {"error", why},
                                         {"effect", "it is tried again"}});
}

}  // namespace heapd::server
