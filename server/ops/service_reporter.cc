#include "server/ops/service_reporter.h"

#include <pthread.h>

#include <algorithm>
#include <utility>

namespace heapd::server {
namespace {

constexpr absl::Duration kLongestInterval = absl::Seconds(5);
// More than what the daemon's progress is measured by needs (ProgressProbe).
constexpr absl::Duration kShortestInterval = absl::Milliseconds(250);
// Beyond the next report but one.
constexpr absl::Duration kExtraTime = absl::Seconds(5);

// A report that takes as long as it may, and one that is late, must not use up
// the time of the watchdog.
absl::Duration IntervalOf(const ServiceManager& manager) {
  if (!manager.watchdog().has_value()) return kLongestInterval;
  return std::clamp(*manager.watchdog() / 4, kShortestInterval,
                    kLongestInterval);
}

}  // namespace

ServiceReporter::ServiceReporter(ServiceManager* manager, Sources sources)
    : manager_(*manager),
      sources_(std::move(sources)),
      interval_(IntervalOf(manager_)) {
  if (manager_.is_present()) thread_ = std::thread([this] { Run(); });
}

ServiceReporter::~ServiceReporter() {
  {
    absl::MutexLock lock(&mu_);
    ended_ = true;
  }
  if (thread_.joinable()) thread_.join();
}

void ServiceReporter::BeginStop() {
  absl::MutexLock lock(&mu_);
  stopping_ = true;
}

void ServiceReporter::Run() {
  pthread_setname_np(pthread_self(), "manager");
  bool stopping = false;
  do {
    Report(stopping);
  } while (WaitForNextReport(&stopping));
}

void ServiceReporter::Report(bool stopping) {
  if (!sources_.makes_progress(interval_)) return;
  manager_.KeepAlive();
  if (stopping) manager_.ExtendTimeout(2 * interval_ + kExtraTime);
  manager_.Tell(sources_.status());
}

bool ServiceReporter::WaitForNextReport(bool* stopping) {
  const bool was_stopping = *stopping;
  const auto is_over = [this, was_stopping]() ABSL_SHARED_LOCKS_REQUIRED(mu_) {
    return ended_ || stopping_ != was_stopping;
  };
  absl::MutexLock lock(&mu_);
  mu_.AwaitWithTimeout(absl::Condition(&is_over), interval_);
  *stopping = stopping_;
  return !ended_;
}

}  // namespace heapd::server
