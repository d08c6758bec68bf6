#ifndef HEAPD_CLIENT_HEAPLOAD_LOAD_MACHINE_H_
#define HEAPD_CLIENT_HEAPLOAD_LOAD_MACHINE_H_

#include <string>

namespace heapd::heapload {

// What this machine is, for reports: "Intel(R) Xeon(R) CPU @ 2.20GHz, 2 cores".
std::string DescribeMachine();

}  // namespace heapd::heapload

#endif  // HEAPD_CLIENT_HEAPLOAD_LOAD_MACHINE_H_
