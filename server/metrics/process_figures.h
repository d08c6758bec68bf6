#ifndef HEAPD_SERVER_METRICS_PROCESS_FIGURES_H_
#define HEAPD_SERVER_METRICS_PROCESS_FIGURES_H_

#include <cstdint>

#include "absl/time/time.h"

namespace heapd::server {

// What the system says of this process. A value.
struct ProcessFigures {
  absl::Time start_time;
  absl::Duration cpu_time;  // user and system
  uint64_t resident_bytes = 0;
  uint64_t virtual_bytes = 0;
  uint64_t open_descriptor_count = 0;
  uint64_t max_descriptor_count = 0;
  uint64_t thread_count = 0;
};

// Reads them from /proc; what it does not have stays 0.
ProcessFigures ReadProcessFigures();

}  // namespace heapd::server

#endif  // HEAPD_SERVER_METRICS_PROCESS_FIGURES_H_
