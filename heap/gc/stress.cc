#include "heap/gc/stress.h"

#include <chrono>
#include <random>
#include <thread>
#include <utility>

namespace heapd {
namespace {

constexpr uint32_t kOneOf = 64;
constexpr uint32_t kMaxMicroseconds = 200;

}  // namespace

void DelayAtRandom() {
  thread_local std::minstd_rand random{std::random_device()()};
  if (random() % kOneOf != 0) return;
  std::this_thread::sleep_for(
      std::chrono::microseconds(random() % kMaxMicroseconds));
}

TaskRunner DelayedAtRandom(TaskRunner runner) {
  if (runner == nullptr) return nullptr;
  return [runner = std::move(runner)](std::function<void()> task) {
    runner([task = std::move(task)] {
      DelayAtRandom();
      task();
    });
  };
}

}  // namespace heapd
