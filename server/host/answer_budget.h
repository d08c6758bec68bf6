#ifndef HEAPD_SERVER_HOST_ANSWER_BUDGET_H_
#define HEAPD_SERVER_HOST_ANSWER_BUDGET_H_

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <limits>

namespace heapd::server {

// The memory in which all heaps together keep answers for retries. Each heap
// has the same share, which gets smaller as there are more of them: so a heap
// whose clients send many requests cannot push out what another one remembers.
// Thread-safe; outlives its request tables.
class AnswerBudget {
 public:
  explicit AnswerBudget(
      uint64_t total_bytes = std::numeric_limits<uint64_t>::max())
      : total_bytes_(total_bytes) {}
  AnswerBudget(const AnswerBudget&) = delete;
  AnswerBudget& operator=(const AnswerBudget&) = delete;

  uint64_t total_bytes() const { return total_bytes_; }
  // What one heap may keep. Tables that have more give it up little by little.
  uint64_t share_bytes() const {
    return total_bytes_ /
           std::max(int64_t{1}, tables_.load(std::memory_order_relaxed));
  }
  // What all of them keep now.
  uint64_t used_bytes() const {
    return static_cast<uint64_t>(used_bytes_.load(std::memory_order_relaxed));
  }

 private:
  friend class RequestTable;

  void CountTables(int64_t change) {
    tables_.fetch_add(change, std::memory_order_relaxed);
  }
  void CountBytes(int64_t change) {
    used_bytes_.fetch_add(change, std::memory_order_relaxed);
  }

  const uint64_t total_bytes_;
  // Relaxed: each is a figure on its own.
  std::atomic<int64_t> tables_{0};
  std::atomic<int64_t> used_bytes_{0};
};

}  // namespace heapd::server

#endif  // HEAPD_SERVER_HOST_ANSWER_BUDGET_H_
