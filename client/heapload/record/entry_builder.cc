#include "client/heapload/record/entry_builder.h"

#include <algorithm>
#include <utility>

#include "client/heapd/status.h"
#include "client/heapload/record/answer.h"
#include "client/heapload/record/entry.h"
#include "client/heapload/record/live_counts.h"
#include "client/heapload/record/wire.h"

namespace heapd::heapload {
namespace {

using recording::Entry;

constexpr char kPipeline[] = "/heapd.v1.ObjectService/Pipeline";
constexpr char kApply[] = "/heapd.v1.ObjectService/Apply";

void TakeError(const absl::Status& error, bool unknown, Entry* entry) {
  entry->set_code(static_cast<int>(error.code()));
  entry->set_reason(client::ErrorReason(error));
  entry->set_outcome_unknown(unknown);
}

void SetTimes(const ObservedCall& call, Entry* entry) {
  entry->set_number(call.number);
  entry->set_known(call.start.known);
  entry->set_start_nanos(call.start.start_nanos);
  entry->set_duration_nanos(call.end_nanos - call.start.start_nanos);
  entry->set_stream(call.stream);
}

// The refs that a read of another method gave. A read that was no part of a
// watched heap is not even parsed.
class ReadCall {
 public:
  ReadCall(const ObservedCall& call, RefSights& sights,
           const RequestMasker& masker)
      : call_(call), sights_(sights), masker_(masker) {}

  // What was read, and the session that it renewed. False for a method that is
  // no read.
  bool Read(uint64_t* session, recording::RefsSeen* seen) {
    if (call_.method == "/heapd.v1.ObjectService/ReadObject") {
      ReadObject(session, seen);
    } else if (call_.method == "/heapd.v1.ObjectService/GetRoot") {
      GetRoot(session, seen);
    } else if (call_.method == "/heapd.v1.ObjectService/ListRoots") {
      ListRoots(seen);
    } else if (call_.method == "/heapd.v1.ObjectService/Traverse") {
      Traverse(session, seen);
    } else {
      return false;
    }
    return true;
  }

 private:
  void ReadObject(uint64_t* session, recording::RefsSeen* seen) {
    const auto request = ParseOrEmpty<v1::ReadObjectRequest>(call_.request);
    *session = request.session();
    seen->set_heap(request.heap());
    if (!sights_.IsWatched(request.heap())) return;
    uint32_t slot = request.slot_offset();
    const auto response = ParseOrEmpty<v1::ReadObjectResponse>(call_.response);
    for (const v1::Value& value : response.values()) {
      sights_.SeenInSlot(request.ref(), slot++, value, seen);
    }
  }

  void GetRoot(uint64_t* session, recording::RefsSeen* seen) {
    const auto request = ParseOrEmpty<v1::GetRootRequest>(call_.request);
    *session = request.session();
    seen->set_heap(request.heap());
    SeenAtRoot(request.name(),
               ParseOrEmpty<v1::GetRootResponse>(call_.response).ref(), seen);
  }

  void ListRoots(recording::RefsSeen* seen) {
    const auto request = ParseOrEmpty<v1::ListRootsRequest>(call_.request);
    seen->set_heap(request.heap());
    if (!sights_.IsWatched(request.heap())) return;
    const auto response = ParseOrEmpty<v1::ListRootsResponse>(call_.response);
    for (const v1::Root& root : response.roots()) {
      SeenAtRoot(root.name(), root.ref(), seen);
    }
  }

