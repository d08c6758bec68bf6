#ifndef HEAPD_CLIENT_HEAPCTL_COMMANDS_H_
#define HEAPD_CLIENT_HEAPCTL_COMMANDS_H_

#include "CLI/CLI.hpp"
#include "client/heapctl/global_options.h"

namespace heapd::heapctl {

// Each adds a group of commands to the program; one file each.

// heap create|get|list|update|delete
void AddHeapCommands(CLI::App& app, GlobalOptions& global);
// session open|renew|close|list, hold, release
void AddSessionCommands(CLI::App& app, GlobalOptions& global);
// alloc, copy
void AddAllocationCommands(CLI::App& app, GlobalOptions& global);
// read, write, types
void AddObjectCommands(CLI::App& app, GlobalOptions& global);
// link, unlink, add-slots, root, unroot, roots
void AddLinkCommands(CLI::App& app, GlobalOptions& global);
// traverse, explain, and
void AddGraphCommands(CLI::App& app, GlobalOptions& global);
// analyze, which the former adds
void AddAnalyzeCommand(CLI::App& app, GlobalOptions& global);
// collect, stats, verify, gc leak|watch
void AddCollectorCommands(CLI::App& app, GlobalOptions& global);
// snapshot create|list|get|download|delete|compare
void AddSnapshotCommands(CLI::App& app, GlobalOptions& global);
// import, replay
void AddImportCommands(CLI::App& app, GlobalOptions& global);
// health
void AddHealthCommand(CLI::App& app, GlobalOptions& global);
// token new
void AddTokenCommands(CLI::App& app, GlobalOptions& global);
// audit verify
void AddAuditCommands(CLI::App& app, GlobalOptions& global);
// completion bash
void AddCompletionCommand(CLI::App& app, GlobalOptions& global);

}  // namespace heapd::heapctl

#endif  // HEAPD_CLIENT_HEAPCTL_COMMANDS_H_
