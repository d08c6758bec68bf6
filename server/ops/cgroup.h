#ifndef HEAPD_SERVER_OPS_CGROUP_H_
#define HEAPD_SERVER_OPS_CGROUP_H_

#include <cstdint>
#include <string>

namespace heapd::server {

// Bytes of memory that this process can use: the smallest limit among its
// control group and that group's ancestors (version 1 and 2), or physical
// memory where that is less. 0 if nothing could be read.
//
// `root` stands before every path that is read ("/proc/meminfo", ...), so that
// a test can show another machine.
uint64_t UsableMemoryBytes(const std::string& root = "");

// Of `cores`, those that this process can keep busy: as many as the smallest
// quota of processor time among the same control groups pays for, rounded up.
// At least 1. More threads than that would use the quota up early in each
// period and then all stand still until the next.
int UsableCores(int cores, const std::string& root = "");

}  // namespace heapd::server

#endif  // HEAPD_SERVER_OPS_CGROUP_H_
