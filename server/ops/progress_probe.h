#ifndef HEAPD_SERVER_OPS_PROGRESS_PROBE_H_
#define HEAPD_SERVER_OPS_PROGRESS_PROBE_H_

#include <grpcpp/channel.h>

#include <atomic>
#include <cstdint>
#include <limits>
#include <memory>

#include "absl/time/time.h"
#include "grpc/health/v1/health.grpc.pb.h"
#include "server/ops/readiness.h"

namespace heapd::server {

// Whether the daemon makes progress: its readiness is sampled, and its liveness
// answers. Not whether it is ready: a daemon that has too much to do makes
// progress, and ending it would end its heaps.
//
// Ask() is for one thread, the rest for any.
class ProgressProbe {
 public:
  // `sampler` outlives it. `liveness` is a channel to the health service of
  // that name, or null where there is none to ask.
  ProgressProbe(const ReadinessSampler* sampler,
                std::shared_ptr<grpc::Channel> liveness);

  // Whether a sample was taken since this was asked last, and liveness says
  // SERVING within `timeout`. REQUIRES: samples are taken more often than this
  // is asked.
  bool Ask(absl::Duration timeout);

  // From now on the sampler is not expected to do anything: it is to be
  // stopped.
  void ForgetSampler() { sampled_.store(false, std::memory_order_relaxed); }

 private:
  bool LivenessAnswers(absl::Duration timeout);

  const ReadinessSampler& sampler_;
  // Null: not asked.
  const std::unique_ptr<grpc::health::v1::Health::Stub> liveness_;
  // Relaxed: nothing but itself is read by it.
  std::atomic<bool> sampled_{true};
  // No count, so that the first time passes.
  uint64_t last_count_ = std::numeric_limits<uint64_t>::max();
};

}  // namespace heapd::server

#endif  // HEAPD_SERVER_OPS_PROGRESS_PROBE_H_
