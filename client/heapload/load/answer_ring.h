#ifndef HEAPD_CLIENT_HEAPLOAD_LOAD_ANSWER_RING_H_
#define HEAPD_CLIENT_HEAPLOAD_LOAD_ANSWER_RING_H_

#include <atomic>
#include <bit>
#include <cstddef>
#include <vector>

#include "client/heapd/check.h"

namespace heapd::heapload {

// Hands pointers from one thread to another, in order and without a lock. One
// thread pushes, one pops. Of fixed size; there are never more on their way
// than its owner said.
template <typename T>
class AnswerRing {
 public:
  // For at most `capacity` at a time.
  explicit AnswerRing(size_t capacity)
      : items_(std::bit_ceil(capacity < 1 ? size_t{1} : capacity)) {}
  AnswerRing(const AnswerRing&) = delete;
  AnswerRing& operator=(const AnswerRing&) = delete;

  void Push(T* item) {
    // Relaxed: only this thread stores it.
    const size_t end = end_.load(std::memory_order_relaxed);
    HEAPD_CLIENT_CHECK(end - begin_.load(std::memory_order_acquire) <
                       items_.size());
    items_[end & (items_.size() - 1)] = item;
    // Release: pairs with Pop(); the item and what it points to are visible.
    end_.store(end + 1, std::memory_order_release);
  }

  // Null if there is none.
  T* Pop() {
    // Relaxed: only this thread stores it.
    const size_t begin = begin_.load(std::memory_order_relaxed);
    if (begin == end_.load(std::memory_order_acquire)) return nullptr;
    T* const item = items_[begin & (items_.size() - 1)];
    // Release: pairs with Push(), which then may use the place again.
    begin_.store(begin + 1, std::memory_order_release);
    return item;
  }

 private:
  std::vector<T*> items_;
  // On lines of their own: each thread writes one of them all the time.
  alignas(64) std::atomic<size_t> begin_{0};
  alignas(64) std::atomic<size_t> end_{0};
};

}  // namespace heapd::heapload

#endif  // HEAPD_CLIENT_HEAPLOAD_LOAD_ANSWER_RING_H_
