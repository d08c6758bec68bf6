#include "client/heapload/run.h"

#include "absl/strings/str_join.h"
#include "absl/types/span.h"
#include "client/heapd/credential_flags.h"
#include "client/heapd/status.h"
#include "client/heapload/commands.h"

namespace heapd::heapload {
namespace {

constexpr char kFooter[] = R"(Examples:
  heapload run --profile churn --schedule constant:2000 --duration 30s
  heapload run --profile request --schedule burst:50:400:10s:0.2 --html run.html
  heapload run --profile cache --schedule steps:100@10s:before,900@5s:burst,100@10s:after

Each command has its own --help. Exit codes: 0 done, 1 could not run, 2 usage,
3 an SLO was missed, 4 a replay left other objects alive.)";

}  // namespace

void BuildApp(CLI::App& app, GlobalOptions& global) {
  app.name("heapload");
  app.description("Loads the heaps of a heapd daemon and says how it coped.");
  app.footer(kFooter);
  app.require_subcommand(1);
  // Flags of the program may stand behind the command too, which inherits this.
  app.fallthrough();
  client::AddCredentialFlags(app, global.credentials);
  AddRunCommand(app, global);
  AddReportCommand(app, global);
  AddRecordCommand(app, global);
  AddReplayCommand(app, global);
}

int RunHeapload(int argc, const char* const* argv, std::ostream& out,
                std::ostream& err) {
  GlobalOptions global;
  global.out = &out;
  global.err = &err;
  global.command_line =
      absl::StrJoin(absl::MakeConstSpan(argv, static_cast<size_t>(argc)), " ");
  CLI::App app;
  BuildApp(app, global);
  // CLI11 reports by exception; this is the one place where they are caught.
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error, out, err) == 0 ? kOk : kUsage;
  }
  const absl::StatusOr<ExitCode> exit_code = global.run();
  out.flush();
  if (exit_code.ok()) return *exit_code;
  err << "heapload: " << client::DescribeError(exit_code.status()) << '\n';
  return absl::IsInvalidArgument(exit_code.status()) ? kUsage : kFailed;
}

}  // namespace heapd::heapload
