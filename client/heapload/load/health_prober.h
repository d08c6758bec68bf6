#ifndef HEAPD_CLIENT_HEAPLOAD_LOAD_HEALTH_PROBER_H_
#define HEAPD_CLIENT_HEAPLOAD_LOAD_HEALTH_PROBER_H_

#include <grpcpp/channel.h>
#include <grpcpp/completion_queue.h>

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "client/heapd/credentials.h"
#include "client/heapload/load/clock.h"
#include "client/heapload/run_report.h"
#include "grpc/health/v1/health.grpc.pb.h"

namespace heapd::heapload {

struct HealthProberOptions {
  std::string name;  // "liveness", "readiness"
  std::string address;
  client::Credentials credentials = {};
  Nanos interval = kNanosPerSecond;
  Nanos timeout = kNanosPerSecond;
};

// Asks one address for its health as a load balancer would: one Check of the
// empty service at each multiple of the interval, on a connection of its own,
// whether or not those before have been answered. One thread sends, another
// receives. Thread-safe.
class HealthProber {
 public:
  // Starts. INVALID_ARGUMENT for an address that is none. `clock` outlives it.
  static absl::StatusOr<std::unique_ptr<HealthProber>> Start(
      HealthProberOptions options, const RunClock& clock);
  ~HealthProber();
  HealthProber(const HealthProber&) = delete;
  HealthProber& operator=(const HealthProber&) = delete;

  const std::string& name() const { return options_.name; }
  // The last answer, kServing before the first.
  ProbeOutcome Last() const ABSL_LOCKS_EXCLUDED(mu_);
  // Sends no more, waits for those on their way, and gives all in the order of
  // their intended times.
  ProbeSeries Stop() ABSL_LOCKS_EXCLUDED(mu_);

 private:
  struct Probe;

  HealthProber(HealthProberOptions options,
               std::shared_ptr<grpc::Channel> channel, const RunClock& clock);

  void SendAll() ABSL_LOCKS_EXCLUDED(mu_);
  // Sleeps; false if stopped.
  bool WaitUntil(Nanos time) ABSL_LOCKS_EXCLUDED(mu_);
  void Send(Nanos intended);
  void ReceiveAll() ABSL_LOCKS_EXCLUDED(mu_);
  void EndThreads() ABSL_LOCKS_EXCLUDED(mu_);

  const HealthProberOptions options_;
  const std::unique_ptr<grpc::health::v1::Health::Stub> stub_;
  const RunClock& clock_;
  grpc::CompletionQueue queue_;

  mutable absl::Mutex mu_;
  std::vector<HealthProbe> probes_ ABSL_GUARDED_BY(mu_);  // as answered
  bool stopping_ ABSL_GUARDED_BY(mu_) = false;
  std::thread sender_;
  std::thread receiver_;
};

}  // namespace heapd::heapload

#endif  // HEAPD_CLIENT_HEAPLOAD_LOAD_HEALTH_PROBER_H_
