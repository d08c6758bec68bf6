#include "server/service/leak_message.h"

#include "absl/time/time.h"
#include "server/service/convert.h"

namespace heapd::server {
namespace {

// A longer time is not worth telling, and no duration of the contract.
constexpr absl::Duration kLongest = absl::Hours(24 * 365 * 100);

v1::LeakState ToMessage(LeakState state) {
  switch (state) {
    case LeakState::kTooEarly:
      return v1::LEAK_STATE_TOO_EARLY;
    case LeakState::kSteady:
      return v1::LEAK_STATE_STEADY;
    case LeakState::kSuspected:
      return v1::LEAK_STATE_SUSPECTED;
  }
  return v1::LEAK_STATE_UNSPECIFIED;
}

v1::LeakTrend ToMessage(const Trend& trend) {
  v1::LeakTrend message;
  message.set_slope_per_hour(trend.slope_per_hour());
  message.set_confidence(trend.confidence);
  return message;
}

v1::GrowingClass ToMessage(const GrowingClass& growing) {
  v1::GrowingClass message;
  message.set_class_name(growing.class_name);
  message.set_tag(growing.tag);
  message.set_bytes_per_hour(growing.bytes_per_hour);
  message.set_objects_per_hour(growing.objects_per_hour);
  message.set_live_bytes(growing.live_bytes);
  message.set_live_object_count(growing.live_object_count);
  return message;
}

}  // namespace

v1::LeakVerdict ToMessage(const LeakVerdict& verdict) {
  v1::LeakVerdict message;
  message.set_state(ToMessage(verdict.state));
  if (verdict.since != absl::InfinitePast()) {
    *message.mutable_since() = ToMessage(verdict.since);
  }
  message.set_confidence(verdict.confidence);
  *message.mutable_live_bytes() = ToMessage(verdict.live_bytes);
  *message.mutable_interval() = ToMessage(verdict.interval);
  *message.mutable_duration() = ToMessage(verdict.duration);
  message.set_collection_count(verdict.collection_count);
  *message.mutable_window() = ToMessage(verdict.window);
  if (verdict.time_to_limit < kLongest) {
    *message.mutable_time_to_limit() = ToMessage(verdict.time_to_limit);
  }
  for (const GrowingClass& growing : verdict.growing_classes) {
    *message.add_growing_classes() = ToMessage(growing);
  }
  return message;
}

}  // namespace heapd::server
