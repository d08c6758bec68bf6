#ifndef HEAPD_SERVER_OPS_SERVICE_REPORTER_H_
#define HEAPD_SERVER_OPS_SERVICE_REPORTER_H_

#include <functional>
#include <string>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "server/ops/service_manager.h"

namespace heapd::server {

// Tells the service manager every few seconds that the daemon is alive and how
// it is, on a thread of its own, "manager"; while the daemon stops, also that
// it needs time. None of it is said when the daemon does not make progress:
// then the manager's own time runs out, and it does what it is configured to
// do.
//
// Thread-safe.
class ServiceReporter {
 public:
  struct Sources {
    // Whether the daemon made progress; takes at most this long, for it asks
    // those whose progress it is.
    std::function<bool(absl::Duration timeout)> makes_progress;
    // How it is, in one line.
    std::function<std::string()> status;
  };

  // `manager` outlives it. Without one that is present there is no thread.
  ServiceReporter(ServiceManager* manager, Sources sources);
  // Joins the thread; afterwards no source is asked.
  ~ServiceReporter() ABSL_LOCKS_EXCLUDED(mu_);
  ServiceReporter(const ServiceReporter&) = delete;
  ServiceReporter& operator=(const ServiceReporter&) = delete;

  // From now on asks for time too, at once and then each time.
  void BeginStop() ABSL_LOCKS_EXCLUDED(mu_);

 private:
  void Run() ABSL_LOCKS_EXCLUDED(mu_);
  void Report(bool stopping);
  // Until the next report is due, a stop begins, or all ends; false for that.
  bool WaitForNextReport(bool* stopping) ABSL_LOCKS_EXCLUDED(mu_);

  ServiceManager& manager_;
  const Sources sources_;
  const absl::Duration interval_;
  absl::Mutex mu_;
  bool stopping_ ABSL_GUARDED_BY(mu_) = false;
  bool ended_ ABSL_GUARDED_BY(mu_) = false;
  std::thread thread_;
};

}  // namespace heapd::server

#endif  // HEAPD_SERVER_OPS_SERVICE_REPORTER_H_
