#ifndef HEAPD_SERVER_HOST_RECLAIM_ESTIMATE_H_
#define HEAPD_SERVER_HOST_RECLAIM_ESTIMATE_H_

#include <algorithm>
#include <cstdint>

#include "absl/time/time.h"
#include "heap/gc/collection.h"

namespace heapd::server {

// How long a major collection of a heap takes, judged by the last one: its work
// follows the number of objects. What had begun late is never said to be over:
// an eighth is left of what it should take. Thread-compatible; a value.
class ReclaimEstimate {
 public:
  // One runs. Harmless when repeated.
  void Begin(absl::Time now) {
    if (begin_ == absl::InfiniteFuture()) begin_ = now;
  }
  // None runs.
  void End() { begin_ = absl::InfiniteFuture(); }
  // One that ended took so long.
  void Learn(const Collection& major) {
    const absl::Duration length = major.mark_duration + major.sweep_duration;
    const auto objects = static_cast<double>(major.object_count_before);
    // What one of a small heap took is not the objects' doing.
    if (objects < kFewObjects) return;
    per_object_ = length / objects;
  }

  absl::Duration Length(uint64_t object_count) const {
    return kLeast + per_object_ * static_cast<double>(object_count);
  }
  absl::Duration Left(uint64_t object_count, absl::Time now) const {
    const absl::Duration length = Length(object_count);
    if (begin_ == absl::InfiniteFuture()) return length;
    return std::max(length - (now - begin_), length / 8);
  }

 private:
  static constexpr double kFewObjects = 10'000;
  // Of an empty heap: steps take turns with calls.
  static constexpr absl::Duration kLeast = absl::Milliseconds(2);

  absl::Time begin_ = absl::InfiniteFuture();
  // One marking thread on one core, with its sweep, until one was seen.
  absl::Duration per_object_ = absl::Nanoseconds(60);
};

}  // namespace heapd::server

#endif  // HEAPD_SERVER_HOST_RECLAIM_ESTIMATE_H_
