#ifndef HEAPD_CLIENT_HEAPLOAD_LOAD_INTERRUPT_H_
#define HEAPD_CLIENT_HEAPLOAD_LOAD_INTERRUPT_H_

#include <signal.h>

#include <atomic>

namespace heapd::heapload {

// While it lives, the first SIGINT or SIGTERM sets a flag, so that a run ends
// early with its report; the second ends the process. One at a time.
class Interrupt {
 public:
  Interrupt();
  ~Interrupt();
  Interrupt(const Interrupt&) = delete;
  Interrupt& operator=(const Interrupt&) = delete;

  const std::atomic<bool>& flag() const;

 private:
  struct sigaction former_interrupt_ = {};
  struct sigaction former_terminate_ = {};
};

}  // namespace heapd::heapload

#endif  // HEAPD_CLIENT_HEAPLOAD_LOAD_INTERRUPT_H_
