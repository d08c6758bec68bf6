#ifndef HEAPD_SERVER_HOST_COLLECTION_WATCH_H_
#define HEAPD_SERVER_HOST_COLLECTION_WATCH_H_

#include <cstdint>
#include <deque>
#include <functional>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/types/optional.h"
#include "heap/gc/collection.h"

namespace heapd::server {

// The collections of one heap on their way to one watcher. Those that the
// watcher is too slow to take are left out and counted. Thread-safe.
class CollectionWatch {
 public:
  struct Event {
    Collection collection;
    uint64_t dropped = 0;  // left out just before this one
  };

  // `wake` is called, without any lock of the heap's, when there may be
  // something to take or the watch is closed; it must not wait.
  explicit CollectionWatch(std::function<void()> wake)
      : wake_(std::move(wake)) {}
  CollectionWatch(const CollectionWatch&) = delete;
  CollectionWatch& operator=(const CollectionWatch&) = delete;

  // Leaves out collections of other kinds. Before the watch begins.
  void Only(CollectionKind kind) ABSL_LOCKS_EXCLUDED(mu_);

  // For the watcher: the next collection; nothing when there is none yet.
  absl::optional<Event> Take() ABSL_LOCKS_EXCLUDED(mu_);
  // Why nothing more will come; OK while something may.
  absl::Status closed() const ABSL_LOCKS_EXCLUDED(mu_);
  // `wake` is not running when this returns, and is never called again.
  void Detach() ABSL_LOCKS_EXCLUDED(wake_mu_);

  // For the heap.
  // Whether there is something new to take.
  bool Append(const Collection& collection) ABSL_LOCKS_EXCLUDED(mu_);
  void Close(const absl::Status& why) ABSL_LOCKS_EXCLUDED(mu_);
  void Wake() ABSL_LOCKS_EXCLUDED(wake_mu_);

 private:
  static constexpr size_t kMaxEvents = 64;

  absl::Mutex wake_mu_;  // before the watcher's own lock
  std::function<void()> wake_ ABSL_GUARDED_BY(wake_mu_);
  mutable absl::Mutex mu_;  // a leaf of the lock order
  absl::optional<CollectionKind> only_ ABSL_GUARDED_BY(mu_);
  std::deque<Event> events_ ABSL_GUARDED_BY(mu_);
  uint64_t dropped_ ABSL_GUARDED_BY(mu_) = 0;
  absl::Status closed_ ABSL_GUARDED_BY(mu_);
};

}  // namespace heapd::server

#endif  // HEAPD_SERVER_HOST_COLLECTION_WATCH_H_
