#ifndef HEAPD_SERVER_SERVICE_RESIDENT_MEMORY_H_
#define HEAPD_SERVER_SERVICE_RESIDENT_MEMORY_H_

#include <cstdint>

namespace heapd::server {

// Memory of this process that is resident, in bytes; 0 if the system does not
// say.
uint64_t ResidentBytes();

}  // namespace heapd::server

#endif  // HEAPD_SERVER_SERVICE_RESIDENT_MEMORY_H_
