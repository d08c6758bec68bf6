// Correct uses of absl::Mutex, none of which ThreadSanitizer may report. In a
// ThreadSanitizer build this tests tsan_absl_mutex.cc.

#include <atomic>
#include <functional>
#include <thread>
#include <vector>

#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"

namespace {

constexpr int kRounds = 500;

// Runs the bodies at the same time and waits for all of them.
void RunTogether(const std::vector<std::function<void()>>& bodies) {
  std::vector<std::thread> threads;
  for (const auto& body : bodies) threads.emplace_back(body);
  for (std::thread& thread : threads) thread.join();
}

TEST(AbslMutexRaceTest, LocksOrderAccesses) {
  absl::Mutex mu;
  int counter = 0;
  auto add = [&] {
    for (int i = 0; i < kRounds; ++i) {
      absl::MutexLock lock(&mu);
      ++counter;
    }
  };
  auto add_if_free = [&] {
    if (mu.TryLock()) {
      ++counter;
      mu.Unlock();
    }
  };
  auto read = [&] {
    absl::ReaderMutexLock lock(&mu);
    EXPECT_GE(counter, 0);
  };
  RunTogether({add, add, add_if_free, read, read});
  EXPECT_GE(counter, 2 * kRounds);
}

TEST(AbslMutexRaceTest, ConditionsOrderAccesses) {
  absl::Mutex mu;
  int counter = 0;
  int woken = 0;
  auto reached = [&counter] { return counter >= kRounds; };
  auto add = [&] {
    for (int i = 0; i < kRounds; ++i) {
      absl::MutexLock lock(&mu);
      ++counter;
    }
  };
  auto await = [&] {
    absl::MutexLock lock(&mu);
    mu.Await(absl::Condition(&reached));
    ++woken;
  };
  auto await_bounded = [&] {
    absl::MutexLock lock(&mu);
    EXPECT_TRUE(
        mu.AwaitWithTimeout(absl::Condition(&reached), absl::Minutes(1)));
    ++woken;
  };
  auto lock_when = [&] {
    absl::MutexLock lock(&mu, absl::Condition(&reached));
    ++woken;
  };
  RunTogether({await, await_bounded, lock_when, add});
  EXPECT_EQ(woken, 3);
}

TEST(AbslMutexRaceTest, CondVarsOrderAccesses) {
  absl::Mutex mu;
  absl::CondVar changed;
  bool ready = false;
  int value = 0;
  auto wait = [&] {
    absl::MutexLock lock(&mu);
    while (!ready) changed.Wait(&mu);
    ++value;
  };
  auto wait_bounded = [&] {
    absl::MutexLock lock(&mu);
    while (!ready) changed.WaitWithTimeout(&mu, absl::Minutes(1));
    ++value;
  };
  auto signal = [&] {
    absl::MutexLock lock(&mu);
    ++value;
    ready = true;
    changed.SignalAll();
  };
  RunTogether({wait, wait_bounded, signal});
  EXPECT_EQ(value, 3);
}

// `late`: whether the wait begins after the notification, and so takes no
// mutex.
void NotifyAndRead(bool late) {
  absl::Notification written;
  // Relaxed: orders nothing.
  std::atomic<bool> notified{false};
  int value = 0;
  auto write = [&] {
    value = 7;
    written.Notify();
    notified.store(true, std::memory_order_relaxed);
  };
  auto read = [&] {
    while (late && !notified.load(std::memory_order_relaxed)) {
      std::this_thread::yield();
    }
    written.WaitForNotification();
    EXPECT_EQ(value, 7);
  };
  RunTogether({read, write});
}

TEST(AbslMutexRaceTest, NotificationsOrderAccesses) {
  NotifyAndRead(/*late=*/false);
  NotifyAndRead(/*late=*/true);
}

}  // namespace
