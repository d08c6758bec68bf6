#ifndef HEAPD_TESTS_BENCH_SUPPORT_OWN_CORE_H_
#define HEAPD_TESTS_BENCH_SUPPORT_OWN_CORE_H_

#include <sched.h>

namespace heapd::bench {

// While it lives, its thread runs on one of the cores it may use, by their
// order, so that threads that measure each other's cost do not share one: a
// scheduler that puts both on the same core for a few milliseconds is not what
// is measured. Without so many cores nothing happens.
class OwnCore {
 public:
  explicit OwnCore(int number) {
    CPU_ZERO(&former_);
    if (sched_getaffinity(0, sizeof(former_), &former_) != 0) return;
    if (number >= CPU_COUNT(&former_)) return;
    cpu_set_t own;
    CPU_ZERO(&own);
    CPU_SET(CoreAt(number), &own);
    is_set_ = sched_setaffinity(0, sizeof(own), &own) == 0;
  }
  ~OwnCore() {
    if (is_set_) sched_setaffinity(0, sizeof(former_), &former_);
  }
  OwnCore(const OwnCore&) = delete;
  OwnCore& operator=(const OwnCore&) = delete;

 private:
  int CoreAt(int number) const {
    int core = 0;
    while (!CPU_ISSET(core, &former_) || number-- > 0) ++core;
    return core;
  }

  cpu_set_t former_;
  bool is_set_ = false;
};

}  // namespace heapd::bench

#endif  // HEAPD_TESTS_BENCH_SUPPORT_OWN_CORE_H_
