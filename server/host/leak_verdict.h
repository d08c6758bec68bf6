#ifndef HEAPD_SERVER_HOST_LEAK_VERDICT_H_
#define HEAPD_SERVER_HOST_LEAK_VERDICT_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "server/host/leak_trend.h"

namespace heapd::server {

// When what lives counts as growing without end. See README.md for how the
// defaults were chosen.
struct LeakOptions {
  // Growth has to go on for this long.
  absl::Duration window = absl::Minutes(10);
  // Major collections closer together than this count as one: the one after
  // which the least lived.
  absl::Duration sample_interval = absl::Seconds(1);
  // Growth over the window below one of these is none.
  uint64_t min_growth_bytes = uint64_t{512} << 10;
  double min_growth_ratio = 0.02;
};

enum class LeakState {
  kTooEarly,   // too few major collections, or over too short a time
  kSteady,     // what lives after major collections does not grow steadily
  kSuspected,  // it does
};

// "too_early", "steady", "suspected".
absl::string_view NameOf(LeakState state);

// Objects of one class and tag that become more.
struct GrowingClass {
  std::string class_name;  // as DevTools names it
  std::string tag;         // where they were allocated; empty for none
  double bytes_per_hour = 0;
  double objects_per_hour = 0;
  // After the last major collection. Old objects and their blocks, without
  // slots.
  uint64_t live_bytes = 0;
  uint64_t live_object_count = 0;
};

// What the last major collections say about a heap. A value.
struct LeakVerdict {
  LeakState state = LeakState::kTooEarly;
  absl::Time since = absl::InfinitePast();  // when it became that
  // How sure it is that what lives grows; 0 while kTooEarly.
  double confidence = 0;
  Trend live_bytes;  // after major collections
  Trend interval;    // between them, in seconds
  Trend duration;    // of them, in seconds
  // What it is about: how many collections, and over how long a time.
  uint32_t collection_count = 0;
  absl::Duration window;
  // Until the heap meets its limit if it goes on like that; infinite unless
  // kSuspected.
  absl::Duration time_to_limit = absl::InfiniteDuration();
  // The fastest first; empty unless kSuspected.
  std::vector<GrowingClass> growing_classes;
};

}  // namespace heapd::server

#endif  // HEAPD_SERVER_HOST_LEAK_VERDICT_H_
