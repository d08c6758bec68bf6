#ifndef HEAPD_SERVER_SERVICE_SERVICE_CORE_H_
#define HEAPD_SERVER_SERVICE_SERVICE_CORE_H_

#include <atomic>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "heapd/v1/object_service.pb.h"
#include "server/audit/audit_log.h"
#include "server/auth/access_control.h"
#include "server/auth/authenticator.h"
#include "server/host/admission.h"
#include "server/host/heap_registry.h"
#include "server/service/call_meter.h"
#include "server/service/drain.h"
#include "server/service/message_pool.h"

namespace heapd::server {

// Messages of Apply for use again.
struct BatchMessages {
  MessagePool<v1::ApplyRequest> requests;
  MessagePool<v1::ApplyResponse> responses;
};

// Who may call, and what is written down of it. A value; what it names outlives
// the services.
struct ServiceSecurity {
  const Authenticator* authenticator = nullptr;
  const AccessControl* access = nullptr;
  AuditLog* audit = nullptr;  // null: no audit log is kept
};

// What the services work on, shared by all of them. Outlives them.
struct ServiceCore {
  HeapRegistry* registry = nullptr;
  ServiceSecurity security;
  Admission* calls = nullptr;    // of the data plane
  Admission* streams = nullptr;  // open pipelines
  AdmissionCounters* counters = nullptr;
  CallMeter* meter = nullptr;  // null: nobody counts
  // See HostEnvironment.
  bool heed_deadlines = true;
  Drain* drain = nullptr;
  BatchMessages* batch_messages = nullptr;
  absl::Duration default_time_to_live = absl::Seconds(60);
  absl::Duration max_time_to_live = absl::Hours(24);
  int max_watchers = 64;
  // Open watches, on all planes together.
  std::atomic<int>* collection_watchers = nullptr;
  std::atomic<int>* snapshot_watchers = nullptr;
  std::atomic<int>* downloads = nullptr;  // of snapshots
  std::atomic<int>* analyses = nullptr;
  // Where files without names go.
  std::string spill_directory = {};
};

// One of a bounded number of watchers, for as long as it lives.
// Thread-compatible.
class WatcherSlot {
 public:
  WatcherSlot() = default;
  ~WatcherSlot() {
    if (count_ != nullptr) count_->fetch_sub(1, std::memory_order_relaxed);
  }
  WatcherSlot(const WatcherSlot&) = delete;
  WatcherSlot& operator=(const WatcherSlot&) = delete;

  // RESOURCE_EXHAUSTED (WATCHERS) when `max` others are there.
  absl::Status Take(std::atomic<int>* count, int max);

 private:
  std::atomic<int>* count_ = nullptr;
};

}  // namespace heapd::server

#endif  // HEAPD_SERVER_SERVICE_SERVICE_CORE_H_
