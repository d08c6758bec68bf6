#include "tests/bench/support/machine_stalls.h"

#include <chrono>
#include <thread>

#include "tests/bench/support/own_core.h"

namespace heapd::bench {
namespace {

using Clock = std::chrono::steady_clock;

constexpr double kLongSeconds = 1e-4;

void Watch(double seconds, std::vector<double>* stalls) {
  const Clock::time_point start = Clock::now();
  const auto length = std::chrono::duration<double>(seconds);
  Clock::time_point last = start;
  while (last - start < length) {
    const Clock::time_point now = Clock::now();
    const double gap = std::chrono::duration<double>(now - last).count();
    if (gap > kLongSeconds) stalls->push_back(gap);
    last = now;
  }
}

}  // namespace

std::vector<double> MachineStalls(int threads, double seconds) {
  std::vector<std::vector<double>> found(threads);
  std::vector<std::thread> watchers;
  for (std::vector<double>& stalls : found) {
    watchers.emplace_back([seconds, &stalls, number = watchers.size()] {
      const OwnCore core(static_cast<int>(number));
      Watch(seconds, &stalls);
    });
  }
  for (std::thread& watcher : watchers) watcher.join();
  std::vector<double> all = {0};
  for (const std::vector<double>& stalls : found) {
    all.insert(all.end(), stalls.begin(), stalls.end());
  }
  return all;
}

}  // namespace heapd::bench
