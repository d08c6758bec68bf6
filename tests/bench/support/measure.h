#ifndef HEAPD_TESTS_BENCH_SUPPORT_MEASURE_H_
#define HEAPD_TESTS_BENCH_SUPPORT_MEASURE_H_

#include <time.h>

#include <algorithm>
#include <cstddef>
#include <vector>

namespace heapd::bench {

// Processor time of this thread, so that other work on the machine takes cache
// and memory bandwidth from a measurement but no time slices.
inline double ThreadSeconds() {
  timespec now;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) +
         static_cast<double>(now.tv_nsec) * 1e-9;
}

template <typename Body>
double TimeOf(const Body& body) {
  const double start = ThreadSeconds();
  body();
  return ThreadSeconds() - start;
}

// The value that `fraction` (0 to 1) of the values are not above. Reorders
// them. REQUIRES: there is one.
template <typename T>
T Percentile(std::vector<T>& values, double fraction) {
  const size_t rank = std::min(
      values.size() - 1,
      static_cast<size_t>(fraction * static_cast<double>(values.size())));
  std::nth_element(values.begin(), values.begin() + rank, values.end());
  return values[rank];
}

template <typename T>
T Median(std::vector<T> values) {
  return Percentile(values, 0.5);
}

}  // namespace heapd::bench

#endif  // HEAPD_TESTS_BENCH_SUPPORT_MEASURE_H_