  // Breadth first: what has the start of a row is seen before the row. A start
  // is a ref that the caller knew, or a root.
  void Traverse(uint64_t* session, recording::RefsSeen* seen) {
    const auto request = ParseOrEmpty<v1::TraverseRequest>(call_.request);
    *session = request.session();
    seen->set_heap(request.heap());
    if (!sights_.IsWatched(request.heap())) return;
    const auto response = ParseOrEmpty<v1::TraverseResponse>(call_.response);
    // Which start is which root cannot be told in general, but with one start
    // it is the first row.
    if (request.roots_size() == 1 && request.refs().empty() &&
        !response.refs().empty()) {
      SeenAtRoot(request.roots(0), response.refs(0), seen);
    }
    int next_value = 0;
    for (int row = 0; row < response.refs_size(); ++row) {
      for (uint32_t slot = 0; slot < response.slot_counts(row); ++slot) {
        if (next_value == response.values_size()) return;
        sights_.SeenInSlot(response.refs(row), slot,
                           response.values(next_value++), seen);
      }
    }
  }

  void SeenAtRoot(std::string name, uint64_t ref, recording::RefsSeen* seen) {
    masker_.MaskName(&name);
    sights_.SeenAtRoot(name, ref, seen);
  }

  const ObservedCall& call_;
  RefSights& sights_;
  const RequestMasker& masker_;
};

}  // namespace

EntryBuilder::EntryBuilder(RecordedScope scope)
    : scope_(std::move(scope)), masker_(scope_.names) {}

bool EntryBuilder::InScope(const std::string& heap) const {
  return scope_.heaps.empty() || scope_.heaps.contains(heap);
}

EntryBuilder::Entries EntryBuilder::FoundHeap(recording::HeapFound found) {
  if (!InScope(found.heap().heap())) return {};
  for (v1::Type& type : *found.mutable_types()) masker_.MaskType(&type);
  Entries entries(1);
  *entries[0].mutable_heap_found() = std::move(found);
  return entries;
}

EntryBuilder::Entries EntryBuilder::Observed(ObservedCall call) {
  if (call.stream_ended) return StreamEnd(call);
  Entries entries(1);
  Entry* entry = &entries[0];
  if (!SetMethod(call.method == kPipeline ? kApply : call.method, entry)) {
    return ObservedRead(call);
  }
  ReadRequest(call, entry);
  const std::string heap = HeapOf(*entry);
  if (!InScope(heap)) return {};
  SetTimes(call, entry);
  if (!call.status.ok()) {
    TakeError(client::ToAbslStatus(call.status), OutcomeUnknown(call.status),
              entry);
  } else if (call.method == kPipeline) {
    ReadPipelineAnswer(call, entry);
  } else {
    TakeAnswer(call.response, entry);
  }
  FollowSession(call, *entry);
  if (entry->code() == 0) heaps_.insert(heap);
  if (entry->code() != 0 && !entry->outcome_unknown()) {
    entry->clear_what();
    entry->clear_payload_size();
    entry->clear_string_hashes();
    return entries;
  }
  if (entry->has_delete_heap()) {
    sessions_.HeapDeleted(heap);
    sights_.HeapDeleted(heap);
    heaps_.erase(heap);
  }
  if (entry->outcome_unknown() ||
      (entry->has_copy_object() && entry->copy_object().max_depth() > 0)) {
    sights_.Watch(heap);
  }
  if (!sights_.IsWatched(heap)) entry->clear_values();
  for (const uint64_t ref : entry->refs()) sights_.Made(heap, ref);
  return entries;
}

void EntryBuilder::ReadRequest(ObservedCall& call, Entry* entry) {
  if (call.method == kPipeline) {
    auto request = ParseOrEmpty<v1::PipelineRequest>(call.request);
    v1::ApplyRequest* apply = entry->mutable_apply();
    apply->set_heap(request.heap());
    apply->set_session(request.session());
    apply->set_request_id(request.request_id());
    apply->mutable_batch()->Swap(request.mutable_batch());
    InheritOnStream(call, apply);
  } else {
    VisitRequest(*entry, [&](auto& request) {
      if (!ParseBytes(call.request, &request)) request.Clear();
    });
  }
  // The bytes are no longer needed, and may be many.
  call.request.Clear();
  masker_.Mask(entry);
}

void EntryBuilder::InheritOnStream(const ObservedCall& call,
                                   v1::ApplyRequest* request) {
  auto& [heap, session] = streams_[call.stream];
  if (!request->heap().empty()) heap = request->heap();
  if (request->session() != 0) session = request->session();
  request->set_heap(heap);
  request->set_session(session);
}

void EntryBuilder::ReadPipelineAnswer(ObservedCall& call, Entry* entry) {
  const auto response = ParseOrEmpty<v1::PipelineResponse>(call.response);
  if (response.has_error()) {
    TakeError(client::ToAbslStatus(response.error()), false, entry);
  } else {
    TakeResult(response.result(), entry);
  }
}

void EntryBuilder::FollowSession(const ObservedCall& call, const Entry& entry) {
  if (entry.code() != 0) {
    // A refused call may have renewed it first.
    if (entry.reason() != "SESSION_EXPIRED") {
      sessions_.Used(SessionOf(entry), call.end_nanos);
    }
    return;
  }
  if (entry.has_open_session()) {
    sessions_.Opened(entry.open_session().heap(), entry.session(),
                     entry.time_to_live_nanos(), call.end_nanos);
  } else if (entry.has_close_session()) {
    sessions_.Closed(entry.close_session().session());
  } else if (entry.has_renew_session()) {
    // A session that was opened before the recording is known from here on.
    sessions_.Opened(entry.renew_session().heap(),
                     entry.renew_session().session(),
                     entry.time_to_live_nanos(), call.end_nanos);
  } else {
    sessions_.Used(SessionOf(entry), call.end_nanos);
  }
}

EntryBuilder::Entries EntryBuilder::ObservedRead(ObservedCall& call) {
  if (!call.status.ok()) return {};
  uint64_t session = 0;
  Entries entries(1);
  recording::RefsSeen* seen = entries[0].mutable_refs_seen();
  if (!ReadCall(call, sights_, masker_).Read(&session, seen)) return {};
  if (session != 0) sessions_.Used(session, call.end_nanos);
  if (seen->sights().empty() || !InScope(seen->heap())) return {};
  SetTimes(call, &entries[0]);
  return entries;
}

EntryBuilder::Entries EntryBuilder::StreamEnd(const ObservedCall& call) {
  const auto found = streams_.find(call.stream);
  if (found == streams_.end()) return {};
  const std::string heap = found->second.first;
  streams_.erase(found);
  if (!InScope(heap)) return {};
  Entries entries(1);
  SetTimes(call, &entries[0]);
  entries[0].set_stream(0);
  entries[0].mutable_stream_ended()->set_heap(heap);
  entries[0].mutable_stream_ended()->set_stream(call.stream);
  return entries;
}

EntryBuilder::Entries EntryBuilder::Expired(int64_t now_nanos,
                                            int64_t oldest_call_nanos,
                                            uint64_t next_number) {
  Entries entries;
  for (auto& [heap, session] :
       sessions_.TakeExpired(now_nanos, oldest_call_nanos)) {
    Entry& entry = entries.emplace_back();
    // After every call so far, and before the next one.
    entry.set_number(next_number);
    entry.set_known(next_number);
    entry.set_start_nanos(now_nanos);
    entry.mutable_session_expired()->set_heap(heap);
    entry.mutable_session_expired()->set_session(session);
  }
  return entries;
}

void EntryBuilder::MaskCounts(recording::HeapCounts* counts) const {
  for (recording::HeapCounts::Class& found : *counts->mutable_classes()) {
    if (found.name() == kHeldBySessions || found.name() == kStrings) continue;
    masker_.MaskName(found.mutable_name());
  }
}

std::vector<std::string> EntryBuilder::Heaps() const {
  std::vector<std::string> heaps(heaps_.begin(), heaps_.end());
  std::sort(heaps.begin(), heaps.end());
  return heaps;
}

}  // namespace heapd::heapload
