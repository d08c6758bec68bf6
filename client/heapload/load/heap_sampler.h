#ifndef HEAPD_CLIENT_HEAPLOAD_LOAD_HEAP_SAMPLER_H_
#define HEAPD_CLIENT_HEAPLOAD_LOAD_HEAP_SAMPLER_H_

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "client/heapd/client.h"
#include "client/heapd/credentials.h"
#include "client/heapload/load/clock.h"
#include "client/heapload/run_report.h"

namespace heapd::heapload {

// Asks for the heap's size at fixed times, on a connection and a thread of its
// own. A time at which the daemon does not answer has no sample, and so have
// the times that pass while it waits for an answer.
// Thread-safe.
class HeapSampler {
 public:
  // Starts. INVALID_ARGUMENT for an address that is none. `clock` outlives it.
  static absl::StatusOr<std::unique_ptr<HeapSampler>> Start(
      const std::string& address, const client::Credentials& credentials,
      std::string heap, Nanos interval, const RunClock& clock);
  ~HeapSampler();
  HeapSampler(const HeapSampler&) = delete;
  HeapSampler& operator=(const HeapSampler&) = delete;

  // The last sample; all zeros if there is none.
  HeapSample Last() const ABSL_LOCKS_EXCLUDED(mu_);
  // Takes one more sample, ends, and gives all.
  std::vector<HeapSample> Stop() ABSL_LOCKS_EXCLUDED(mu_);

 private:
  HeapSampler(std::unique_ptr<client::Client> client, std::string heap,
              Nanos interval, const RunClock& clock);

  void Run() ABSL_LOCKS_EXCLUDED(mu_);
  void TakeSample() ABSL_LOCKS_EXCLUDED(mu_);
  void EndThread() ABSL_LOCKS_EXCLUDED(mu_);

  const std::unique_ptr<client::Client> client_;
  const std::string heap_;
  const Nanos interval_;
  const RunClock& clock_;

  mutable absl::Mutex mu_;
  std::vector<HeapSample> samples_ ABSL_GUARDED_BY(mu_);
  bool stopping_ ABSL_GUARDED_BY(mu_) = false;
  std::thread thread_;
};

}  // namespace heapd::heapload

#endif  // HEAPD_CLIENT_HEAPLOAD_LOAD_HEAP_SAMPLER_H_
