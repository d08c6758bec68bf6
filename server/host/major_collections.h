#ifndef HEAPD_SERVER_HOST_MAJOR_COLLECTIONS_H_
#define HEAPD_SERVER_HOST_MAJOR_COLLECTIONS_H_

#include <memory>
#include <stop_token>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "heap/gc/collection.h"
#include "server/host/collection_watch.h"
#include "server/host/hosted_heap.h"

namespace heapd::server {

// The major collections of a heap, one after the other, for one thread that
// waits for them. Thread-compatible, but for Forget().
class MajorCollections {
 public:
  // REQUIRES: `hosted` outlives this.
  explicit MajorCollections(HostedHeap* hosted);
  ~MajorCollections();
  MajorCollections(const MajorCollections&) = delete;
  MajorCollections& operator=(const MajorCollections&) = delete;

  // What has ended until now is not waited for. With the lane.
  void Forget();
  // The next one that ends. DEADLINE_EXCEEDED; CANCELLED once `stop` is
  // requested; that of the watch when it is closed.
  absl::StatusOr<Collection> Wait(absl::Time deadline,
                                  const std::stop_token& stop = {})
      ABSL_LOCKS_EXCLUDED(mu_);

 private:
  void Wake() ABSL_LOCKS_EXCLUDED(mu_);

  HostedHeap& hosted_;
  absl::Mutex mu_;  // a leaf of the lock order
  bool woken_ ABSL_GUARDED_BY(mu_) = false;
  const std::shared_ptr<CollectionWatch> watch_;
};

}  // namespace heapd::server

#endif  // HEAPD_SERVER_HOST_MAJOR_COLLECTIONS_H_
