#ifndef HEAPD_HEAP_GC_COLLECTION_H_
#define HEAPD_HEAP_GC_COLLECTION_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace heapd {

enum class CollectionKind : uint8_t {
  kMajor,  // the whole heap
  kMinor,  // a scavenge: new space only
};

enum class CollectionReason : uint8_t {
  kRequested,          // a caller asked for it
  kOldSpaceThreshold,  // the heap grew past its threshold
  kNearLimit,          // an allocation did not fit
  kSnapshot,           // a snapshot shows reachable objects only
  kNewSpaceFull,       // new space, or what is remembered for it
  kStress,             // see stress.h
};

// In words such as "major" and "new_space_full".
absl::string_view NameOf(CollectionKind kind);
absl::string_view NameOf(CollectionReason reason);

// What one collection did: the one record that statistics, watchers and logs
// are made from.
struct Collection {
  // Counts the collections of the heap from 1, in the order in which they end.
  uint64_t sequence = 0;
  CollectionKind kind = CollectionKind::kMajor;
  CollectionReason reason = CollectionReason::kRequested;
  absl::Time start_time;
  absl::Duration heap_age;  // at its end, since the heap was created
  // How long mutators waited for it: in all, and the most at a time. Marking
  // and sweeping go on between.
  absl::Duration pause_duration;
  absl::Duration longest_pause_duration;
  // From beginning to end of each phase, mutators' time included.
  absl::Duration scavenge_duration;
  absl::Duration mark_duration;
  absl::Duration clear_weak_duration;
  absl::Duration sweep_duration;
  absl::Duration compact_duration;  // part of sweep_duration
  uint64_t object_count_before = 0;
  uint64_t object_count_after = 0;
  uint64_t used_bytes_before = 0;
  uint64_t used_bytes_after = 0;
  uint64_t committed_bytes_before = 0;
  uint64_t committed_bytes_after = 0;
  uint64_t survived_object_count = 0;  // young, and young still
  uint64_t survived_bytes = 0;         // their blocks
  uint64_t promoted_object_count = 0;
  uint64_t promoted_bytes = 0;
  uint64_t cleared_weak_slot_count = 0;
  uint64_t purged_string_count = 0;
  // What compaction moved, and the pages that it emptied.
  uint64_t moved_object_count = 0;
  uint64_t moved_bytes = 0;  // their blocks
  uint64_t evacuated_page_count = 0;
  uint64_t released_page_count = 0;  // those included
  // As of its end; see mutator_utilization.h.
  double average_mutator_utilization = 1;
  double current_mutator_utilization = 1;
};

// One line as V8's --trace-gc writes it, in its order and with its meaning, so
// that what reads Node's lines reads ours:
//   [process:0xinstance] AGE ms: KIND USED (COMMITTED) -> USED (COMMITTED) MB,
//   PAUSE / 0.00 ms  (average mu = A, current mu = C) REASON; heap NAME
// A major collection has V8's word for its own, Mark-Compact. V8's second time
// is spent in callbacks of the embedder, of which there are none. `instance`:
// hex digits. Without a line feed.
std::string TraceLine(const Collection& collection, int process,
                      absl::string_view instance, absl::string_view heap);

}  // namespace heapd

#endif  // HEAPD_HEAP_GC_COLLECTION_H_
