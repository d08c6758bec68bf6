#ifndef HEAPD_SERVER_STORAGE_SNAPSHOT_RECORD_H_
#define HEAPD_SERVER_STORAGE_SNAPSHOT_RECORD_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "heap/snapshot/snapshot_sink.h"
#include "server/storage/compression.h"

namespace heapd::server {

enum class SnapshotState { kWriting, kReady, kFailed, kCancelled };

// What is done while it is being written.
enum class SnapshotPhase { kNone, kMarking, kReading, kStoring };

// Why it was taken.
enum class SnapshotTrigger { kRequested, kNearLimit, kLeak, kSchedule, kRule };

// "requested", "near-limit", "leak", "schedule", "rule", as manifests name
// them.
absl::string_view TriggerName(SnapshotTrigger trigger);
std::optional<SnapshotTrigger> FindTrigger(absl::string_view name);

// What is known of a snapshot. The fields are those of heapd.v1.Snapshot.
struct SnapshotRecord {
  std::string snapshot;  // the id
  std::string heap;
  // Which life of that name: snapshots of a heap that was deleted and made
  // again cannot be compared, since ids begin anew.
  std::string heap_instance;
  std::string label;  // the caller's words; only ever shown
  SnapshotState state = SnapshotState::kWriting;
  absl::Time create_time;
  absl::Duration duration;
  absl::Duration pause_duration;
  uint64_t size_bytes = 0;  // of the file as it is stored
  uint64_t uncompressed_size_bytes = 0;
  Compression compression = Compression::kNone;
  std::string sha256;
  uint64_t node_count = 0;
  uint64_t edge_count = 0;
  uint64_t total_self_size_bytes = 0;
  std::string requested_by;
  bool includes_strings = false;
  std::string error;
  std::string storage;  // the destination's name
  SnapshotPhase phase = SnapshotPhase::kNone;
  double progress_ratio = 0;  // 0 to 1; 1 when kReady
  // InfiniteDuration() when there is nothing to judge by.
  absl::Duration estimated_remaining = absl::InfiniteDuration();
  SnapshotReduction reduction;
  uint64_t left_out_object_count = 0;  // by the reduction
  SnapshotTrigger trigger = SnapshotTrigger::kRequested;
  std::string rule;  // of the configuration, by which it was triggered
};

// The manifest of a READY snapshot: a JSON object.
std::string WriteManifest(const SnapshotRecord& record);

// Reads a manifest back. INVALID_ARGUMENT if it is no manifest, or not that of
// `snapshot`.
absl::StatusOr<SnapshotRecord> ReadManifest(absl::string_view snapshot,
                                            absl::string_view text);

// A new id: "HEAP-yyyymmddThhmmss-" and six random hex digits, UTC.
std::string NewSnapshotId(absl::string_view heap, absl::Time time);

}  // namespace heapd::server

#endif  // HEAPD_SERVER_STORAGE_SNAPSHOT_RECORD_H_
