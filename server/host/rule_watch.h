#ifndef HEAPD_SERVER_HOST_RULE_WATCH_H_
#define HEAPD_SERVER_HOST_RULE_WATCH_H_

#include <cstdint>
#include <deque>

#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "server/host/heap_observation.h"
#include "server/ops/rule_entry.h"

namespace heapd::server {

// Whether the condition of a rule holds for one heap, and has for the rule's
// window. Single-threaded.
//
// Of metrics that say how things are, the condition must hold at every look for
// as long as the window. Of those that say what happened, it is looked at what
// happened in the window, which must have passed once; in steps of a 20th of
// it. What was seen until the condition was met counts for that time only: the
// next time takes another window.
class RuleWatch {
 public:
  RuleWatch(const RuleTerms& terms, absl::Duration window)
      : terms_(terms), window_(window) {}

  // The value by which the condition is met now, in the unit of RuleTerms;
  // nothing if it is not. Times do not go back.
  absl::optional<double> Look(absl::Time now,
                              const HeapObservation& observation);

 private:
  // What the heap has gone through up to a time.
  struct Past {
    absl::Time time;
    absl::Duration pause_duration;
    uint64_t refused_call_count = 0;
    HistogramFigures pauses;
  };

  bool Holds(double value) const {
    return terms_.above ? value > terms_.threshold : value < terms_.threshold;
  }
  absl::optional<double> LookAtLevel(absl::Time now,
                                     const HeapObservation& observation);
  absl::optional<double> LookAtWindow(const Past& now);
  double ValueSince(const Past& start, const Past& now) const;

  const RuleTerms terms_;
  const absl::Duration window_;
  // For as long the condition has held; infinite future: it does not.
  absl::Time holds_since_ = absl::InfiniteFuture();
  std::deque<Past> past_;  // oldest first
};

}  // namespace heapd::server

#endif  // HEAPD_SERVER_HOST_RULE_WATCH_H_
