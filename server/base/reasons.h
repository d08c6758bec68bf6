#ifndef HEAPD_SERVER_BASE_REASONS_H_
#define HEAPD_SERVER_BASE_REASONS_H_

#include "absl/strings/string_view.h"

// The reasons of errors that the daemon's own parts give, beside those of the
// engine (heap/base/error.h).
namespace heapd::reason {

inline constexpr absl::string_view kHeapNotFound = "HEAP_NOT_FOUND";
inline constexpr absl::string_view kHeapExists = "HEAP_EXISTS";
inline constexpr absl::string_view kHeapCount = "HEAP_COUNT";
inline constexpr absl::string_view kOverloaded = "OVERLOADED";
inline constexpr absl::string_view kDraining = "DRAINING";
inline constexpr absl::string_view kRequestIdReused = "REQUEST_ID_REUSED";
inline constexpr absl::string_view kAnswerForgotten = "ANSWER_FORGOTTEN";
inline constexpr absl::string_view kCredentialsMissing = "CREDENTIALS_MISSING";
inline constexpr absl::string_view kCredentialsInvalid = "CREDENTIALS_INVALID";
inline constexpr absl::string_view kPermissionMissing = "PERMISSION_MISSING";
inline constexpr absl::string_view kAudit = "AUDIT";
inline constexpr absl::string_view kStorage = "STORAGE";
inline constexpr absl::string_view kStorageFull = "STORAGE_FULL";
inline constexpr absl::string_view kStorageNotConfigured =
    "STORAGE_NOT_CONFIGURED";
inline constexpr absl::string_view kSnapshotNotFound = "SNAPSHOT_NOT_FOUND";
inline constexpr absl::string_view kSnapshotRunning = "SNAPSHOT_RUNNING";
inline constexpr absl::string_view kSnapshotNotReady = "SNAPSHOT_NOT_READY";
inline constexpr absl::string_view kSnapshotDone = "SNAPSHOT_DONE";
inline constexpr absl::string_view kSnapshotQuota = "SNAPSHOT_QUOTA";
inline constexpr absl::string_view kSnapshotInUse = "SNAPSHOT_IN_USE";
inline constexpr absl::string_view kDifferentHeaps = "DIFFERENT_HEAPS";
inline constexpr absl::string_view kDifferentReductions =
    "DIFFERENT_REDUCTIONS";
inline constexpr absl::string_view kWatchers = "WATCHERS";
inline constexpr absl::string_view kAnalysisRunning = "ANALYSIS_RUNNING";
inline constexpr absl::string_view kMethodNotFound = "METHOD_NOT_FOUND";

}  // namespace heapd::reason

#endif  // HEAPD_SERVER_BASE_REASONS_H_
