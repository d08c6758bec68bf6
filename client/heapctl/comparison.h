#ifndef HEAPD_CLIENT_HEAPCTL_COMPARISON_H_
#define HEAPD_CLIENT_HEAPCTL_COMPARISON_H_

#include <cstddef>

#include "client/heapctl/global_options.h"
#include "heapd/v1/snapshot_service.pb.h"

namespace heapd::heapctl {

// Prints the comparison of two snapshots by class, and by tag where there are
// tags: at most `row_limit` rows of each; 0 prints all. As JSON one array, in
// which rows of tags have no class_name.
void PrintComparison(const GlobalOptions& global,
                     v1::CompareSnapshotsResponse comparison, size_t row_limit);

}  // namespace heapd::heapctl

#endif  // HEAPD_CLIENT_HEAPCTL_COMPARISON_H_
