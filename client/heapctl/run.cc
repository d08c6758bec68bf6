#include "client/heapctl/run.h"

#include "client/heapctl/commands.h"
#include "client/heapctl/exit_code.h"
#include "client/heapd/status.h"

namespace heapd::heapctl {
namespace {

constexpr char kFooter[] = R"(Examples:
  heapctl heap create cache --limit 512MiB
  heapctl alloc cache --type Node --slots 2 --payload hello --root first
  heapctl read cache root:first
  heapctl collect cache
  heapctl --token-file token snapshot create cache --wait

Each command has its own --help. Exit codes: 0 done, 1 failed, 2 usage,
3 not found, 4 not permitted, 5 unavailable or exhausted, 6 conflict.)";

}  // namespace

void BuildApp(CLI::App& app, GlobalOptions& global) {
  app.name("heapctl");
  app.description("Works with the heaps of a heapd daemon.");
  app.footer(kFooter);
  app.require_subcommand(1);
  // Global flags may stand behind the command too. Commands inherit this.
  app.fallthrough();
  AddGlobalOptions(app, global);
  AddHeapCommands(app, global);
  AddSessionCommands(app, global);
  AddAllocationCommands(app, global);
  AddObjectCommands(app, global);
  AddLinkCommands(app, global);
  AddGraphCommands(app, global);
  AddCollectorCommands(app, global);
  AddSnapshotCommands(app, global);
  AddImportCommands(app, global);
  AddHealthCommand(app, global);
  AddTokenCommands(app, global);
  AddAuditCommands(app, global);
  AddCompletionCommand(app, global);
}

int RunHeapctl(int argc, const char* const* argv, std::ostream& out,
               std::ostream& err) {
  GlobalOptions global;
  global.out = &out;
  global.err = &err;
  CLI::App app;
  BuildApp(app, global);
  // CLI11 reports by exception; this is the one place where they are caught.
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error, out, err) == 0 ? kOk : kUsage;
  }
  const absl::Status status = global.run();
  if (!status.ok()) err << "heapctl: " << client::DescribeError(status) << '\n';
  out.flush();
  return ExitCodeOf(status);
}

}  // namespace heapd::heapctl
