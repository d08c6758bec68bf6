#include "server/host/lease_timer.h"

#include <pthread.h>

#include <algorithm>
#include <chrono>

#include "absl/time/time.h"

namespace heapd::server {
namespace {

constexpr absl::Duration kTick = absl::Milliseconds(100);

// While sessions wait to be closed: this thread rests for three times as long
// as it worked, so that their number takes time from nobody.
constexpr absl::Duration kShortestRest = absl::Microseconds(300);
constexpr int kRestForWork = 3;

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
  absl::Duration rest = kTick;
  while (true) {
    {
      absl::MutexLock lock(&mu_);
      if (mu_.AwaitWithTimeout(absl::Condition(&stopping_), rest)) return;
    }
    const auto start = std::chrono::steady_clock::now();
    bool more = false;
    for (const auto& hosted : registry_->All()) more |= hosted->ExpireLeases();
    const absl::Duration work =
        absl::FromChrono(std::chrono::steady_clock::now() - start);
    rest = more ? std::clamp(kRestForWork * work, kShortestRest, kTick) : kTick;
  }
}

}  // namespace heapd::server
