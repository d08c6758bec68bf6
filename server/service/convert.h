#ifndef HEAPD_SERVER_SERVICE_CONVERT_H_
#define HEAPD_SERVER_SERVICE_CONVERT_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "google/protobuf/duration.pb.h"
#include "google/protobuf/timestamp.pb.h"
#include "heap/gc/collection.h"
#include "heap/heap_stats.h"
#include "heap/object/ref.h"
#include "heap/object/type.h"
#include "heap/object/value.h"
#include "heapd/v1/collector_service.pb.h"
#include "heapd/v1/heap_service.pb.h"
#include "heapd/v1/object_service.pb.h"
#include "heapd/v1/value.pb.h"
#include "server/host/hosted_heap.h"

namespace heapd::server {

// Between messages and what stands for them inside.

google::protobuf::Timestamp ToMessage(absl::Time time);
google::protobuf::Duration ToMessage(absl::Duration duration);
// INVALID_ARGUMENT (`field`) for what is no duration.
absl::StatusOr<absl::Duration> FromMessage(
    const google::protobuf::Duration& message, absl::string_view field);

// INVALID_ARGUMENT (`field`) for 0 and for what can be no ref.
absl::StatusOr<Ref> ToRef(uint64_t bits, absl::string_view field);
// INVALID_ARGUMENT (`field` and the kind).
absl::StatusOr<Value> FromMessage(const v1::Value& message,
                                  absl::string_view field);
void ToMessage(Value value, v1::Value* message);

// Nothing for UNSPECIFIED; INVALID_ARGUMENT (kind) for what is no kind.
absl::StatusOr<absl::optional<CollectionKind>> FromMessage(
    v1::CollectionKind kind);
v1::Heap ToMessage(const HeapFigures& figures);
v1::Collection ToMessage(const Collection& collection);
v1::HeapStats ToMessage(const HeapStats& stats);
void ToMessage(const Type& type, v1::Type* message);

}  // namespace heapd::server

#endif  // HEAPD_SERVER_SERVICE_CONVERT_H_
