#ifndef HEAPD_CLIENT_HEAPLOAD_RUN_H_
#define HEAPD_CLIENT_HEAPLOAD_RUN_H_

#include <ostream>

#include "CLI/CLI.hpp"
#include "client/heapload/global_options.h"

namespace heapd::heapload {

// Adds every command to the program.
void BuildApp(CLI::App& app, GlobalOptions& global);

// Runs heapload with these arguments (the first is the program's name) and
// returns what to exit with (exit_code.h). Results go to `out`, errors and
// progress to `err`.
int RunHeapload(int argc, const char* const* argv, std::ostream& out,
                std::ostream& err);

}  // namespace heapd::heapload

#endif  // HEAPD_CLIENT_HEAPLOAD_RUN_H_
