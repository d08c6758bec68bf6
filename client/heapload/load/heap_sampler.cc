#include "client/heapload/load/heap_sampler.h"

#include <algorithm>
#include <utility>

#include "client/heapd/status_macros.h"

namespace heapd::heapload {
namespace {

// Longest wait for one answer.
constexpr absl::Duration kTimeout = absl::Seconds(2);

}  // namespace

absl::StatusOr<std::unique_ptr<HeapSampler>> HeapSampler::Start(
    const std::string& address, const client::Credentials& credentials,
    std::string heap, Nanos interval, const RunClock& clock) {
  client::ClientOptions options;
  options.call_timeout = kTimeout;
  options.retry.max_attempts = 1;
  client::UseCredentials(credentials, options);
  HEAPD_CLIENT_ASSIGN_OR_RETURN(auto client,
                                client::Client::Connect(address, options));
  std::unique_ptr<HeapSampler> sampler(
      new HeapSampler(std::move(client), std::move(heap), interval, clock));
  sampler->thread_ = std::thread([raw = sampler.get()] { raw->Run(); });
  return sampler;
}

HeapSampler::HeapSampler(std::unique_ptr<client::Client> client,
                         std::string heap, Nanos interval,
                         const RunClock& clock)
    : client_(std::move(client)),
      heap_(std::move(heap)),
      interval_(interval),
      clock_(clock) {}

HeapSampler::~HeapSampler() { EndThread(); }

void HeapSampler::EndThread() {
  {
    absl::MutexLock lock(&mu_);
    stopping_ = true;
  }
  if (thread_.joinable()) thread_.join();
}

HeapSample HeapSampler::Last() const {
  absl::MutexLock lock(&mu_);
  return samples_.empty() ? HeapSample() : samples_.back();
}

std::vector<HeapSample> HeapSampler::Stop() {
  EndThread();
  TakeSample();
  absl::MutexLock lock(&mu_);
  return std::move(samples_);
}

void HeapSampler::Run() {
  for (Nanos next = 0;; next = (clock_.Now() / interval_ + 1) * interval_) {
    {
      absl::MutexLock lock(&mu_);
      const Nanos wait = std::max<Nanos>(0, next - clock_.Now());
      if (mu_.AwaitWithTimeout(absl::Condition(&stopping_),
                               absl::Nanoseconds(wait))) {
        return;
      }
    }
    TakeSample();
  }
}

void HeapSampler::TakeSample() {
  const absl::StatusOr<v1::HeapStats> stats = client_->GetStats(heap_);
  if (!stats.ok()) return;
  HeapSample sample;
  sample.at_seconds = ToSeconds(clock_.Now());
  sample.used_bytes = stats->used_bytes();
  sample.committed_bytes = stats->committed_bytes();
  sample.limit_bytes = stats->limit_bytes();
  sample.object_count = stats->object_count();
  sample.resident_bytes = stats->process_resident_bytes();
  absl::MutexLock lock(&mu_);
  samples_.push_back(sample);
}

}  // namespace heapd::heapload
