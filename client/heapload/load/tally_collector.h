#ifndef HEAPD_CLIENT_HEAPLOAD_LOAD_TALLY_COLLECTOR_H_
#define HEAPD_CLIENT_HEAPLOAD_LOAD_TALLY_COLLECTOR_H_

#include <cstddef>
#include <memory>
#include <vector>

#include "client/heapload/load/error_classes.h"
#include "client/heapload/load/worker.h"
#include "client/heapload/run_report.h"

namespace heapd::heapload {

// Merges what the workers counted: each interval once all its calls ended, and
// at the end phases and totals. Single-threaded; the workers may be running.
class TallyCollector {
 public:
  // Both outlive it.
  TallyCollector(const RecorderShape& shape,
                 const std::vector<std::unique_ptr<Worker>>& workers,
                 const ErrorClasses& classes);

  // Merges and frees the intervals that are over, in their order. Call it now
  // and then, so that a long run does not keep them all.
  void CollectIntervals();

  // An interval as it is now, calls that did not end yet left out of all but
  // `intended`.
  RunInterval Peek(size_t i) const;

  // Once every worker is done: calls, latencies, lag and intervals of a run of
  // so many seconds, and what its phases counted, in the order of the schedule.
  // Phases that no call was in are left out.
  void Finish(const Schedule& schedule, double seconds, RunReport& report);

 private:
  // Whether no call of the interval can end any more.
  bool IsOver(size_t i) const;
  RunInterval Merge(size_t i) const;
  RunPhase MergePhase(size_t i, const std::vector<std::string>& names) const;

  const RecorderShape shape_;
  const std::vector<std::unique_ptr<Worker>>& workers_;
  const ErrorClasses& classes_;
  std::vector<RunInterval> intervals_;  // those that are over
};

}  // namespace heapd::heapload

#endif  // HEAPD_CLIENT_HEAPLOAD_LOAD_TALLY_COLLECTOR_H_
