#ifndef HEAPD_CLIENT_HEAPCTL_STEADY_GROWTH_H_
#define HEAPD_CLIENT_HEAPCTL_STEADY_GROWTH_H_

#include <cstdint>
#include <string>
#include <vector>

#include "heapd/v1/snapshot_service.pb.h"

namespace heapd::heapctl {

// A class that has more objects in every state than in the one before, and of
// which none that the first state had is gone: what a leak looks like. Classes
// that come and go, as the engine's own do, are not among them.
struct SteadyGrowth {
  std::string class_name;
  std::vector<int64_t> count_deltas;  // from the first state to each other one
  int64_t size_delta_bytes = 0;       // from the first state to the last
};

// The classes that grew steadily, by falling growth of their size, then by
// name. `comparisons`: of the first state with each other one, in their order.
std::vector<SteadyGrowth> FindSteadyGrowth(
    const std::vector<std::vector<v1::ComparisonRow>>& comparisons);

}  // namespace heapd::heapctl

#endif  // HEAPD_CLIENT_HEAPCTL_STEADY_GROWTH_H_
