#include "client/heapload/record/replay_setup.h"

#include <algorithm>
#include <string>

#include "absl/time/clock.h"
#include "client/heapd/proto_time.h"
#include "client/heapd/remote_heap.h"
#include "client/heapd/status.h"
#include "client/heapd/status_macros.h"

namespace heapd::heapload {
namespace {

using client::BatchBuilder;
using client::Ref;
using recording::RefsSeen;

constexpr absl::Duration kLongestTimeToLive = absl::Hours(24);
constexpr absl::Duration kCallTimeout = absl::Seconds(60);

uint64_t ReadSight(const client::RemoteHeap& heap, const RefsSeen::Sight& sight,
                   const ReplayIds& ids) {
  if (!sight.root().empty()) {
    const auto ref = heap.GetRoot(sight.root());
    return ref.ok() ? ref->id() : 0;
  }
  const RefMap::Found owner = ids.refs.Find(sight.owner());
  if (owner.state != RefMap::State::kKnown) return 0;
  const auto object = heap.Read(
      Ref(owner.ref),
      {.payload_limit = 0, .slot_offset = sight.slot(), .slot_limit = 1});
  return object.ok() && !object->values.empty() ? object->values[0].ref().id()
                                                : 0;
}

}  // namespace

absl::Status ReplaySetup::MakeHeap(const recording::HeapFound& like,
                                   const ReplayLimits& limits, ReplayIds* ids) {
  client::HeapLimits wanted;
  wanted.limit_bytes = limits.limit_bytes;
  if (!wanted.limit_bytes && like.heap().limit_bytes() != 0) {
    wanted.limit_bytes = like.heap().limit_bytes();
  }
  auto heap = client_.CreateHeap(ids->heap, wanted);
  if (!heap.ok()) return heap.status();
  const client::RemoteHeap remote = client_.Heap(ids->heap);
  for (const v1::Type& type : like.types()) {
    if (type.type() == 1) continue;
    const auto id = remote.DefineType(
        type.name(), {type.slot_names().begin(), type.slot_names().end()},
        type.kind() == v1::TYPE_KIND_STRING ? client::TypeKind::kString
                                            : client::TypeKind::kObject,
        type.tag());
    if (!id.ok()) return id.status();
    ids->types[type.type()] = id->value();
  }
  return absl::OkStatus();
}

absl::Status ReplaySetup::OpenSession(uint64_t recorded, ReplayIds* ids) {
  HEAPD_CLIENT_ASSIGN_OR_RETURN(const absl::Duration time_to_live,
                                TimeToLive(*ids));
  HEAPD_CLIENT_ASSIGN_OR_RETURN(const v1::OpenSessionResponse opened,
                                Open(*ids, time_to_live));
  ids->sessions[recorded] = opened.session();
  return absl::OkStatus();
}

void ReplaySetup::SeeRefs(const RefsSeen& seen, ReplayIds* ids) {
  const client::RemoteHeap heap = client_.Heap(ids->heap);
  for (const RefsSeen::Sight& sight : seen.sights()) {
    // Most of what is seen first was made by a call of the recording.
    if (ids->refs.Find(sight.ref()).state != RefMap::State::kUnknown) continue;
    const uint64_t ref = ReadSight(heap, sight, *ids);
    if (ref != 0) ids->refs.Learn(sight.ref(), ref);
  }
}

absl::StatusOr<absl::Duration> ReplaySetup::TimeToLive(const ReplayIds& ids) {
  if (asked_) return time_to_live_;
  time_to_live_ = kLongestTimeToLive;
  auto opened = Open(ids, time_to_live_);
  if (absl::IsInvalidArgument(opened.status())) {
    // The daemon grants less than the contract allows.
    time_to_live_ = absl::ZeroDuration();
    opened = Open(ids, time_to_live_);
  }
  if (!opened.ok()) return opened.status();
  asked_ = true;
  renewal_interval_ = client::FromProtoDuration(opened->time_to_live()) / 3;
  HEAPD_CLIENT_RETURN_IF_ERROR(
      client_.CloseSession(ids.heap, client::SessionId(opened->session())));
  return time_to_live_;
}

absl::StatusOr<v1::OpenSessionResponse> ReplaySetup::Open(
    const ReplayIds& ids, absl::Duration time_to_live) {
  v1::OpenSessionRequest request;
  request.set_heap(ids.heap);
  if (time_to_live > absl::ZeroDuration()) {
    *request.mutable_time_to_live() = client::ToProtoDuration(time_to_live);
  }
  grpc::ClientContext context;
  context.set_deadline(absl::ToChronoTime(absl::Now() + kCallTimeout));
  v1::OpenSessionResponse response;
  const absl::Status status =
      client::ToAbslStatus(stub_->OpenSession(&context, request, &response));
  if (!status.ok()) return status;
  return response;
}

}  // namespace heapd::heapload
