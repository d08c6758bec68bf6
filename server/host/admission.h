#ifndef HEAPD_SERVER_HOST_ADMISSION_H_
#define HEAPD_SERVER_HOST_ADMISSION_H_

#include <atomic>
#include <cstdint>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace heapd::server {

// Bounds the work in flight of the whole daemon, in calls and in bytes of
// requests and large answers. What is over a bound is refused at once with
// RESOURCE_EXHAUSTED (OVERLOADED) and a time to retry, instead of being queued
// without end. Thread-safe, without locks; outlives its tickets.
class Admission {
 public:
  // What one call counts with, given back at destruction. Thread-compatible.
  class Ticket {
   public:
    Ticket() = default;
    ~Ticket() { Release(); }
    Ticket(const Ticket&) = delete;
    Ticket& operator=(const Ticket&) = delete;

    // Counts further bytes, such as those of an answer. OVERLOADED.
    // REQUIRES: admitted.
    absl::Status Grow(uint64_t bytes);
    // The same for bytes that are there already.
    void GrowAnyway(uint64_t bytes);
    void Release();

   private:
    friend class Admission;

    Admission* admission_ = nullptr;
    uint64_t bytes_ = 0;
  };

  Admission(int64_t max_calls, uint64_t max_bytes)
      : max_calls_(max_calls), max_bytes_(max_bytes) {}
  Admission(const Admission&) = delete;
  Admission& operator=(const Admission&) = delete;

  // OVERLOADED. REQUIRES: `ticket` is empty.
  absl::Status Admit(uint64_t bytes, Ticket* ticket);

  int64_t calls() const { return calls_.load(std::memory_order_relaxed); }
  uint64_t bytes() const { return bytes_.load(std::memory_order_relaxed); }

 private:
  // False, and nothing taken, over the bound; `own` bytes are the caller's. A
  // call that is alone passes, or it never could.
  bool TakeBytes(uint64_t bytes, uint64_t own);

  const int64_t max_calls_;
  const uint64_t max_bytes_;
  // Relaxed: counts that guard no other data.
  std::atomic<int64_t> calls_{0};
  std::atomic<uint64_t> bytes_{0};
};

// RESOURCE_EXHAUSTED (OVERLOADED): try again after `delay`.
absl::Status Overloaded(absl::string_view what, absl::Duration delay);

}  // namespace heapd::server

#endif  // HEAPD_SERVER_HOST_ADMISSION_H_
