#ifndef HEAPD_CLIENT_HEAPCTL_COMPLETION_H_
#define HEAPD_CLIENT_HEAPCTL_COMPLETION_H_

#include <string>

#include "CLI/CLI.hpp"

namespace heapd::heapctl {

// A bash script that completes the commands and flags of `app`.
std::string BashCompletion(const CLI::App& app);

}  // namespace heapd::heapctl

#endif  // HEAPD_CLIENT_HEAPCTL_COMPLETION_H_
