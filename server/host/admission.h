#ifndef HEAPD_SERVER_HOST_ADMISSION_H_
#define HEAPD_SERVER_HOST_ADMISSION_H_

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "server/host/admission_counters.h"
#include "server/host/call_class.h"
#include "server/host/call_pace.h"
#include "server/host/in_flight.h"

namespace heapd::server {

class MutatorLane;

// The bounds of one call's parties. What allocates may fill three quarters of
// each, what reads or gives up seven eighths, administration all.
struct AdmissionLimits {
  WorkBounds daemon;
  WorkBounds heap;     // each
  WorkBounds session;  // each; without calls, sessions are not told apart
};

// Whose call it is, as far as that is known.
struct CallParties {
  std::shared_ptr<HeapInFlight> heap;  // null: of no heap
  const MutatorLane* lane = nullptr;   // of that heap; for the time to retry
  uint64_t session = 0;                // 0: of none
};

// Bounds the work in flight, in calls and in bytes of requests and of answers
// that are not sent yet, for the daemon, each heap and each session. What is
// over a bound is refused at once with RESOURCE_EXHAUSTED (OVERLOADED) and the
// time after which there should be room, instead of being queued without end.
// Thread-safe, without locks; outlives its tickets.
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
    // The same for bytes that are there already. REQUIRES: admitted.
    void GrowAnyway(uint64_t bytes);
    // Gives back what was grown by, but for `bytes` of it.
    void ShrinkGrowth(uint64_t bytes);
    // What was grown by.
    uint64_t growth() const { return growth_; }
    void Release();

   private:
    friend class Admission;

    Admission* admission_ = nullptr;
    std::shared_ptr<HeapInFlight> heap_;
    InFlight* session_ = nullptr;
    CallClass call_class_ = CallClass::kAllocate;
    uint64_t bytes_ = 0;
    uint64_t growth_ = 0;  // part of bytes_
  };

  // `counters` outlive this; null: nobody counts.
  Admission(const AdmissionLimits& limits, AdmissionCounters* counters);
  Admission(const Admission&) = delete;
  Admission& operator=(const Admission&) = delete;

  // OVERLOADED. REQUIRES: `ticket` is empty.
  absl::Status Admit(CallClass call_class, uint64_t bytes,
                     const CallParties& parties, Ticket* ticket);

  // Whether so much is in flight that allocations are refused. Readiness
  // watches it.
  bool IsFull() const;

  int64_t calls() const { return daemon_.calls(); }
  uint64_t bytes() const { return daemon_.bytes(); }
  // The most that there was since the start.
  int64_t peak_calls() const {
    return peak_calls_.load(std::memory_order_relaxed);
  }
  uint64_t peak_bytes() const {
    return peak_bytes_.load(std::memory_order_relaxed);
  }
  const AdmissionLimits& limits() const { return limits_; }

 private:
  // Of the daemon, a heap or a session, by class.
  using Shares = std::array<WorkBounds, kCallClassCount>;
  static Shares SharesOf(const WorkBounds& bounds);
  static const WorkBounds& Of(const Shares& shares, CallClass call_class) {
    return shares[static_cast<size_t>(call_class)];
  }

  // Sessions are counted by a hash of their random ids. Two that meet share a
  // bound, which happens to one pair of 65,536 and at worst refuses too early.
  static constexpr size_t kSessionSlots = size_t{1} << 16;

  InFlight* SlotOf(uint64_t session);
  absl::Status Refuse(RefusalReason reason, CallClass call_class, int64_t calls,
                      const CallParties& parties);
  void NoteRefused(RefusalReason reason, CallClass call_class,
                   HeapInFlight* heap);
  bool TakeMore(uint64_t bytes, const Ticket& ticket);
  void NotePeak();

  const AdmissionLimits limits_;
  const Shares daemon_shares_;
  const Shares heap_shares_;
  const Shares session_shares_;
  AdmissionCounters* const counters_;
  const std::unique_ptr<InFlight[]> sessions_;
  InFlight daemon_;
  CallPace pace_;
  // Relaxed: figures for people.
  std::atomic<int64_t> peak_calls_{0};
  std::atomic<uint64_t> peak_bytes_{0};
};

// RESOURCE_EXHAUSTED (OVERLOADED): try again after `delay`, which is put into
// the bounds of a sensible wait, 1 ms to 10 s.
absl::Status Overloaded(absl::string_view what, absl::Duration delay);

}  // namespace heapd::server

#endif  // HEAPD_SERVER_HOST_ADMISSION_H_
