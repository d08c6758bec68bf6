#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "client/heapctl/audit_chain.h"
#include "client/heapctl/commands.h"
#include "client/heapctl/printer.h"
#include "client/heapd/status_macros.h"

namespace heapd::heapctl {
namespace {

struct VerifyOptions {
  std::vector<std::string> files;
  std::string anchor;
};

absl::Status Verify(const GlobalOptions& global, const VerifyOptions& options) {
  std::optional<AuditAnchor> anchor;
  if (!options.anchor.empty()) {
    HEAPD_CLIENT_ASSIGN_OR_RETURN(anchor, ParseAuditAnchor(options.anchor));
  }
  HEAPD_CLIENT_ASSIGN_OR_RETURN(const AuditSummary summary,
                                VerifyAuditFiles(options.files, anchor));
  PrintRecord(global, Json{{"state", "whole"},
                           {"files", options.files.size()},
                           {"lines", summary.line_count},
                           {"first_seq", summary.first_seq},
                           {"last_seq", summary.last_seq},
                           {"hash", summary.hash},
                           {"calls_without_outcome", summary.open_calls},
                           {"torn_lines", summary.torn_line_count},
                           {"unfinished_bytes", summary.unfinished_bytes}});
  return absl::OkStatus();
}

}  // namespace

void AddAuditCommands(CLI::App& app, GlobalOptions& global) {
  CLI::App& group =
      *app.add_subcommand("audit", "Check the daemon's audit log");
  group.require_subcommand(1);
  CLI::App& command = *group.add_subcommand(
      "verify", "Say whether audit files are whole, or where they are not");
  const auto options = std::make_shared<VerifyOptions>();
  command
      .add_option("FILE", options->files,
                  "Files of one audit log, those that were full too, in any "
                  "order")
      ->required();
  command.add_option("--anchor", options->anchor,
                     "SEQ:HASH of a line as it was noted at another place: the "
                     "log must have that line");
  command.footer(
      "Exits with 0 if no line was changed, added, taken out or moved. That "
      "lines at the end\nare missing, or that all of it was written anew, only "
      "an anchor shows: the daemon's\nlog has one at each start (event "
      "audit_log). Asks no daemon.\n"
      "Examples:\n"
      "  heapctl audit verify audit.log\n"
      "  heapctl audit verify audit.log.* audit.log --anchor 812:9f86d0...");
  SetRun(command, global,
         [&global, options] { return Verify(global, *options); });
}

}  // namespace heapd::heapctl
