#include "server/host/lease_timer.h"

#include <pthread.h>

#include "absl/time/time.h"

namespace heapd::server {
namespace {

constexpr absl::Duration kTick = absl::Milliseconds(100);

}  // namespace

LeaseTimer::LeaseTimer(const HeapRegistry* registry)
    : registry_(registry), thread_([this] { Run(); }) {}

LeaseTimer::~LeaseTimer() { Stop(); }

void LeaseTimer::Stop() {
  {
    absl::MutexLock lock(&mu_);
    stopping_ = true;
  }
  if (thread_.joinable()) thread_.join();
}

void LeaseTimer::Run() {
  pthread_setname_np(pthread_self(), "leases");
  while (true) {
    {
      absl::MutexLock lock(&mu_);
      if (mu_.AwaitWithTimeout(absl::Condition(&stopping_), kTick)) return;
    }
    for (const auto& hosted : registry_->All()) hosted->ExpireLeases();
  }
}

}  // namespace heapd::server
