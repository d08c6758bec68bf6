#ifndef HEAPD_TESTS_BENCH_SUPPORT_MEMORY_READER_H_
#define HEAPD_TESTS_BENCH_SUPPORT_MEMORY_READER_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <thread>
#include <vector>

#include "tests/bench/support/own_core.h"

namespace heapd::bench {

// While it lives, a thread on the second core reads words at random places of
// 256 MiB, as fast as it can: what any thread that works in memory, a marker
// too, takes from its neighbours of cache, of bandwidth and, where the machine
// is a virtual one, of the core itself.
class MemoryReader {
 public:
  MemoryReader() : thread_([this] { Run(); }) {
    while (!is_reading_.load()) std::this_thread::yield();
  }
  ~MemoryReader() {
    is_over_.store(true);
    thread_.join();
  }
  MemoryReader(const MemoryReader&) = delete;
  MemoryReader& operator=(const MemoryReader&) = delete;

 private:
  static constexpr size_t kWords = size_t{32} << 20;
  static constexpr int kReadsAtOnce = 1024;

  void Run() {
    const OwnCore core(1);
    const std::vector<uint64_t> words(kWords, 1);
    is_reading_.store(true);
    uint64_t sum = 0;
    uint64_t random = 1;
    while (!is_over_.load(std::memory_order_relaxed)) {
      for (int i = 0; i < kReadsAtOnce; ++i) {
        // Knuth's MMIX: the places do not depend on what is read, as those that
        // a marker prefetches do not.
        random = random * 6364136223846793005u + 1442695040888963407u;
        sum += words[random >> 39];
      }
    }
    sum_.store(sum);
  }

  std::atomic<bool> is_reading_{false};
  std::atomic<bool> is_over_{false};
  std::atomic<uint64_t> sum_{0};  // so that the reads are not left out
  std::thread thread_;            // last: it uses the others
};

}  // namespace heapd::bench

#endif  // HEAPD_TESTS_BENCH_SUPPORT_MEMORY_READER_H_
