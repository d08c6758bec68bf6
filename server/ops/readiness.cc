#include "server/ops/readiness.h"

#include <pthread.h>

#include <utility>

namespace heapd::server {
namespace {

constexpr absl::Duration kSampleInterval = absl::Milliseconds(100);

}  // namespace

bool ReadinessPolicy::Update(absl::Duration oldest_wait, absl::Time now) {
  if (ready_) {
    ready_ = oldest_wait <= max_wait_;
    return ready_;
  }
  if (oldest_wait > max_wait_ / 2) {
    calm_since_.reset();
    return false;
  }
  if (!calm_since_.has_value()) calm_since_ = now;
  if (now - *calm_since_ < recovery_) return false;
  calm_since_.reset();
  ready_ = true;
  return true;
}

ReadinessSampler::ReadinessSampler(const ReadinessProbe* probe,
                                   ReadinessPolicy policy,
                                   std::function<void(bool ready)> report)
    : probe_(probe),
      policy_(policy),
      report_(std::move(report)),
      thread_([this] { Run(); }) {}

ReadinessSampler::~ReadinessSampler() { Stop(); }

void ReadinessSampler::Stop() {
  {
    absl::MutexLock lock(&mu_);
    stopping_ = true;
  }
  if (thread_.joinable()) thread_.join();
}

bool ReadinessSampler::WaitForNextSample() {
  absl::MutexLock lock(&mu_);
  return !mu_.AwaitWithTimeout(absl::Condition(&stopping_), kSampleInterval);
}

void ReadinessSampler::Run() {
  pthread_setname_np(pthread_self(), "readiness");
  bool reported = true;
  while (WaitForNextSample()) {
    const bool ready =
        policy_.Update(probe_->OldestWaitingCallAge(), absl::Now());
    if (ready != reported) report_(ready);
    reported = ready;
  }
}

}  // namespace heapd::server
