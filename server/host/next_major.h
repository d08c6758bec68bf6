#ifndef HEAPD_SERVER_HOST_NEXT_MAJOR_H_
#define HEAPD_SERVER_HOST_NEXT_MAJOR_H_

#include "absl/status/status.h"
#include "heap/heap.h"

namespace heapd::server {

// Who waits for the major collection of a heap that runs, to begin the next one
// right when it ends: a snapshot's. Calls that get no memory begin another one
// the moment they run again, and if many of them fight for what little there
// is, whoever came as one more call would never find the heap at rest.
class NextMajor {
 public:
  virtual ~NextMajor() = default;

  // With the lane, while none runs. Whether one has begun.
  virtual bool Begin(Heap& heap) = 0;
  // In place of that: it will not be.
  virtual void GiveUp(const absl::Status& why) = 0;
};

}  // namespace heapd::server

#endif  // HEAPD_SERVER_HOST_NEXT_MAJOR_H_
