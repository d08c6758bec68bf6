#ifndef HEAPD_CLIENT_HEAPLOAD_COMMANDS_H_
#define HEAPD_CLIENT_HEAPLOAD_COMMANDS_H_

#include "CLI/CLI.hpp"
#include "client/heapload/global_options.h"

namespace heapd::heapload {

// Each of these adds a command to the program; run.cc puts them together.

// run: loads a heap by a schedule.
void AddRunCommand(CLI::App& app, GlobalOptions& global);
// report: shows and judges a run that was saved.
void AddReportCommand(CLI::App& app, GlobalOptions& global);

// record: a proxy that writes down what passes.
void AddRecordCommand(CLI::App& app, GlobalOptions& global);
// replay: does again what was recorded.
void AddReplayCommand(CLI::App& app, GlobalOptions& global);

}  // namespace heapd::heapload

#endif  // HEAPD_CLIENT_HEAPLOAD_COMMANDS_H_
