// Many threads at one admission, and readers of a lane that others use.

#include <gtest/gtest.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <thread>
#include <vector>

#include "server/host/admission.h"
#include "server/host/mutator_lane.h"
#include "tests/server/support/lane_task.h"

namespace heapd::server {
namespace {

constexpr int kThreads = 4;
constexpr int kCallsPerThread = 5000;

TEST(AdmissionRaceTest, NoBoundIsPassedAndEverythingIsGivenBack) {
  constexpr int64_t kMaxCalls = 3;
  AdmissionCounters counters;
  Admission admission({.daemon = {kMaxCalls, 1000},
                       .heap = {kMaxCalls, 1000},
                       .session = {2, 1000}},
                      &counters);
  const auto heap = std::make_shared<HeapInFlight>();
  std::atomic<int64_t> inside{0};
  std::atomic<int64_t> most_inside{0};
  const auto call = [&](int number) {
    Admission::Ticket ticket;
    if (!admission
             .Admit(CallClass::kAdminister, 10,
                    {heap, nullptr, static_cast<uint64_t>(number % 3)}, &ticket)
             .ok()) {
      return;
    }
    const int64_t now = inside.fetch_add(1) + 1;
    int64_t most = most_inside.load();
    while (now > most && !most_inside.compare_exchange_weak(most, now)) {
    }
    if (ticket.Grow(100).ok()) ticket.ShrinkGrowth(number % 100);
    ticket.GrowAnyway(5);
    inside.fetch_sub(1);
  };
  std::vector<std::thread> threads;
  for (int thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&call] {
      for (int i = 0; i < kCallsPerThread; ++i) call(i);
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(admission.calls(), 0);
  EXPECT_EQ(admission.bytes(), 0u);
  EXPECT_EQ(heap->calls(), 0);
  EXPECT_EQ(heap->bytes(), 0u);
  EXPECT_LE(most_inside, kMaxCalls);
  const AdmissionCounters::Figures figures = counters.Read();
  EXPECT_GT(figures.admitted[static_cast<size_t>(CallClass::kAdminister)], 0u);
}

TEST(AdmissionRaceTest, ALaneCanBeAskedWhileItWorks) {
  WorkerPool turns("turns", 2);
  MutatorLane lane(&turns, 100);
  std::atomic<bool> over{false};
  std::thread reader([&] {
    absl::Duration sum;
    while (!over) {
      sum += lane.StuckAge() + lane.TimeToBegin() + lane.TimeToDrain() +
             lane.OldestWaitingAge();
    }
    EXPECT_GE(sum, absl::ZeroDuration());
  });
  std::vector<std::thread> threads;
  for (int thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&lane] {
      for (int i = 0; i < kCallsPerThread; ++i) {
        FunctionTask task([] {});
        if (lane.Run(&task)) task.Wait();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  over = true;
  reader.join();
  turns.Stop();
}

}  // namespace
}  // namespace heapd::server
