#ifndef HEAPD_SERVER_METRICS_HEAP_VISIT_H_
#define HEAPD_SERVER_METRICS_HEAP_VISIT_H_

#include <memory>
#include <optional>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "heap/heap_stats.h"
#include "server/host/hosted_heap.h"

namespace heapd::server {

// The figures of a heap that only the holder of its lane can read, which takes
// some microseconds. At most one call is on its way, however often they are
// asked for: a heap that is stuck does not collect them. Thread-safe.
class HeapVisit : public std::enable_shared_from_this<HeapVisit> {
 public:
  struct Figures {
    HeapStats stats;
    absl::Time time;  // when they were read
  };

  HeapVisit() = default;
  HeapVisit(const HeapVisit&) = delete;
  HeapVisit& operator=(const HeapVisit&) = delete;

  // Sends a call to the heap unless one is on its way. Does not wait, but runs
  // the call if nobody else has the lane.
  void Begin(const std::shared_ptr<HostedHeap>& hosted)
      ABSL_LOCKS_EXCLUDED(mu_);

  // The figures once no call is on its way any more, or those that there are
  // after `timeout`; nothing if there never were any.
  std::optional<Figures> Await(absl::Duration timeout) ABSL_LOCKS_EXCLUDED(mu_);

 private:
  class Call;

  void End(std::optional<HeapStats> stats) ABSL_LOCKS_EXCLUDED(mu_);

  absl::Mutex mu_;  // a leaf of the lock order
  bool is_idle_ ABSL_GUARDED_BY(mu_) = true;
  std::optional<Figures> figures_ ABSL_GUARDED_BY(mu_);
};

}  // namespace heapd::server

#endif  // HEAPD_SERVER_METRICS_HEAP_VISIT_H_
