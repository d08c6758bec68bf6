#ifndef HEAPD_CLIENT_HEAPLOAD_RECORD_CALL_GATE_H_
#define HEAPD_CLIENT_HEAPLOAD_RECORD_CALL_GATE_H_

#include <deque>
#include <functional>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/synchronization/mutex.h"

namespace heapd::heapload {

// Lets one call of a heap pass at a time, in the order in which they came, so
// that their order is known. Waiting holds no thread. Thread-safe.
class CallGate {
 public:
  CallGate() = default;
  CallGate(const CallGate&) = delete;
  CallGate& operator=(const CallGate&) = delete;

  // Runs `pass` when no other call of the heap is past the gate: now, or on the
  // thread that leaves it. Whoever passed calls Leave() once.
  void Enter(const std::string& heap, std::function<void()> pass);
  void Leave(const std::string& heap);

 private:
  absl::Mutex mu_;
  // Heaps with a call past the gate, and those who wait.
  absl::flat_hash_map<std::string, std::deque<std::function<void()>>> waiting_
      ABSL_GUARDED_BY(mu_);
};

}  // namespace heapd::heapload

#endif  // HEAPD_CLIENT_HEAPLOAD_RECORD_CALL_GATE_H_
