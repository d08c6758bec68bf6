#include "server/host/hosted_heap.h"

#include <openssl/rand.h>

#include <algorithm>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "heap/base/check.h"
#include "heap/base/error.h"
#include "heap/base/status_macros.h"
#include "server/base/reasons.h"
#include "server/base/retry_delay.h"
#include "server/host/admission.h"

namespace heapd::server {
namespace {

std::string RandomInstance() {
  char bytes[8];
  HEAPD_CHECK(
      RAND_bytes(reinterpret_cast<unsigned char*>(bytes), sizeof(bytes)) == 1);
  return absl::BytesToHexString(absl::string_view(bytes, sizeof(bytes)));
}

absl::Status SessionExpired() {
  return MakeError(absl::StatusCode::kNotFound, reason::kSessionExpired,
                   "the session is not open, or its lease has run out");
}

}  // namespace

absl::Status HeapNotFound(absl::string_view id) {
  absl::Status error =
      MakeError(absl::StatusCode::kNotFound, reason::kHeapNotFound,
                absl::StrCat("there is no heap '", id, "'"));
  error.SetPayload("heapd/heap", absl::Cord(id));
  return error;
}

absl::StatusOr<std::shared_ptr<HostedHeap>> HostedHeap::Create(
    const std::string& id, const HeapOptions& options, MemoryBudget* budget,
    const HostEnvironment& environment) {
  HeapOptions with_runner = options;
  if (WorkerPool* const marking = environment.marking; marking != nullptr) {
    with_runner.runner = [marking](std::function<void()> task) {
      marking->Post(std::move(task));
    };
  }
  HEAPD_ASSIGN_OR_RETURN(std::unique_ptr<Heap> heap,
                         Heap::Create(with_runner, budget));
  const std::shared_ptr<HostedHeap> hosted(new HostedHeap(
      id, options.new_space_bytes, std::move(heap), environment));
  // Nobody else knows this heap yet. When the marker calls it may be gone.
  [&hosted]() ABSL_NO_THREAD_SAFETY_ANALYSIS {
    hosted->heap_->SetMajorIdleCallback(
        [weak = std::weak_ptr<HostedHeap>(hosted)] {
          if (const auto heap = weak.lock()) heap->QueueMajorStep();
        });
  }();
  return hosted;
}

HostedHeap::HostedHeap(std::string id, uint64_t new_space_bytes,
                       std::unique_ptr<Heap> heap,
                       const HostEnvironment& environment)
    : id_(std::move(id)),
      instance_(RandomInstance()),
      new_space_bytes_(new_space_bytes),
      environment_(environment),
      create_time_(absl::Now()),
      lane_(environment.turns, environment.max_waiting_calls),
      stall_due_(id_ == environment.stalled_heap),
      heap_(std::move(heap)),
      requests_(environment.requests),
      leak_detector_(environment.leak),
      leak_census_(&leak_detector_.classes()) {
  // Nobody else knows this heap yet.
  [this]() ABSL_NO_THREAD_SAFETY_ANALYSIS {
    heap_->SetCollectionObserver(
        [this](const Collection& collection) { Report(collection); });
    Publish();
  }();
}

void HostedHeap::Submit(const std::shared_ptr<HostedHeap>& hosted,
                        HeapCall* call, WorkerPool* pool) {
  call->hosted_ = hosted;
  call->pool_ = pool;
  call->arrived_ = hosted->environment_.clock->Now();
  absl::Status refused = hosted->CheckQueue(*call);
  if (refused.ok()) {
    if (hosted->lane_.Run(call, pool)) return;
    const HostEnvironment& environment = hosted->environment_;
    if (environment.counters != nullptr) {
      environment.counters->Refused(RefusalReason::kQueueFull,
                                    call->terms_.call_class);
    }
    refused = Overloaded("calls that wait for this heap",
                         hosted->lane_.TimeToDrain());
  }
  hosted->in_flight_->CountRefused();
  call->status_ = std::move(refused);
  call->Done();
}

LaneTask::Outcome HostedHeap::RunCall(HeapCall* call) {
  lane_.AssertHeld();
  call->status_ = Attempt(call);
  if (heap_ == nullptr) return LaneTask::Outcome::kDone;
  if (IsOutOfMemory(call->status_)) {
    if (WaitForMemory(call)) return LaneTask::Outcome::kKept;
    counters_.RefusedForMemory();
    AddRecentCollections(&call->status_);
    AddTimeToReclaim(&call->status_);
  }
  heap_->Safepoint();
  Publish();
  BeginNextMajor();
  StartMajorIfDue();
  StallIfAsked();
  return LaneTask::Outcome::kDone;
}

absl::Status HostedHeap::Attempt(HeapCall* call) {
  if (heap_ == nullptr) return HeapNotFound(id_);
  if (absl::Status unwanted = CheckWanted(*call); !unwanted.ok()) {
    CountDropped(unwanted, *call);
    return unwanted;
  }
  const absl::Time now = environment_.clock->Now();
  if (call->terms_.session != 0) HEAPD_RETURN_IF_ERROR(Renew(*call, now));
  HeapAccess access(this, heap_.get(), &leases_, now);
  if (call->terms_.request_id.empty()) return call->Execute(access);
  return ExecuteOnce(call, &access);
}

absl::Status HostedHeap::CheckWanted(const HeapCall& call) const {
  if (!environment_.heed_deadlines) return absl::OkStatus();
  if (call.terms_.deadline != absl::InfiniteFuture() &&
      call.terms_.deadline < absl::Now()) {
    return absl::DeadlineExceededError("the call waited past its deadline");
  }
  if (call.IsCancelled()) return absl::CancelledError("the caller left");
  return absl::OkStatus();
}

absl::Status HostedHeap::Renew(const HeapCall& call, absl::Time now) {
  const SessionId session = call.terms_.session;
  if (leases_.Renew(session, call.arrived_, now).has_value()) {
    return absl::OkStatus();
  }
  return SessionExpired();
}

absl::Status HostedHeap::ExecuteOnce(HeapCall* call, HeapAccess* access) {
  const CallTerms& terms = call->terms_;
  HEAPD_ASSIGN_OR_RETURN(
      const std::string* answer,
      requests_.Find(terms.request_id, terms.fingerprint, access->now));
  if (answer != nullptr) {
    call->Replay(*answer);
    return absl::OkStatus();
  }
  HEAPD_RETURN_IF_ERROR(call->Execute(*access));
  requests_.Add(terms.request_id, terms.fingerprint, call->Answer(),
                access->now);
  return absl::OkStatus();
}

void HostedHeap::Close() {
  EndStall();
  // The heap goes in the lane, where nobody uses it; munmap of a big one takes
  // long. A heap that is closed already answers HEAP_NOT_FOUND, which is fine.
  RunAndWait(shared_from_this(), {}, environment_.collections,
             [this](HeapAccess&) {
               lane_.AssertHeld();
               heap_.reset();
               ResumeWaiters([](const HeapCall&) { return true; });
               for (const auto& next : std::exchange(next_majors_, {})) {
                 next->GiveUp(HeapNotFound(id_));
               }
               return absl::OkStatus();
             })
      .IgnoreError();
  CloseWatches(HeapNotFound(id_));
}

void HostedHeap::Publish() {
  const auto set = [](std::atomic<uint64_t>& figure, uint64_t value) {
    figure.store(value, std::memory_order_relaxed);
  };
  const MemoryAccount& account = heap_->account();
  set(limit_bytes_, account.limit_bytes());
  set(reservation_bytes_, account.reservation_bytes());
  set(committed_bytes_, account.committed_bytes());
  set(used_bytes_, heap_->used_bytes());
  set(object_count_, heap_->object_count());
  set(session_count_, heap_->session_count());
  set(root_count_, heap_->root_count());
  next_end_nanos_.store(
      absl::ToUnixNanos(std::min(leases_.NextEnd(), requests_.NextEnd())),
      std::memory_order_relaxed);
  set(answer_bytes_, requests_.memory_bytes());
}

HeapFigures HostedHeap::figures() const {
  const auto get = [](const std::atomic<uint64_t>& figure) {
    return figure.load(std::memory_order_relaxed);
  };
  HeapFigures figures;
  figures.heap = id_;
  figures.create_time = create_time_;
  figures.limit_bytes = get(limit_bytes_);
  figures.reservation_bytes = get(reservation_bytes_);
  figures.used_bytes = get(used_bytes_);
  figures.committed_bytes = get(committed_bytes_);
  figures.object_count = get(object_count_);
  figures.session_count = get(session_count_);
  figures.root_count = get(root_count_);
  figures.new_space_bytes = new_space_bytes_;
  return figures;
}

}  // namespace heapd::server
