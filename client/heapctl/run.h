#ifndef HEAPD_CLIENT_HEAPCTL_RUN_H_
#define HEAPD_CLIENT_HEAPCTL_RUN_H_

#include <ostream>

#include "CLI/CLI.hpp"
#include "client/heapctl/global_options.h"

namespace heapd::heapctl {

// Adds every flag and command to the program.
void BuildApp(CLI::App& app, GlobalOptions& global);

// Runs heapctl with these arguments (the first is the program's name) and
// returns what to exit with (exit_code.h). Results go to `out`, errors to
// `err`.
int RunHeapctl(int argc, const char* const* argv, std::ostream& out,
               std::ostream& err);

}  // namespace heapd::heapctl

#endif  // HEAPD_CLIENT_HEAPCTL_RUN_H_
