#ifndef HEAPD_SERVER_HOST_RECLAIM_PROBE_H_
#define HEAPD_SERVER_HOST_RECLAIM_PROBE_H_

#include "absl/time/time.h"
#include "absl/types/optional.h"

namespace heapd::server {

// Knows whether any heap gives memory back to the budget that all share.
class ReclaimProbe {
 public:
  virtual ~ReclaimProbe() = default;
  // Until the first of the major collections ends that run, about; nothing if
  // none does. Takes no heap's lane. Thread-safe.
  virtual absl::optional<absl::Duration> TimeToReclaim() const = 0;
};

}  // namespace heapd::server

#endif  // HEAPD_SERVER_HOST_RECLAIM_PROBE_H_
