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

}  // namespace heapd::server

#endif  // HEAPD_SERVER_OPS_CGROUP_H_
