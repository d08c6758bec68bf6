#ifndef HEAPD_HEAP_BASE_ERROR_H_
#define HEAPD_HEAP_BASE_ERROR_H_

#include <cstddef>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace heapd {

// The stable words by which programs tell errors apart. The engine attaches one
// to every error; the server sends it as google.rpc.ErrorInfo.reason.
namespace reason {
inline constexpr absl::string_view kInvalidField = "INVALID_FIELD";
inline constexpr absl::string_view kObjectCollected = "OBJECT_COLLECTED";
inline constexpr absl::string_view kSessionExpired = "SESSION_EXPIRED";
inline constexpr absl::string_view kRootNotFound = "ROOT_NOT_FOUND";
inline constexpr absl::string_view kTypeNotFound = "TYPE_NOT_FOUND";
inline constexpr absl::string_view kUnreachable = "UNREACHABLE";
inline constexpr absl::string_view kHeapLimit = "HEAP_LIMIT";
inline constexpr absl::string_view kBudget = "BUDGET";
inline constexpr absl::string_view kTypeCount = "TYPE_COUNT";
inline constexpr absl::string_view kRootCount = "ROOT_COUNT";
inline constexpr absl::string_view kSessionCount = "SESSION_COUNT";
inline constexpr absl::string_view kScopeCount = "SCOPE_COUNT";
inline constexpr absl::string_view kObjectCount = "OBJECT_COUNT";
inline constexpr absl::string_view kCopyLimit = "COPY_LIMIT";
inline constexpr absl::string_view kLastScope = "LAST_SCOPE";
inline constexpr absl::string_view kNotHeld = "NOT_HELD";
inline constexpr absl::string_view kImmutable = "IMMUTABLE";
inline constexpr absl::string_view kSnapshotBudget = "SNAPSHOT_BUDGET";
inline constexpr absl::string_view kCorrupt = "CORRUPT";
}  // namespace reason

// An error with its reason.
absl::Status MakeError(absl::StatusCode code, absl::string_view reason,
                       absl::string_view message);

// INVALID_ARGUMENT (INVALID_FIELD) that names the field.
absl::Status InvalidField(absl::string_view field, absl::string_view message);

// Says which operation of a batch (counted from 0) an error belongs to.
absl::Status WithOperation(const absl::Status& error, size_t operation);

// What was attached; empty when there is none.
std::string ReasonOf(const absl::Status& error);
std::string FieldOf(const absl::Status& error);
std::string OperationOf(const absl::Status& error);

// Whether a collection may make room for what failed: reasons HEAP_LIMIT and
// BUDGET.
bool IsOutOfMemory(const absl::Status& error);

}  // namespace heapd

#endif  // HEAPD_HEAP_BASE_ERROR_H_
