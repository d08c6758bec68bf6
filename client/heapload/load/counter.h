#ifndef HEAPD_CLIENT_HEAPLOAD_LOAD_COUNTER_H_
#define HEAPD_CLIENT_HEAPLOAD_LOAD_COUNTER_H_

#include <atomic>
#include <cstdint>

namespace heapd::heapload {

// A number that one thread changes and any thread reads, as cheap to change as
// a plain one: with a single writer, load and store need not be one step.
class Counter {
 public:
  // Relaxed: the number says nothing about other memory; who needs all that was
  // counted synchronises in another way, such as CountLast() or a join.
  void Add(uint64_t amount) {
    value_.store(get() + amount, std::memory_order_relaxed);
  }
  void RaiseTo(uint64_t value) {
    if (value > get()) value_.store(value, std::memory_order_relaxed);
  }
  uint64_t get() const { return value_.load(std::memory_order_relaxed); }

  // Adds one and publishes everything that its thread wrote before; who reads
  // it by GetAll() sees that.
  void CountLast() { value_.store(get() + 1, std::memory_order_release); }
  uint64_t GetAll() const { return value_.load(std::memory_order_acquire); }

 private:
  std::atomic<uint64_t> value_{0};
};

}  // namespace heapd::heapload

#endif  // HEAPD_CLIENT_HEAPLOAD_LOAD_COUNTER_H_
