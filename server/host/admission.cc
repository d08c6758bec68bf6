#include "server/host/admission.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "heap/base/error.h"
#include "server/base/reasons.h"
#include "server/base/retry_delay.h"
#include "server/host/mutator_lane.h"

namespace heapd::server {
namespace {

// Rounded up, so that a bound of one lets everybody in.
template <typename Number>
Number PartOf(Number whole, Number eighths) {
  return whole / 8 * eighths + (whole % 8 * eighths + 7) / 8;
}

absl::string_view TextOf(RefusalReason reason) {
  switch (reason) {
    case RefusalReason::kDaemonCalls:
      return "calls";
    case RefusalReason::kDaemonBytes:
      return "bytes";
    case RefusalReason::kHeapCalls:
      return "calls of this heap";
    case RefusalReason::kHeapBytes:
      return "bytes of this heap";
    case RefusalReason::kSessionCalls:
      return "calls of this session";
    case RefusalReason::kSessionBytes:
      return "bytes of this session";
    case RefusalReason::kQueueTooLong:
    case RefusalReason::kQueueFull:
      break;
  }
  return "calls that wait";
}

// The reason of a party whose first one is `calls`.
RefusalReason ReasonFor(RefusalReason calls, InFlight::Verdict verdict) {
  return verdict == InFlight::Verdict::kTooManyCalls
             ? calls
             : static_cast<RefusalReason>(static_cast<int>(calls) + 1);
}

template <typename Number>
void RaiseTo(std::atomic<Number>& peak, Number value) {
  Number seen = peak.load(std::memory_order_relaxed);
  while (value > seen &&
         !peak.compare_exchange_weak(seen, value, std::memory_order_relaxed)) {
  }
}

}  // namespace

absl::Status Overloaded(absl::string_view what, absl::Duration delay) {
  return WithRetryDelay(
      MakeError(absl::StatusCode::kResourceExhausted, reason::kOverloaded,
                absl::StrCat("too much is in flight (", what,
                             "); nothing was done, try again later")),
      BoundedRetryDelay(delay));
}

Admission::Shares Admission::SharesOf(const WorkBounds& bounds) {
  const auto part = [&bounds](int eighths) {
    return WorkBounds{PartOf(bounds.calls, int64_t{eighths}),
                      PartOf(bounds.bytes, static_cast<uint64_t>(eighths))};
  };
  return {part(6), part(7), part(8)};
}

Admission::Admission(const AdmissionLimits& limits, AdmissionCounters* counters)
    : limits_(limits),
      daemon_shares_(SharesOf(limits.daemon)),
      heap_shares_(SharesOf(limits.heap)),
      session_shares_(SharesOf(limits.session)),
      counters_(counters),
      sessions_(limits.session.calls > 0
                    ? std::make_unique<InFlight[]>(kSessionSlots)
                    : nullptr) {}

InFlight* Admission::SlotOf(uint64_t session) {
  if (session == 0 || sessions_ == nullptr) return nullptr;
  // The ids are random, but a caller can make some up.
  const uint64_t mixed = session * 0x9E3779B97F4A7C15u;
  return &sessions_[mixed >> 48];
}

absl::Status Admission::Admit(CallClass call_class, uint64_t bytes,
                              const CallParties& parties, Ticket* ticket) {
  using Verdict = InFlight::Verdict;
  HeapInFlight* const heap = parties.heap.get();
  InFlight* const session = SlotOf(parties.session);
  Verdict verdict = daemon_.Take(bytes, Of(daemon_shares_, call_class));
  if (verdict != Verdict::kTaken) {
    return Refuse(ReasonFor(RefusalReason::kDaemonCalls, verdict), call_class,
                  daemon_.calls(), parties);
  }
  if (heap != nullptr) {
    verdict = heap->Take(bytes, Of(heap_shares_, call_class));
    if (verdict != Verdict::kTaken) {
      daemon_.Give(bytes);
      return Refuse(ReasonFor(RefusalReason::kHeapCalls, verdict), call_class,
                    heap->calls(), parties);
    }
  }
  if (session != nullptr) {
    verdict = session->Take(bytes, Of(session_shares_, call_class));
    if (verdict != Verdict::kTaken) {
      daemon_.Give(bytes);
      if (heap != nullptr) heap->Give(bytes);
      return Refuse(ReasonFor(RefusalReason::kSessionCalls, verdict),
                    call_class, session->calls(), parties);
    }
  }
  ticket->admission_ = this;
  ticket->heap_ = parties.heap;
  ticket->session_ = session;
  ticket->call_class_ = call_class;
  ticket->bytes_ = bytes;
  ticket->growth_ = 0;
  if (counters_ != nullptr) counters_->Admitted(call_class);
  NotePeak();
  return absl::OkStatus();
}

void Admission::NotePeak() {
  const int64_t calls = daemon_.calls();
  if (calls == 1) pace_.Idle();
  RaiseTo(peak_calls_, calls);
  RaiseTo(peak_bytes_, daemon_.bytes());
}

void Admission::NoteRefused(RefusalReason reason, CallClass call_class,
                            HeapInFlight* heap) {
  if (counters_ != nullptr) counters_->Refused(reason, call_class);
  if (heap != nullptr) heap->CountRefused();
}

absl::Status Admission::Refuse(RefusalReason reason, CallClass call_class,
                               int64_t calls, const CallParties& parties) {
  NoteRefused(reason, call_class, parties.heap.get());
  absl::Duration delay = pace_.TimeFor(calls);
  if (parties.lane != nullptr) {
    delay = std::max(delay, parties.lane->TimeToDrain());
  }
  return Overloaded(TextOf(reason), delay);
}

bool Admission::IsFull() const {
  const WorkBounds& share = Of(daemon_shares_, CallClass::kAllocate);
  return daemon_.calls() >= share.calls || daemon_.bytes() >= share.bytes;
}

bool Admission::TakeMore(uint64_t bytes, const Ticket& ticket) {
  const CallClass call_class = ticket.call_class_;
  const uint64_t own = ticket.bytes_;
  if (!daemon_.TakeMore(bytes, own, Of(daemon_shares_, call_class))) {
    NoteRefused(RefusalReason::kDaemonBytes, call_class, ticket.heap_.get());
    return false;
  }
  if (ticket.heap_ != nullptr &&
      !ticket.heap_->TakeMore(bytes, own, Of(heap_shares_, call_class))) {
    daemon_.GiveBytes(bytes);
    NoteRefused(RefusalReason::kHeapBytes, call_class, ticket.heap_.get());
    return false;
  }
  if (ticket.session_ != nullptr &&
      !ticket.session_->TakeMore(bytes, own, Of(session_shares_, call_class))) {
    daemon_.GiveBytes(bytes);
    if (ticket.heap_ != nullptr) ticket.heap_->GiveBytes(bytes);
    NoteRefused(RefusalReason::kSessionBytes, call_class, ticket.heap_.get());
    return false;
  }
  return true;
}

absl::Status Admission::Ticket::Grow(uint64_t bytes) {
  if (!admission_->TakeMore(bytes, *this)) {
    return Overloaded("bytes of answers",
                      admission_->pace_.TimeFor(admission_->calls()));
  }
  bytes_ += bytes;
  growth_ += bytes;
  RaiseTo(admission_->peak_bytes_, admission_->bytes());
  return absl::OkStatus();
}

void Admission::Ticket::GrowAnyway(uint64_t bytes) {
  admission_->daemon_.TakeAnyway(bytes);
  if (heap_ != nullptr) heap_->TakeAnyway(bytes);
  if (session_ != nullptr) session_->TakeAnyway(bytes);
  bytes_ += bytes;
  growth_ += bytes;
  RaiseTo(admission_->peak_bytes_, admission_->bytes());
}

void Admission::Ticket::ShrinkGrowth(uint64_t bytes) {
  if (bytes >= growth_) return;
  const uint64_t back = growth_ - bytes;
  admission_->daemon_.GiveBytes(back);
  if (heap_ != nullptr) heap_->GiveBytes(back);
  if (session_ != nullptr) session_->GiveBytes(back);
  bytes_ -= back;
  growth_ = bytes;
}

void Admission::Ticket::Release() {
  if (admission_ == nullptr) return;
  admission_->daemon_.Give(bytes_);
  if (heap_ != nullptr) heap_->Give(bytes_);
  if (session_ != nullptr) session_->Give(bytes_);
  admission_->pace_.Ended();
  admission_ = nullptr;
  heap_.reset();
  session_ = nullptr;
  bytes_ = 0;
  growth_ = 0;
}

}  // namespace heapd::server
