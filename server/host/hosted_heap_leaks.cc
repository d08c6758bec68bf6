// What a hosted heap does for its leak verdict.

#include <memory>
#include <string>
#include <utility>

#include "server/host/hosted_heap.h"
#include "server/ops/logging.h"

namespace heapd::server {
namespace {

// What a collection took with all that it did beside the calls.
absl::Duration TimeOf(const Collection& collection) {
  return collection.mark_duration + collection.clear_weak_duration +
         collection.sweep_duration;
}

}  // namespace

void HostedHeap::NoteForLeaks(const Collection& collection) {
  LeakSample sample;
  sample.time = collection.start_time;
  sample.age = collection.heap_age;
  sample.live_bytes = collection.used_bytes_after;
  sample.duration = TimeOf(collection);
  leak_census_.Take(*heap_, &sample);
  leak_detector_.Add(std::move(sample));
  // Statistics are no work for the lane.
  environment_.turns->Post(
      [hosted = shared_from_this()] { hosted->JudgeLeak(); });
}

void HostedHeap::JudgeLeak() {
  const uint64_t limit_bytes = limit_bytes_.load(std::memory_order_relaxed);
  for (const LeakVerdict& verdict : leak_detector_.Judge(limit_bytes)) {
    LogLeak(verdict);
  }
}

void HostedHeap::LogLeak(const LeakVerdict& verdict) const {
  if (verdict.state != LeakState::kSuspected) {
    LogWarning("leak_suspicion_ended", {{"heap", id_}});
    return;
  }
  GrowingClass fastest;
  if (!verdict.growing_classes.empty()) {
    fastest = verdict.growing_classes.front();
  }
  LogWarning(
      "leak_suspected",
      {{"heap", id_},
       {"class", fastest.class_name},
       {"tag", fastest.tag},
       {"class_bytes_per_hour", static_cast<int64_t>(fastest.bytes_per_hour)},
       {"bytes_per_hour",
        static_cast<int64_t>(verdict.live_bytes.slope_per_hour())},
       {"time_to_limit", verdict.time_to_limit},
       {"confidence", verdict.confidence},
       {"collections", verdict.collection_count},
       {"window", verdict.window}});
}

}  // namespace heapd::server
