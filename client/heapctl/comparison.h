#ifndef HEAPD_CLIENT_HEAPCTL_COMPARISON_H_
#define HEAPD_CLIENT_HEAPCTL_COMPARISON_H_

#include <cstddef>
#include <vector>

#include "client/heapctl/global_options.h"
#include "heapd/v1/snapshot_service.pb.h"

namespace heapd::heapctl {

// Prints the comparison of two snapshots, at most `row_limit` rows of it; 0
// prints all.
void PrintComparison(const GlobalOptions& global,
                     std::vector<v1::ComparisonRow> rows, size_t row_limit);

}  // namespace heapd::heapctl

#endif  // HEAPD_CLIENT_HEAPCTL_COMPARISON_H_
