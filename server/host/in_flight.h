#ifndef HEAPD_SERVER_HOST_IN_FLIGHT_H_
#define HEAPD_SERVER_HOST_IN_FLIGHT_H_

#include <atomic>
#include <cstdint>

namespace heapd::server {

// The most work in flight of one party.
struct WorkBounds {
  int64_t calls = 0;   // at most kMaxCalls
  uint64_t bytes = 0;  // at most kMaxBytes

  static constexpr int64_t kMaxCalls = 1'000'000;
  static constexpr uint64_t kMaxBytes = uint64_t{1} << 40;
};

// How many calls and bytes of one party (daemon, heap or session) are in
// flight. Both are in one word, so a call costs one atomic operation to count
// and one to forget. Thread-safe, without locks.
class InFlight {
 public:
  enum class Verdict : uint8_t { kTaken, kTooManyCalls, kTooManyBytes };

  InFlight() = default;
  InFlight(const InFlight&) = delete;
  InFlight& operator=(const InFlight&) = delete;

  // Counts one call with its bytes, unless that is over the bounds. A call that
  // is alone may have more bytes than that, or it never could be made.
  Verdict Take(uint64_t bytes, const WorkBounds& bounds) {
    const uint64_t before = Add(kCall + bytes);
    const bool calls_fit = CallsOf(before) < bounds.calls;
    const bool bytes_fit =
        BytesOf(before) + bytes <= bounds.bytes || BytesOf(before) == 0;
    if (calls_fit && bytes_fit) return Verdict::kTaken;
    Subtract(kCall + bytes);
    return calls_fit ? Verdict::kTooManyBytes : Verdict::kTooManyCalls;
  }

  // Counts further bytes of a call that has `own` already; false, and nothing
  // counted, over the bound.
  bool TakeMore(uint64_t bytes, uint64_t own, const WorkBounds& bounds) {
    const uint64_t before = Add(bytes);
    if (BytesOf(before) + bytes <= bounds.bytes || BytesOf(before) == own) {
      return true;
    }
    Subtract(bytes);
    return false;
  }

  // The same for bytes that are there already.
  void TakeAnyway(uint64_t bytes) { Add(bytes); }
  void GiveBytes(uint64_t bytes) { Subtract(bytes); }
  void Give(uint64_t bytes) { Subtract(kCall + bytes); }

  int64_t calls() const { return CallsOf(Load()); }
  uint64_t bytes() const { return BytesOf(Load()); }

 private:
  // Bytes below, calls above. Threads that are about to be refused count for a
  // moment, for which both fields have room.
  static constexpr int kByteBits = 44;
  static constexpr uint64_t kCall = uint64_t{1} << kByteBits;
  static_assert(WorkBounds::kMaxBytes < kCall / 8);
  static_assert(WorkBounds::kMaxCalls < (int64_t{1} << (64 - kByteBits)));

  static int64_t CallsOf(uint64_t state) {
    return static_cast<int64_t>(state >> kByteBits);
  }
  static uint64_t BytesOf(uint64_t state) { return state & (kCall - 1); }

  // Relaxed: a count that guards no other data.
  uint64_t Load() const { return state_.load(std::memory_order_relaxed); }
  uint64_t Add(uint64_t amount) {
    return state_.fetch_add(amount, std::memory_order_relaxed);
  }
  void Subtract(uint64_t amount) {
    state_.fetch_sub(amount, std::memory_order_relaxed);
  }

  std::atomic<uint64_t> state_{0};
};

// What is in flight for one heap, and how many of its calls were refused, by
// whatever bound. Thread-safe, without locks.
class HeapInFlight final : public InFlight {
 public:
  void CountRefused() { refused_.fetch_add(1, std::memory_order_relaxed); }
  uint64_t refused() const { return refused_.load(std::memory_order_relaxed); }

 private:
  std::atomic<uint64_t> refused_{0};
};

}  // namespace heapd::server

#endif  // HEAPD_SERVER_HOST_IN_FLIGHT_H_
