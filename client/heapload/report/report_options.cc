#include "client/heapload/report/report_options.h"

#include <fstream>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "client/heapd/status_macros.h"
#include "client/heapload/report/html_report.h"
#include "client/heapload/report/json_report.h"
#include "client/heapload/report/judgement.h"
#include "client/heapload/report/summary.h"

namespace heapd::heapload {
namespace {

// An option that may be given several times, each with one expression; CLI11
// reports what is wrong with it as a mistake in the command line.
template <typename Parsed>
CLI::Option* AddExpressions(CLI::App& command, const std::string& name,
                            std::vector<Parsed>& parsed,
                            absl::StatusOr<Parsed> (*parse)(absl::string_view),
                            const std::string& description) {
  return command
      .add_option_function<std::vector<std::string>>(
          name,
          [name, &parsed, parse](const std::vector<std::string>& texts) {
            for (const std::string& text : texts) {
              absl::StatusOr<Parsed> one = parse(text);
              if (!one.ok()) {
                throw CLI::ValidationError(name,
                                           std::string(one.status().message()));
              }
              parsed.push_back(*std::move(one));
            }
          },
          description)
      ->expected(1)
      ->take_all()
      ->allow_extra_args(false);
}

absl::Status WriteFile(const std::string& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  if (!file) {
    return absl::PermissionDeniedError(absl::StrCat("cannot write ", path));
  }
  file << text;
  file.close();
  if (!file) {
    return absl::UnavailableError(absl::StrCat("cannot write all of ", path));
  }
  return absl::OkStatus();
}

}  // namespace

void AddReportOptions(CLI::App& command, ReportOptions& options) {
  AddExpressions(command, "--slo", options.slos, &ParseSlo,
                 "What must hold, or heapload exits with 3; several times")
      ->type_name("EXPR");
  AddExpressions(command, "--balancer", options.balancers, &ParseBalancerRule,
                 "What a balancer with this rule would have done; several "
                 "times")
      ->type_name("RULE");
  command.add_option("--json", options.json_file, "Write the run as JSON")
      ->type_name("FILE");
  command
      .add_option("--html", options.html_file,
                  "Write a page with charts and tables")
      ->type_name("FILE");
}

absl::StatusOr<ExitCode> FinishReport(const RunReport& report,
                                      const ReportOptions& options,
                                      std::ostream& out) {
  const Judgement judgement = Judge(report, options.slos, options.balancers);
  PrintSummary(report, judgement, out);
  absl::Status written;
  if (!options.json_file.empty()) {
    written.Update(WriteFile(options.json_file, ToJson(report, judgement)));
  }
  if (!options.html_file.empty()) {
    written.Update(WriteFile(options.html_file, HtmlReport(report, judgement)));
  }
  HEAPD_CLIENT_RETURN_IF_ERROR(written);
  return judgement.passed() ? kOk : kSloMissed;
}

}  // namespace heapd::heapload
