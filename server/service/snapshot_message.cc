#include "server/service/snapshot_message.h"

#include "heap/base/error.h"
#include "server/service/convert.h"

namespace heapd::server {
namespace {

v1::SnapshotState ToMessage(SnapshotState state) {
  switch (state) {
    case SnapshotState::kWriting:
      return v1::SNAPSHOT_STATE_WRITING;
    case SnapshotState::kReady:
      return v1::SNAPSHOT_STATE_READY;
    case SnapshotState::kFailed:
      return v1::SNAPSHOT_STATE_FAILED;
    case SnapshotState::kCancelled:
      return v1::SNAPSHOT_STATE_CANCELLED;
  }
  return v1::SNAPSHOT_STATE_UNSPECIFIED;
}

v1::SnapshotPhase ToMessage(SnapshotPhase phase) {
  switch (phase) {
    case SnapshotPhase::kNone:
      return v1::SNAPSHOT_PHASE_UNSPECIFIED;
    case SnapshotPhase::kMarking:
      return v1::SNAPSHOT_PHASE_MARKING;
    case SnapshotPhase::kReading:
      return v1::SNAPSHOT_PHASE_READING;
    case SnapshotPhase::kStoring:
      return v1::SNAPSHOT_PHASE_STORING;
  }
  return v1::SNAPSHOT_PHASE_UNSPECIFIED;
}

v1::SnapshotTrigger ToMessage(SnapshotTrigger trigger) {
  switch (trigger) {
    case SnapshotTrigger::kRequested:
      return v1::SNAPSHOT_TRIGGER_REQUESTED;
    case SnapshotTrigger::kNearLimit:
      return v1::SNAPSHOT_TRIGGER_NEAR_LIMIT;
    case SnapshotTrigger::kLeak:
      return v1::SNAPSHOT_TRIGGER_LEAK;
    case SnapshotTrigger::kSchedule:
      return v1::SNAPSHOT_TRIGGER_SCHEDULE;
    case SnapshotTrigger::kRule:
      return v1::SNAPSHOT_TRIGGER_RULE;
  }
  return v1::SNAPSHOT_TRIGGER_UNSPECIFIED;
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

v1::Snapshot ToMessage(const SnapshotRecord& record) {
  v1::Snapshot message;
  message.set_snapshot(record.snapshot);
  message.set_heap(record.heap);
  message.set_label(record.label);
  message.set_state(ToMessage(record.state));
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
  message.set_phase(ToMessage(record.phase));
  message.set_progress_ratio(record.progress_ratio);
  if (record.estimated_remaining != absl::InfiniteDuration()) {
    *message.mutable_estimated_remaining_duration() =
        ToMessage(record.estimated_remaining);
  }
  message.set_trigger(ToMessage(record.trigger));
  message.set_rule(record.rule);
  return message;
}

v1::ComparisonRow ToMessage(const ComparisonRow& row) {
  v1::ComparisonRow message;
  message.set_class_name(row.class_name);
  message.set_new_count(row.new_count);
  message.set_deleted_count(row.deleted_count);
  message.set_count_delta(row.count_delta());
  message.set_allocated_bytes(row.allocated_bytes);
  message.set_freed_bytes(row.freed_bytes);
  message.set_size_delta_bytes(row.size_delta_bytes());
  return message;
}

}  // namespace heapd::server
