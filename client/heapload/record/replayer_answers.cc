// What comes back, and what is done where nothing does.

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "client/heapd/status.h"
#include "client/heapd/status_macros.h"
#include "client/heapload/record/answer.h"
#include "client/heapload/record/entry.h"
#include "client/heapload/record/live_counts.h"
#include "client/heapload/record/replayer.h"
#include "client/heapload/record/wire.h"

namespace heapd::heapload {
namespace {

using recording::Entry;

constexpr int kMaxAttempts = 1000;
constexpr absl::Duration kRetryDelay = absl::Milliseconds(10);

std::string ClassOf(const absl::Status& status) {
  const std::string reason = client::ErrorReason(status);
  return reason.empty() ? absl::StatusCodeToString(status.code()) : reason;
}

}  // namespace

absl::Status Replayer::TakeAnswers(absl::Time until) {
  for (ReplayCalls::Answer& answer : calls_.Take(until)) {
    HEAPD_CLIENT_RETURN_IF_ERROR(TakeAnswer(std::move(answer)));
  }
  return absl::OkStatus();
}

absl::Status Replayer::TakeAnswer(ReplayCalls::Answer answer) {
  const auto found = sent_.find(answer.token);
  if (found == sent_.end()) return absl::OkStatus();  // a renewal
  absl::StatusOr<Entry> replayed = ReadAnswer(found->second, answer);
  if (client::ErrorReason(replayed.status()) == "OVERLOADED" &&
      found->second.attempts < kMaxAttempts) {
    // As a client does. What depends on it waits too.
    ++outcome_.sent_again;
    again_.emplace(
        absl::Now() +
            client::RetryDelay(replayed.status()).value_or(kRetryDelay),
        answer.token);
    return absl::OkStatus();
  }
  const Sent sent = std::move(found->second);
  sent_.erase(found);
  --sent.heap->in_flight;
  sent.heap->Done(*sent.entry);
  if (!replayed.ok()) return Failed(sent, replayed.status());
  Succeeded(sent, *replayed);
  return absl::OkStatus();
}

absl::StatusOr<Entry> Replayer::ReadAnswer(const Sent& sent,
                                           const ReplayCalls::Answer& answer) {
  HEAPD_CLIENT_RETURN_IF_ERROR(client::ToAbslStatus(answer.status));
  Entry replayed;
  if (sent.entry->stream() == 0) {
    SetMethod(sent.method, &replayed);
    heapload::TakeAnswer(answer.response, &replayed);
    return replayed;
  }
  const auto response = ParseOrEmpty<v1::PipelineResponse>(answer.response);
  if (response.has_error()) return client::ToAbslStatus(response.error());
  TakeResult(response.result(), &replayed);
  return replayed;
}

void Replayer::Succeeded(const Sent& sent, const Entry& replayed) {
  if (sent.counted == Counted::kYes) ++outcome_.ok;
  if (sent.entry->outcome_unknown()) ++outcome_.unknown_outcome;
  LearnAnswer(*sent.entry, replayed, &sent.heap->ids);
  switch (sent.what) {
    case Entry::kCreateHeap:
      sent.heap->exists = true;
      return;
    case Entry::kDeleteHeap:
      sent.heap->exists = false;
      sent.heap->ids.Clear();
      return;
    case Entry::kCloseSession:
      sent.heap->ids.sessions.erase(sent.session);
      return;
    default:
      return;
  }
}

absl::Status Replayer::Failed(const Sent& sent, const absl::Status& status) {
  LoseAnswer(*sent.entry, &sent.heap->ids);
  if (sent.entry->outcome_unknown()) {
    ++outcome_.unknown_outcome;
    return absl::OkStatus();
  }
  // Without its heap, or the daemon, nothing can be replayed.
  if (sent.what == Entry::kCreateHeap) return status;
  if (absl::IsUnavailable(status) && client::ErrorReason(status).empty()) {
    return status;
  }
  if (sent.counted == Counted::kYes) ++outcome_.failed[ClassOf(status)];
  return absl::OkStatus();
}

void Replayer::Lose(ReplayHeap& heap, const Entry& entry, uint64_t* count) {
  LoseAnswer(entry, &heap.ids);
  ++*count;
  heap.Done(entry);
}

absl::Status Replayer::Unstick() {
  for (const auto& [name, heap] : heaps_) {
    const bool waits_for_time =
        heap->front() != nullptr && DueTime(*heap->front()) > absl::Now();
    if (heap->idle() || heap->in_flight > 0 || heap->FrontMayGo() ||
        (waits_for_time && heap->aside().empty())) {
      continue;
    }
    // What it waits for may have been answered long after it.
    if (window_.Widen()) {
      ReadAhead();
      continue;
    }
    HEAPD_CLIENT_RETURN_IF_ERROR(GiveUpOne(*heap));
  }
  return absl::OkStatus();
}

absl::Status Replayer::GiveUpOne(ReplayHeap& heap) {
  if (heap.aside().empty()) {
    // Only a recording that contradicts itself has such an order.
    return absl::DataLossError(
        absl::StrCat("the order of the calls of ", heap.ids.heap,
                     " in the recording contradicts itself"));
  }
  std::unique_ptr<Entry> entry = std::move(heap.aside().front());
  heap.aside().pop_front();
  if (NeedsOf(*entry, heap.ids) == CallNeeds::kSession &&
      !entry->has_close_session()) {
    HEAPD_CLIENT_RETURN_IF_ERROR(
        setup_.OpenSession(SessionOf(*entry), &heap.ids));
    return SendOrSetAside(heap, std::move(entry));
  }
  Lose(heap, *entry, &outcome_.unknown_ids);
  return absl::OkStatus();
}

void Replayer::RenewSessions() {
  if (absl::Now() - renewed_ < setup_.renewal_interval()) return;
  renewed_ = absl::Now();
  for (const auto& [name, heap] : heaps_) {
    for (const auto& [recorded, session] : heap->ids.sessions) {
      if (session == 0) continue;
      v1::RenewSessionRequest request;
      request.set_heap(heap->ids.heap);
      request.set_session(session);
      calls_.SendUnary("/heapd.v1.ObjectService/RenewSession",
                       SerializeBytes(request), 0);
    }
  }
}

bool Replayer::IsDone() const {
  return window_.at_end() && sent_.empty() &&
         std::all_of(heaps_.begin(), heaps_.end(),
                     [](const auto& heap) { return heap.second->idle(); });
}

absl::Status Replayer::CompareHeaps() {
  for (const recording::HeapCounts& recorded : recorded_counts_) {
    ReplayHeap& heap = HeapNamed(recorded.heap());
    HEAPD_CLIENT_ASSIGN_OR_RETURN(const recording::HeapCounts replayed,
                                  CountLiveObjects(*client_, heap.ids.heap));
    ReplayOutcome::Heap compared;
    compared.recorded_name = recorded.heap();
    compared.replayed_name = heap.ids.heap;
    compared.recorded_used_bytes = recorded.used_bytes();
    compared.replayed_used_bytes = replayed.used_bytes();
    compared.rows = CompareCounts(recorded, replayed);
    compared.equal = std::all_of(
        compared.rows.begin(), compared.rows.end(),
        [](const CountRow& row) { return row.recorded == row.replayed; });
    outcome_.heaps.push_back(std::move(compared));
  }
  return absl::OkStatus();
}

void Replayer::CloseSessions() {
  for (const auto& [name, heap] : heaps_) {
    for (const auto& [recorded, session] : heap->ids.sessions) {
      // If that fails, its lease ends it.
      if (session != 0) {
        client_->CloseSession(heap->ids.heap, client::SessionId(session))
            .IgnoreError();
      }
    }
  }
}

}  // namespace heapd::heapload
