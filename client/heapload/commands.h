#ifndef HEAPD_CLIENT_HEAPLOAD_COMMANDS_H_
#define HEAPD_CLIENT_HEAPLOAD_COMMANDS_H_

#include "CLI/CLI.hpp"
#include "client/heapload/global_options.h"

namespace heapd::heapload {

// Each of these adds a command to the program; run.cc puts them together.

}  // namespace heapd::heapload

#endif  // HEAPD_CLIENT_HEAPLOAD_COMMANDS_H_
