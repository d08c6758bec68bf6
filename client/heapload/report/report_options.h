#ifndef HEAPD_CLIENT_HEAPLOAD_REPORT_REPORT_OPTIONS_H_
#define HEAPD_CLIENT_HEAPLOAD_REPORT_REPORT_OPTIONS_H_

#include <ostream>
#include <string>
#include <vector>

#include "CLI/CLI.hpp"
#include "absl/status/statusor.h"
#include "client/heapload/exit_code.h"
#include "client/heapload/report/balancer.h"
#include "client/heapload/report/slo.h"
#include "client/heapload/run_report.h"

namespace heapd::heapload {

// By what a run is judged and where its report goes; the same for every command
// that has a report.
struct ReportOptions {
  std::vector<Slo> slos;
  std::vector<BalancerRule> balancers;
  std::string json_file;  // empty: none
  std::string html_file;  // empty: none
};

// Adds --slo, --balancer, --json and --html. What they take is checked while
// the command line is parsed, before any load is sent.
void AddReportOptions(CLI::App& command, ReportOptions& options);

// Judges the run, prints the summary to `out` and writes the files. kOk or
// kSloMissed; PERMISSION_DENIED or UNAVAILABLE names the file that could not be
// written, after everything else was done.
absl::StatusOr<ExitCode> FinishReport(const RunReport& report,
                                      const ReportOptions& options,
                                      std::ostream& out);

}  // namespace heapd::heapload

#endif  // HEAPD_CLIENT_HEAPLOAD_REPORT_REPORT_OPTIONS_H_
