#include "server/service/snapshot_message.h"

#include <optional>
#include <utility>

#include "heap/base/check.h"
#include "heap/base/error.h"
#include "heap/base/status_macros.h"
#include "server/service/convert.h"
#include "server/service/reduction_message.h"

namespace heapd::server {
namespace {

constexpr std::pair<SnapshotState, v1::SnapshotState> kStates[] = {
    {SnapshotState::kWriting, v1::SNAPSHOT_STATE_WRITING},
    {SnapshotState::kReady, v1::SNAPSHOT_STATE_READY},
    {SnapshotState::kFailed, v1::SNAPSHOT_STATE_FAILED},
    {SnapshotState::kCancelled, v1::SNAPSHOT_STATE_CANCELLED},
};

constexpr std::pair<SnapshotPhase, v1::SnapshotPhase> kPhases[] = {
    {SnapshotPhase::kNone, v1::SNAPSHOT_PHASE_UNSPECIFIED},
    {SnapshotPhase::kMarking, v1::SNAPSHOT_PHASE_MARKING},
    {SnapshotPhase::kReading, v1::SNAPSHOT_PHASE_READING},
    {SnapshotPhase::kStoring, v1::SNAPSHOT_PHASE_STORING},
};

constexpr std::pair<SnapshotTrigger, v1::SnapshotTrigger> kTriggers[] = {
    {SnapshotTrigger::kRequested, v1::SNAPSHOT_TRIGGER_REQUESTED},
    {SnapshotTrigger::kNearLimit, v1::SNAPSHOT_TRIGGER_NEAR_LIMIT},
    {SnapshotTrigger::kLeak, v1::SNAPSHOT_TRIGGER_LEAK},
    {SnapshotTrigger::kSchedule, v1::SNAPSHOT_TRIGGER_SCHEDULE},
    {SnapshotTrigger::kRule, v1::SNAPSHOT_TRIGGER_RULE},
};

// What of a message stands for a value of ours; every value is in its table.
template <typename Ours, typename Theirs, size_t kCount>
Theirs Find(const std::pair<Ours, Theirs> (&table)[kCount], Ours ours) {
  for (const auto& [our, their] : table) {
    if (our == ours) return their;
  }
  HEAPD_CHECK(false);
}

// The other way round; leaves `ours` empty for `any`.
template <typename Ours, typename Theirs, size_t kCount>
absl::Status ReadChoice(Theirs theirs,
                        const std::pair<Ours, Theirs> (&table)[kCount],
                        Theirs any, absl::string_view field,
                        std::optional<Ours>* ours) {
  if (theirs == any) return absl::OkStatus();
  for (const auto& [our, their] : table) {
    if (their != theirs) continue;
    *ours = our;
    return absl::OkStatus();
  }
  return InvalidField(field, "is none that this daemon knows");
}

absl::Status ReadTime(const google::protobuf::Timestamp& message,
                      absl::string_view field, absl::Time* time) {
  // The years 1 to 9999, as the type says.
  if (message.seconds() < -62'135'596'800 ||
      message.seconds() > 253'402'300'799 || message.nanos() < 0 ||
      message.nanos() > 999'999'999) {
    return InvalidField(field, "is no time");
  }
  *time = absl::FromUnixSeconds(message.seconds()) +
          absl::Nanoseconds(message.nanos());
  return absl::OkStatus();
}

v1::SnapshotCompression ToMessage(Compression compression) {
  switch (compression) {
    case Compression::kNone:
      return v1::SNAPSHOT_COMPRESSION_NONE;
    case Compression::kZstd:
      return v1::SNAPSHOT_COMPRESSION_ZSTD;
    case Compression::kGzip:
      return v1::SNAPSHOT_COMPRESSION_GZIP;
  }
  return v1::SNAPSHOT_COMPRESSION_UNSPECIFIED;
}

}  // namespace

absl::Status ReadStorageTerms(const v1::CreateSnapshotRequest& request,
                              SnapshotOrder& order) {
  order.destination = request.destination();
  switch (request.compression()) {
    case v1::SNAPSHOT_COMPRESSION_UNSPECIFIED:
    case v1::SNAPSHOT_COMPRESSION_NONE:
      order.compression = Compression::kNone;
      return absl::OkStatus();
    case v1::SNAPSHOT_COMPRESSION_ZSTD:
      order.compression = Compression::kZstd;
      return absl::OkStatus();
    case v1::SNAPSHOT_COMPRESSION_GZIP:
      order.compression = Compression::kGzip;
      return absl::OkStatus();
    default:
      return InvalidField("compression", "is none that this daemon knows");
  }
}

absl::Status ReadFilter(const v1::ListSnapshotsRequest& request,
                        SnapshotFilter& filter) {
  filter.heap = request.heap();
  filter.label = request.label();
  filter.destination = request.destination();
  HEAPD_RETURN_IF_ERROR(ReadChoice(request.state(), kStates,
                                   v1::SNAPSHOT_STATE_UNSPECIFIED, "state",
                                   &filter.state));
  HEAPD_RETURN_IF_ERROR(ReadChoice(request.trigger(), kTriggers,
                                   v1::SNAPSHOT_TRIGGER_UNSPECIFIED, "trigger",
                                   &filter.trigger));
  if (request.has_start_time()) {
    HEAPD_RETURN_IF_ERROR(
        ReadTime(request.start_time(), "start_time", &filter.start));
  }
  if (request.has_end_time()) {
    HEAPD_RETURN_IF_ERROR(
        ReadTime(request.end_time(), "end_time", &filter.end));
  }
  return absl::OkStatus();
}

v1::Snapshot ToMessage(const SnapshotRecord& record) {
  v1::Snapshot message;
  message.set_snapshot(record.snapshot);
  message.set_heap(record.heap);
  message.set_label(record.label);
  message.set_state(Find(kStates, record.state));
  *message.mutable_create_time() = ToMessage(record.create_time);
  *message.mutable_duration() = ToMessage(record.duration);
  *message.mutable_pause_duration() = ToMessage(record.pause_duration);
  message.set_size_bytes(record.size_bytes);
  message.set_sha256(record.sha256);
  message.set_node_count(record.node_count);
  message.set_edge_count(record.edge_count);
  message.set_total_self_size_bytes(record.total_self_size_bytes);
  message.set_requested_by(record.requested_by);
  message.set_includes_strings(record.includes_strings);
  message.set_error(record.error);
  message.set_storage(record.storage);
  message.set_compression(ToMessage(record.compression));
  message.set_uncompressed_size_bytes(record.uncompressed_size_bytes);
  message.set_phase(Find(kPhases, record.phase));
  message.set_progress_ratio(record.progress_ratio);
  if (record.estimated_remaining != absl::InfiniteDuration()) {
    *message.mutable_estimated_remaining_duration() =
        ToMessage(record.estimated_remaining);
  }
  message.set_trigger(Find(kTriggers, record.trigger));
  if (!record.reduction.is_whole()) {
    ToMessage(record.reduction, message.mutable_reduction());
    message.set_left_out_object_count(record.left_out_object_count);
  }
  message.set_rule(record.rule);
  return message;
}

v1::ComparisonRow ToMessage(const ComparisonRow& row) {
  v1::ComparisonRow message;
  message.set_class_name(row.class_name);
  message.set_tag(row.tag);
  message.set_new_count(row.new_count);
  message.set_deleted_count(row.deleted_count);
  message.set_count_delta(row.count_delta());
  message.set_allocated_bytes(row.allocated_bytes);
  message.set_freed_bytes(row.freed_bytes);
  message.set_size_delta_bytes(row.size_delta_bytes());
  return message;
}

}  // namespace heapd::server
