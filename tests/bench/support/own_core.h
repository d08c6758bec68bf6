#ifndef HEAPD_TESTS_BENCH_SUPPORT_OWN_CORE_H_
#define HEAPD_TESTS_BENCH_SUPPORT_OWN_CORE_H_

#include <sched.h>

namespace heapd::bench {

// The cores that the program may use, as it starts: a thread inherits those of
// the one that makes it, which may have its own already.
inline const cpu_set_t kUsableCores = [] {
  cpu_set_t cores;
  CPU_ZERO(&cores);
  sched_getaffinity(0, sizeof(cores), &cores);
  return cores;
}();

// While it lives, its thread runs on one of the program's cores, by their
// order, so that threads that measure each other's cost do not share one: a
// scheduler that puts both on the same core for a few milliseconds is not what
// is measured. Without so many cores nothing happens. Afterwards it may use all
// of them.
class OwnCore {
 public:
  explicit OwnCore(int number) {
    if (number >= CPU_COUNT(&kUsableCores)) return;
    cpu_set_t own;
    CPU_ZERO(&own);
    CPU_SET(CoreAt(number), &own);
    is_set_ = sched_setaffinity(0, sizeof(own), &own) == 0;
  }
  ~OwnCore() {
    if (is_set_) sched_setaffinity(0, sizeof(kUsableCores), &kUsableCores);
  }
  OwnCore(const OwnCore&) = delete;
  OwnCore& operator=(const OwnCore&) = delete;

 private:
  static int CoreAt(int number) {
    int core = 0;
    while (!CPU_ISSET(core, &kUsableCores) || number-- > 0) ++core;
    return core;
  }

  bool is_set_ = false;
};

}  // namespace heapd::bench

#endif  // HEAPD_TESTS_BENCH_SUPPORT_OWN_CORE_H_
