#ifndef HEAPD_SERVER_HOST_ADMISSION_COUNTERS_H_
#define HEAPD_SERVER_HOST_ADMISSION_COUNTERS_H_

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

#include "absl/strings/string_view.h"
#include "server/host/call_class.h"

namespace heapd::server {

// Why a call was refused with OVERLOADED.
enum class RefusalReason : uint8_t {
  kDaemonCalls,
  kDaemonBytes,
  kHeapCalls,
  kHeapBytes,
  kSessionCalls,
  kSessionBytes,
  kQueueTooLong,  // it could not have begun before its deadline
  kQueueFull,     // of its heap's lane
};
inline constexpr size_t kRefusalReasonCount = 8;

// "daemon_calls", ..., "queue_too_long", "queue_full".
absl::string_view NameOf(RefusalReason reason);

// Where it was found that nobody waits for a call any more: it was dropped
// there, before the work.
enum class DropPoint : uint8_t {
  kArrival,          // before it was parsed
  kQueue,            // when its turn came
  kAfterMemoryWait,  // when its turn came again
};
inline constexpr size_t kDropPointCount = 3;

// "arrival", "queue", "after_memory_wait".
absl::string_view NameOf(DropPoint point);

// Counts since the start of the daemon what became of calls. Thread-safe.
class AdmissionCounters {
 public:
  // One moment, or nearly: each figure is read by itself.
  struct Figures {
    std::array<uint64_t, kCallClassCount> admitted = {};
    std::array<std::array<uint64_t, kCallClassCount>, kRefusalReasonCount>
        refused = {};
    std::array<uint64_t, kDropPointCount> expired = {};
    std::array<uint64_t, kDropPointCount> cancelled = {};
  };

  void Admitted(CallClass call_class) { Count(admitted_[Number(call_class)]); }
  void Refused(RefusalReason reason, CallClass call_class) {
    Count(refused_[Number(reason)][Number(call_class)]);
  }
  void Expired(DropPoint point) { Count(expired_[Number(point)]); }
  void Cancelled(DropPoint point) { Count(cancelled_[Number(point)]); }

  Figures Read() const;

 private:
  using Counter = std::atomic<uint64_t>;

  template <typename Enum>
  static constexpr size_t Number(Enum value) {
    return static_cast<size_t>(value);
  }
  // Relaxed: figures for people.
  static void Count(Counter& counter) {
    counter.fetch_add(1, std::memory_order_relaxed);
  }

  std::array<Counter, kCallClassCount> admitted_ = {};
  std::array<std::array<Counter, kCallClassCount>, kRefusalReasonCount>
      refused_ = {};
  std::array<Counter, kDropPointCount> expired_ = {};
  std::array<Counter, kDropPointCount> cancelled_ = {};
};

}  // namespace heapd::server

#endif  // HEAPD_SERVER_HOST_ADMISSION_COUNTERS_H_
