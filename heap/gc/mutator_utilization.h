#ifndef HEAPD_HEAP_GC_MUTATOR_UTILIZATION_H_
#define HEAPD_HEAP_GC_MUTATOR_UTILIZATION_H_

#include <array>
#include <cstddef>
#include <deque>

#include "absl/time/time.h"

namespace heapd {

// What part of the time mutators had the heap to themselves, from 0 to 1.
//
// Two views of the same pauses. `current` and `average` are V8's "mu" of
// --trace-gc (its gc-tracer.cc): of major collections only, from the end of one
// to the end of the next, and a mean in which the past loses half its weight
// with each. The minimum over a window (Cheng and Blelloch, "A Parallel,
// Real-Time Garbage Collector", 2001) is of all pauses: the worst that any
// stretch of this length has seen since the heap was created, which is what
// many short pauses in a row cannot hide from. Time before that counts as the
// mutators'. Thread-compatible.
class MutatorUtilization {
 public:
  static constexpr size_t kWindows = 3;

  MutatorUtilization();

  // REQUIRES: pauses come in order and do not overlap. `end`, here and below:
  // since the heap was created.
  void AddPause(absl::Duration end, absl::Duration duration);
  // A major collection is over, whose pauses, added before, took so long.
  void EndMajor(absl::Duration end, absl::Duration pauses);

  double current() const { return current_; }
  double average() const { return average_; }

  // By increasing length.
  absl::Duration window(size_t number) const { return windows_[number].length; }
  double minimum(size_t number) const { return windows_[number].minimum; }

 private:
  struct Pause {
    absl::Duration end;
    absl::Duration duration;
  };
  struct Window {
    absl::Duration length;
    double minimum = 1;
    absl::Duration paused;     // sum of `pauses`
    std::deque<Pause> pauses;  // that end in the window, oldest first
  };

  static void AddTo(Window* window, const Pause& pause);

  double current_ = 1;
  double average_ = 1;
  absl::Duration last_major_end_;
  absl::Duration average_pause_;
  absl::Duration average_mutator_;
  std::array<Window, kWindows> windows_;
};

}  // namespace heapd

#endif  // HEAPD_HEAP_GC_MUTATOR_UTILIZATION_H_
