#include "heap/gc/collection.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"

namespace heapd {
namespace {

double Megabytes(uint64_t bytes) {
  return static_cast<double>(bytes) / (1 << 20);
}

}  // namespace

absl::string_view NameOf(CollectionKind kind) {
  return kind == CollectionKind::kMinor ? "minor" : "major";
}

absl::string_view NameOf(CollectionReason reason) {
  switch (reason) {
    case CollectionReason::kRequested:
      return "requested";
    case CollectionReason::kOldSpaceThreshold:
      return "old_space_threshold";
    case CollectionReason::kNearLimit:
      return "near_limit";
    case CollectionReason::kSnapshot:
      return "snapshot";
    case CollectionReason::kNewSpaceFull:
      return "new_space_full";
    case CollectionReason::kStress:
      return "stress";
  }
  return "unknown";
}

std::string TraceLine(const Collection& collection, int process,
                      absl::string_view instance, absl::string_view heap) {
  const bool minor = collection.kind == CollectionKind::kMinor;
  return absl::StrFormat(
      "[%d:0x%s] %8.0f ms: %s %.1f (%.1f) -> %.1f (%.1f) MB, %.2f / 0.00 ms  "
      "(average mu = %.3f, current mu = %.3f) %s; heap %s",
      process, instance, absl::ToDoubleMilliseconds(collection.heap_age),
      minor ? "Scavenge" : "Mark-Compact",
      Megabytes(collection.used_bytes_before),
      Megabytes(collection.committed_bytes_before),
      Megabytes(collection.used_bytes_after),
      Megabytes(collection.committed_bytes_after),
      absl::ToDoubleMilliseconds(collection.pause_duration),
      collection.average_mutator_utilization,
      collection.current_mutator_utilization,
      absl::StrReplaceAll(NameOf(collection.reason), {{"_", " "}}), heap);
}

}  // namespace heapd
