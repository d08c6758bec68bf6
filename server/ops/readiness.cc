#include "server/ops/readiness.h"

#include <pthread.h>

#include <utility>

namespace heapd::server {
namespace {

constexpr absl::Duration kSampleInterval = absl::Milliseconds(100);

}  // namespace

bool ReadinessPolicy::IsTooMuch(const ReadinessSample& sample, absl::Time now) {
  if (!sample.is_full) {
    full_since_.reset();
  } else if (!full_since_.has_value()) {
    full_since_ = now;
  }
  return sample.longest_wait > options_.max_wait ||
         (full_since_.has_value() && now - *full_since_ > options_.max_full);
}

bool ReadinessPolicy::Update(const ReadinessSample& sample, absl::Time now) {
  const bool too_much = IsTooMuch(sample, now);
  if (ready_) {
    ready_ = !too_much;
    return ready_;
  }
  if (sample.is_full || sample.longest_wait > options_.max_wait / 2) {
    calm_since_.reset();
    return false;
  }
  if (!calm_since_.has_value()) calm_since_ = now;
  if (now - *calm_since_ < options_.recovery) return false;
  calm_since_.reset();
  ready_ = true;
  return true;
}

ReadinessSampler::ReadinessSampler(ReadinessProbe* probe,
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
    const bool ready = policy_.Update(probe_->Sample(), absl::Now());
    sample_count_.fetch_add(1, std::memory_order_relaxed);
    if (ready != reported) report_(ready);
    reported = ready;
  }
}

}  // namespace heapd::server
