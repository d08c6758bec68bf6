#include <fstream>
#include <iostream>
#include <memory>
#include <sstream>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "client/heapd/status_macros.h"
#include "client/heapload/commands.h"
#include "client/heapload/report/json_report.h"
#include "client/heapload/report/report_options.h"

namespace heapd::heapload {
namespace {

struct ReportCommand {
  std::string run_file;
  ReportOptions options;
};

absl::StatusOr<std::string> ReadAll(const std::string& path) {
  std::ifstream file;
  if (path != "-") {
    file.open(path, std::ios::binary);
    if (!file) return absl::NotFoundError(absl::StrCat("cannot open ", path));
  }
  std::ostringstream text;
  text << (path == "-" ? std::cin : file).rdbuf();
  if (file.bad() || text.str().empty()) {
    return absl::DataLossError(absl::StrCat("cannot read ", path));
  }
  return std::move(text).str();
}

// Texts that were right when the run was saved may not be so any more.
template <typename Parsed>
absl::Status ParseSaved(const std::vector<std::string>& texts,
                        absl::StatusOr<Parsed> (*parse)(absl::string_view),
                        std::vector<Parsed>& parsed) {
  for (const std::string& text : texts) {
    HEAPD_CLIENT_ASSIGN_OR_RETURN(Parsed one, parse(text));
    parsed.push_back(std::move(one));
  }
  return absl::OkStatus();
}

absl::StatusOr<ExitCode> ShowSavedRun(const GlobalOptions& global,
                                      const ReportCommand& command) {
  HEAPD_CLIENT_ASSIGN_OR_RETURN(const std::string text,
                                ReadAll(command.run_file));
  absl::StatusOr<SavedRun> saved = FromJson(text);
  if (!saved.ok()) {
    return absl::Status(
        saved.status().code(),
        absl::StrCat(command.run_file, ": ", saved.status().message()));
  }
  ReportOptions options = command.options;
  if (options.slos.empty()) {
    HEAPD_CLIENT_RETURN_IF_ERROR(
        ParseSaved(saved->slos, &ParseSlo, options.slos));
  }
  if (options.balancers.empty()) {
    HEAPD_CLIENT_RETURN_IF_ERROR(
        ParseSaved(saved->balancers, &ParseBalancerRule, options.balancers));
  }
  return FinishReport(saved->report, options, *global.out);
}

}  // namespace

void AddReportCommand(CLI::App& app, GlobalOptions& global) {
  CLI::App& report =
      *app.add_subcommand("report", "Shows and judges a run that --json saved");
  const auto command = std::make_shared<ReportCommand>();
  report.add_option("FILE", command->run_file, "What --json wrote; - is stdin")
      ->required();
  AddReportOptions(report, command->options);
  report.footer(
      absl::StrCat("Without --slo or --balancer the run is judged as it was "
                   "when it was saved.\n\n",
                   SloHelp(), "\n", BalancerHelp()));
  SetRun(report, global,
         [&global, command] { return ShowSavedRun(global, *command); });
}

}  // namespace heapd::heapload
