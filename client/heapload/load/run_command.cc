#include <unistd.h>

#include <iostream>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "client/heapd/status_macros.h"
#include "client/heapload/commands.h"
#include "client/heapload/load/interrupt.h"
#include "client/heapload/load/load_options.h"
#include "client/heapload/load/load_run.h"
#include "client/heapload/load/progress.h"
#include "client/heapload/load/schedule_spec.h"
#include "client/heapload/record/recorded_times.h"
#include "client/heapload/report/report_options.h"

namespace heapd::heapload {
namespace {

constexpr char kFooter[] = R"(
Calls start when the schedule says, whether or not those before have been
answered, and latency counts from there: a daemon that stands still for a second
costs every call of that second its part, as it would the callers of a service.
Every call ends as ok, as an error with its class (EXPIRED_UNSENT if heapload was
late for it by a quarter of its deadline), or as unsent (--max-in-flight).

Profiles, what an application with that shape does in a call:
  churn    allocates short-lived objects; a tenth replace others in a table
  cache    reads entries by key, 9 of 10 times; writes the others and the missing
  leak     churn that holds each --leak-every'th object for good
  graph    grows a linked graph, then replaces nodes, changes links and walks
  request  allocates a tree of 1,000 objects and keeps one

SIGINT ends the run early, with its report. Exit codes: 0 done, 1 could not run,
2 usage, 3 an SLO was missed.

Example, with health as a load balancer sees it:
  heapload run --profile request --limit 64MiB \
    --schedule steps:100@10s:before,600@20s:burst,100@10s:after \
    --liveness 127.0.0.1:7702 --readiness 127.0.0.1:7703 --html burst.html)";

// All of the command line.
struct RunArguments {
  LoadOptions load;
  absl::Duration duration = kDefaultDuration;
  CLI::Option* duration_option = nullptr;
  std::optional<uint64_t> payload_bytes;
  bool quiet = false;
  ReportOptions report;
};

const std::map<std::string, ProfileKind>& Profiles() {
  static const auto& profiles = *new std::map<std::string, ProfileKind>{
      {"churn", ProfileKind::kChurn},
      {"cache", ProfileKind::kCache},
      {"leak", ProfileKind::kLeak},
      {"graph", ProfileKind::kGraph},
      {"request", ProfileKind::kRequest}};
  return profiles;
}

Progress::Style StyleFor(const GlobalOptions& global, bool quiet) {
  if (quiet) return Progress::Style::kNone;
  const bool terminal = global.err == &std::cerr && isatty(STDERR_FILENO) == 1;
  return terminal ? Progress::Style::kRedraw : Progress::Style::kLines;
}

absl::StatusOr<ExitCode> Run(const GlobalOptions& global,
                             const RunArguments& arguments) {
  LoadOptions options = arguments.load;
  HEAPD_CLIENT_ASSIGN_OR_RETURN(options.credentials,
                                client::ReadCredentials(global.credentials));
  if (arguments.payload_bytes.has_value()) {
    options.profile_options.payload_bytes = *arguments.payload_bytes;
  }
  HEAPD_CLIENT_RETURN_IF_ERROR(ResolveLoadOptions(options));
  ScheduleContext context;
  context.seed = options.profile_options.seed;
  context.read_recording = &RecordedCallTimes;
  if (arguments.duration_option->count() > 0) {
    context.duration = arguments.duration;
  }
  HEAPD_CLIENT_ASSIGN_OR_RETURN(const Schedule schedule,
                                ParseSchedule(options.schedule, context));
  const Interrupt interrupt;
  absl::StatusOr<RunReport> report = [&] {
    Progress progress(*global.err, StyleFor(global, arguments.quiet));
    return RunLoad(options, schedule, progress, interrupt.flag());
  }();
  if (!report.ok()) return report.status();
  report->command_line = global.command_line;
  return FinishReport(*report, arguments.report, *global.out);
}

void AddTargetOptions(CLI::App& command, LoadOptions& load) {
  command
      .add_option("--address", load.address,
                  "Data plane: host:port or unix:/path")
      ->envname("HEAPD_ADDRESS")
      ->capture_default_str();
  command
      .add_option("--heap", load.heap,
                  "Heap to load; made if it is missing, and then removed "
                  "in the end")
      ->capture_default_str();
  AddSizeOption(command, "--limit", load.limit_bytes,
                "Most memory a heap that is made may take, from 4MiB");
  command.add_flag("--keep", load.keep, "Leave a heap that was made");
}

void AddProfileOptions(CLI::App& command, RunArguments& arguments) {
  LoadOptions& load = arguments.load;
  command
      .add_option("--profile", load.profile, "What each call does, see below")
      ->required()
      ->transform(CLI::CheckedTransformer(Profiles(), CLI::ignore_case))
      ->type_name("churn|cache|leak|graph|request");
  command
      .add_option("--batch", load.profile_options.batch,
                  "Objects (churn, leak, request) or operations (cache, graph) "
                  "of a call")
      ->type_name("N")
      ->default_str("64, request 1000");
  AddSizeOption(command, "--payload", arguments.payload_bytes,
                "Payload of each object")
      ->default_str("32");
  command
      .add_option("--live", load.profile_options.live,
                  "Objects that each thread keeps alive")
      ->type_name("N")
      ->capture_default_str();
  command
      .add_option("--leak-every", load.profile_options.leak_every,
                  "leak: which objects stay for good")
      ->type_name("N")
      ->capture_default_str();
  command
      .add_option("--seed", load.profile_options.seed,
                  "Of what the profile and poisson choose")
      ->type_name("N")
      ->capture_default_str();
}

void AddScheduleOptions(CLI::App& command, RunArguments& arguments) {
  LoadOptions& load = arguments.load;
  command.add_option("--schedule", load.schedule, kScheduleHelp)
      ->required()
      ->type_name("SPEC");
  arguments.duration_option = AddDurationOption(
      command, "--duration", arguments.duration,
      "How long; steps and recorded end by themselves without it");
  AddDurationOption(command, "--deadline", load.deadline,
                    "Of each call, from its intended start");
  command
      .add_option("--connections", load.connections,
                  "Connections that carry the calls")
      ->type_name("N")
      ->capture_default_str();
  command
      .add_option("--threads", load.threads,
                  "Workers, each with a session, a thread that sends and one "
                  "that receives")
      ->type_name("N")
      ->capture_default_str();
  command
      .add_option("--max-in-flight", load.max_in_flight,
                  "Most calls on their way; one more is unsent")
      ->type_name("N")
      ->capture_default_str();
  command
      .add_option("--retries", load.retries,
                  "How often a refused call is tried again, after the delay "
                  "that the daemon asks for; calls then have request ids")
      ->type_name("N")
      ->capture_default_str();
  command.add_flag("--recreate", load.recreate,
                   "Make the heap anew when it is gone, as after a restart of "
                   "the daemon, and try calls that found it gone again");
}

void AddWatchOptions(CLI::App& command, RunArguments& arguments) {
  LoadOptions& load = arguments.load;
  command
      .add_option("--liveness", load.liveness,
                  "Address whose health is asked for as liveness")
      ->type_name("ADDRESS");
  command
      .add_option("--readiness", load.readiness,
                  "Address whose health is asked for as readiness")
      ->type_name("ADDRESS");
  AddDurationOption(command, "--probe-interval", load.probe_interval,
                    "Between two probes of an address");
  AddDurationOption(command, "--probe-timeout", load.probe_timeout,
                    "Of a probe");
  AddDurationOption(command, "--interval", load.interval,
                    "Width of the intervals of progress and report");
  command.add_flag("--quiet", arguments.quiet, "No progress");
}

}  // namespace

void AddRunCommand(CLI::App& app, GlobalOptions& global) {
  CLI::App& command =
      *app.add_subcommand("run", "Load a heap by a schedule and report");
  const auto arguments = std::make_shared<RunArguments>();
  AddTargetOptions(command, arguments->load);
  AddProfileOptions(command, *arguments);
  AddScheduleOptions(command, *arguments);
  AddWatchOptions(command, *arguments);
  AddReportOptions(command, arguments->report);
  command.footer(kFooter);
  SetRun(command, global,
         [&global, arguments] { return Run(global, *arguments); });
}

}  // namespace heapd::heapload
