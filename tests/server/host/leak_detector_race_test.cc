// Collections are noted, judged and asked about on threads of their own.

#include <atomic>
#include <cstdint>
#include <thread>
#include <vector>

#include "gtest/gtest.h"
#include "server/host/leak_detector.h"

namespace heapd::server {
namespace {

constexpr int kSamples = 300;

LeakSample Sample(int i, LeakClassId id) {
  LeakSample sample;
  sample.time = absl::UnixEpoch() + absl::Seconds(20 * i);
  sample.age = absl::Seconds(20 * (i + 1));
  sample.live_bytes = 100'000'000 + 300'000 * static_cast<uint64_t>(i);
  sample.classes = {{id, static_cast<uint64_t>(i), sample.live_bytes}};
  return sample;
}

TEST(LeakDetectorRaceTest, JudgesWhileOthersAddAndAsk) {
  LeakDetector detector((LeakOptions()));
  const LeakClassId id = *detector.classes().IdOf("Leak", "");
  std::atomic<bool> is_done{false};
  std::atomic<int> changes{0};
  std::vector<std::thread> threads;
  threads.emplace_back([&] {
    for (int i = 0; i < kSamples; ++i) detector.Add(Sample(i, id));
    is_done = true;
  });
  for (int judge = 0; judge < 2; ++judge) {
    threads.emplace_back([&] {
      while (!is_done) {
        changes += static_cast<int>(detector.Judge(uint64_t{1} << 40).size());
      }
    });
  }
  threads.emplace_back([&] {
    while (!is_done) {
      const LeakVerdict verdict = detector.verdict();
      for (const GrowingClass& growing : verdict.growing_classes) {
        EXPECT_EQ(growing.class_name, "Leak");
      }
      detector.classes().IdOf("Other", "");
    }
  });
  for (std::thread& thread : threads) thread.join();
  changes += static_cast<int>(detector.Judge(uint64_t{1} << 40).size());
  EXPECT_EQ(changes, 1);
  EXPECT_EQ(detector.verdict().state, LeakState::kSuspected);
}

}  // namespace
}  // namespace heapd::server
