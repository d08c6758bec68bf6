#include "client/heapload/record/replayer.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "client/heapd/connection.h"
#include "client/heapd/proto_time.h"
#include "client/heapd/status.h"
#include "client/heapd/status_macros.h"
#include "client/heapload/record/entry.h"
#include "client/heapload/record/wire.h"

namespace heapd::heapload {
namespace {

using recording::Entry;

// Later than its time by so much is late.
constexpr absl::Duration kLate = absl::Milliseconds(10);
// How often it is looked whether sessions are to be renewed.
constexpr absl::Duration kLookInterval = absl::Seconds(1);

grpc::ByteBuffer RequestBytes(Entry& entry) {
  grpc::ByteBuffer bytes;
  if (entry.stream() != 0) {
    v1::PipelineRequest request;
    request.set_heap(entry.apply().heap());
    request.set_session(entry.apply().session());
    request.set_request_id(entry.apply().request_id());
    request.mutable_batch()->Swap(entry.mutable_apply()->mutable_batch());
    return SerializeBytes(request);
  }
  VisitRequest(entry, [&](auto& request) { bytes = SerializeBytes(request); });
  return bytes;
}

}  // namespace

absl::StatusOr<std::unique_ptr<Replayer>> Replayer::Create(
    ReplayOptions options) {
  HEAPD_CLIENT_ASSIGN_OR_RETURN(std::unique_ptr<RecordingReader> reader,
                                RecordingReader::Open(options.file));
  client::ClientOptions client_options;
  // Counting collects, which takes as long as the heap is large.
  client_options.call_timeout = std::max(options.timeout, absl::Minutes(10));
  client::UseCredentials(options.credentials, client_options);
  HEAPD_CLIENT_ASSIGN_OR_RETURN(
      std::unique_ptr<client::Client> client,
      client::Client::Connect(options.address, client_options));
  HEAPD_CLIENT_ASSIGN_OR_RETURN(
      const std::shared_ptr<grpc::Channel> channel,
      client::OpenChannel(options.address, options.credentials));
  return std::unique_ptr<Replayer>(new Replayer(
      std::move(options), std::move(reader), std::move(client), channel));
}

Replayer::Replayer(ReplayOptions options,
                   std::unique_ptr<RecordingReader> reader,
                   std::unique_ptr<client::Client> client,
                   const std::shared_ptr<grpc::Channel>& channel)
    : options_(std::move(options)),
      client_(std::move(client)),
      setup_(client_.get(), v1::ObjectService::NewStub(channel)),
      window_(std::move(reader)),
      calls_(channel, options_.timeout) {}

absl::StatusOr<ReplayOutcome> Replayer::Run() {
  begin_ = absl::Now();
  renewed_ = begin_;
  while (true) {
    ReadAhead();
    absl::Time next = absl::Now() + kLookInterval;
    HEAPD_CLIENT_RETURN_IF_ERROR(SendWhatMay(&next));
    SendAgain(&next);
    if (IsDone()) break;
    HEAPD_CLIENT_RETURN_IF_ERROR(Unstick());
    HEAPD_CLIENT_RETURN_IF_ERROR(TakeAnswers(next));
    RenewSessions();
  }
  outcome_.seconds = absl::ToDoubleSeconds(absl::Now() - begin_);
  // What could be replayed was; the damage is the caller's to hear of.
  if (!window_.error().ok()) return window_.error();
  outcome_.cut_off = window_.cut_off();
  outcome_.recorded_seconds = window_.recorded_seconds();
  HEAPD_CLIENT_RETURN_IF_ERROR(CompareHeaps());
  CloseSessions();
  return outcome_;
}

void Replayer::ReadAhead() {
  while (EntryPointer entry = window_.Next()) Sort(std::move(entry));
}

void Replayer::Sort(EntryPointer entry) {
  if (IsCall(*entry)) {
    ++outcome_.recorded_calls;
    if (!first_nanos_) first_nanos_ = entry->start_nanos();
  }
  const std::string heap = HeapOf(*entry);
  if (entry->has_heap_counts()) {
    recorded_counts_.push_back(entry->heap_counts());
  } else if (!heap.empty()) {
    HeapNamed(heap).Add(std::move(entry));
    return;
  } else {
    ++outcome_.failed_in_recording;
  }
  window_.Left(*entry);
}

ReplayHeap& Replayer::HeapNamed(const std::string& recorded) {
  std::unique_ptr<ReplayHeap>& heap = heaps_[recorded];
  if (heap == nullptr) {
    heap = std::make_unique<ReplayHeap>();
    const auto found = options_.heap_names.find(recorded);
    heap->ids.heap = found != options_.heap_names.end()
                         ? found->second
                         : absl::StrCat(recorded, options_.heap_suffix);
  }
  return *heap;
}

absl::Time Replayer::DueTime(const Entry& entry) const {
  if (!options_.speed) return absl::InfinitePast();
  // What happened before the first call is not waited for.
  const int64_t nanos =
      std::max<int64_t>(0, entry.start_nanos() - first_nanos_.value_or(0));
  return begin_ +
         absl::Nanoseconds(static_cast<double>(nanos) / *options_.speed);
}

void Replayer::NoteLateness(const Entry& entry) {
  if (!options_.speed) return;
  const absl::Duration late = absl::Now() - DueTime(entry);
  if (late > kLate) ++outcome_.late;
  outcome_.longest_late_seconds =
      std::max(outcome_.longest_late_seconds, absl::ToDoubleSeconds(late));
}

absl::Status Replayer::SendWhatMay(absl::Time* next) {
  for (const auto& [name, heap] : heaps_) {
    HEAPD_CLIENT_RETURN_IF_ERROR(SendFrom(*heap, next));
  }
  return absl::OkStatus();
}

absl::Status Replayer::SendFrom(ReplayHeap& heap, absl::Time* next) {
  HEAPD_CLIENT_RETURN_IF_ERROR(RetryAside(heap));
  while (heap.front() != nullptr) {
    const absl::Time due = DueTime(*heap.front());
    if (due > absl::Now()) {
      *next = std::min(*next, due);
      break;
    }
    if (!heap.FrontMayGo()) break;
    EntryPointer entry = heap.TakeFront();
    window_.Left(*entry);
    HEAPD_CLIENT_RETURN_IF_ERROR(Handle(heap, std::move(entry)));
  }
  return absl::OkStatus();
}

absl::Status Replayer::Handle(ReplayHeap& heap, EntryPointer entry) {
  switch (entry->what_case()) {
    case Entry::kHeapFound:
      heap.found = entry->heap_found();
      break;
    case Entry::kRefsSeen:
      setup_.SeeRefs(entry->refs_seen(), &heap.ids);
      break;
    case Entry::kStreamEnded:
      calls_.CloseStream(entry->stream_ended().stream());
      break;
    case Entry::kSessionExpired:
      HandleExpiry(heap, std::move(entry));
      return absl::OkStatus();
    default:
      return HandleCall(heap, std::move(entry));
  }
  heap.Done(*entry);
  return absl::OkStatus();
}

absl::Status Replayer::HandleCall(ReplayHeap& heap, EntryPointer entry) {
  if (!heap.exists && !entry->has_create_heap()) {
    // It was made before the recording, or past the recorder.
    HEAPD_CLIENT_RETURN_IF_ERROR(
        setup_.MakeHeap(heap.found, options_.limits, &heap.ids));
    heap.exists = true;
  }
  NoteLateness(*entry);
  return SendOrSetAside(heap, std::move(entry));
}

void Replayer::HandleExpiry(ReplayHeap& heap, EntryPointer entry) {
  const recording::SessionExpired expired = entry->session_expired();
  entry->mutable_close_session()->set_session(expired.session());
  if (NeedsOf(*entry, heap.ids) != CallNeeds::kNothing) {
    heap.Done(*entry);
    return;
  }
  Send(heap, std::move(entry), Counted::kNo);
}

absl::Status Replayer::SendOrSetAside(ReplayHeap& heap, EntryPointer entry) {
  switch (NeedsOf(*entry, heap.ids)) {
    case CallNeeds::kNothing:
      HEAPD_CLIENT_RETURN_IF_ERROR(SetTimeToLive(heap, entry.get()));
      Send(heap, std::move(entry), Counted::kYes);
      return absl::OkStatus();
    case CallNeeds::kLost:
      Lose(heap, *entry, &outcome_.depend_on_failed);
      return absl::OkStatus();
    default:
      heap.SetAside(std::move(entry));
      return absl::OkStatus();
  }
}

absl::Status Replayer::SetTimeToLive(ReplayHeap& heap, Entry* entry) {
  if (!entry->has_open_session()) return absl::OkStatus();
  HEAPD_CLIENT_ASSIGN_OR_RETURN(const absl::Duration time_to_live,
                                setup_.TimeToLive(heap.ids));
  v1::OpenSessionRequest* request = entry->mutable_open_session();
  request->clear_time_to_live();
  if (time_to_live > absl::ZeroDuration()) {
    *request->mutable_time_to_live() = client::ToProtoDuration(time_to_live);
  }
  return absl::OkStatus();
}

void Replayer::Send(ReplayHeap& heap, EntryPointer entry, Counted counted) {
  const uint64_t token = next_token_++;
  Sent& sent = sent_[token];
  sent.what = entry->what_case();
  sent.method = MethodOf(*entry);
  sent.heap = &heap;
  sent.session = SessionOf(*entry);
  sent.counted = counted;
  Translate(options_.limits, heap.ids, strings_, entry.get());
  sent.bytes = RequestBytes(*entry);
  entry->clear_what();
  sent.entry = std::move(entry);
  ++heap.in_flight;
  SendBytes(token);
}

void Replayer::SendBytes(uint64_t token) {
  Sent& sent = sent_[token];
  ++sent.attempts;
  if (sent.entry->stream() != 0) {
    calls_.SendOnStream(sent.entry->stream(), sent.bytes, token);
  } else {
    calls_.SendUnary(sent.method, sent.bytes, token);
  }
}

void Replayer::SendAgain(absl::Time* next) {
  while (!again_.empty() && again_.begin()->first <= absl::Now()) {
    const uint64_t token = again_.begin()->second;
    again_.erase(again_.begin());
    SendBytes(token);
  }
  if (!again_.empty()) *next = std::min(*next, again_.begin()->first);
}

absl::Status Replayer::RetryAside(ReplayHeap& heap) {
  auto& aside = heap.aside();
  for (auto place = aside.begin(); place != aside.end();) {
    const CallNeeds needs = NeedsOf(**place, heap.ids);
    if (needs != CallNeeds::kNothing && needs != CallNeeds::kLost) {
      ++place;
      continue;
    }
    EntryPointer entry = std::move(*place);
    place = aside.erase(place);
    HEAPD_CLIENT_RETURN_IF_ERROR(SendOrSetAside(heap, std::move(entry)));
  }
  return absl::OkStatus();
}

}  // namespace heapd::heapload
