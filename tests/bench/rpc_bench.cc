// Measures the daemon's data plane over loopback against an empty echo in the
// same server, in the same run: the daemon runs in this process, beside the
// clients, and the methods take turns.
//
//   rpc_bench [--runs N] [--seconds S] [--threads N] [--outstanding N]
//             [--batch N]... [--transports tcp,unix] [--only METHOD] [--quick]
//             [--suites methods,leases] [--sessions N] [--json FILE]
//
// The suite `leases` (tests/bench/rpc/leases.h) is run only when it is named.

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <string>
#include <vector>

#include "tests/bench/rpc/bench_daemon.h"
#include "tests/bench/rpc/bench_heap.h"
#include "tests/bench/rpc/leases.h"
#include "tests/bench/rpc/load.h"
#include "tests/bench/rpc/methods.h"
#include "tests/bench/support/measure.h"
#include "tests/bench/support/report.h"

namespace heapd::rpc_bench {
namespace {

using bench::Labels;
using bench::Report;

// Issue "It is done when" 6: of the echo that carries the same bytes.
constexpr double kRatioTarget = 0.5;
constexpr uint32_t kTargetBatch = 1024;

struct Settings {
  int runs = 7;
  LoadOptions load;
  int unary_outstanding = 32;
  std::vector<uint32_t> batches = {kTargetBatch};
  std::vector<std::string> transports = {"tcp", "unix"};
  std::string only;  // a method to run without the others; empty for all
  std::vector<std::string> suites = {"methods"};
  LeaseSettings leases;

  bool Runs(const std::string& suite) const {
    return std::find(suites.begin(), suites.end(), suite) != suites.end();
  }
};

// The results of one method, a run each.
struct Results {
  std::vector<double> operations_per_second;
  std::vector<double> ratios;  // to the first method of the same run
  std::vector<double> p50_us;
  std::vector<double> p99_us;
  std::vector<double> processor_us_per_call;
};

// The methods take turns, so that a slow spell of the machine hits all.
std::vector<Results> RunInTurn(const Comparison& comparison,
                               const LoadOptions& load, int runs) {
  std::vector<Results> all(comparison.methods.size());
  for (int run = 0; run < runs; ++run) {
    for (size_t i = 0; i < all.size(); ++i) {
      const LoadResult result = comparison.methods[i].run(load);
      Results& results = all[i];
      results.operations_per_second.push_back(result.calls_per_second *
                                              comparison.operations);
      results.ratios.push_back(results.operations_per_second.back() /
                               all[0].operations_per_second.back());
      results.p50_us.push_back(result.p50_us);
      results.p99_us.push_back(result.p99_us);
      results.processor_us_per_call.push_back(result.processor_us_per_call);
    }
  }
  return all;
}

void AddResults(const std::string& transport, const Comparison& comparison,
                const std::vector<Results>& all, Report& report) {
  for (size_t i = 0; i < all.size(); ++i) {
    const Results& results = all[i];
    const double ratio = bench::Median(results.ratios);
    report.AddRates({{"transport", transport},
                     {"comparison", comparison.name},
                     {"method", comparison.methods[i].name},
                     {"operations_per_call", comparison.operations},
                     {"request_bytes", comparison.request_bytes},
                     {"response_bytes", comparison.response_bytes}},
                    results.operations_per_second,
                    {{"ratio_to_echo", ratio},
                     {"p50_us", bench::Median(results.p50_us)},
                     {"p99_us", bench::Median(results.p99_us)},
                     {"processor_us_per_call",
                      bench::Median(results.processor_us_per_call)}});
  }
}

// The second method of a comparison is heapd's own.
void AddTarget(const std::string& transport, const Comparison& comparison,
               const std::vector<Results>& all, Report& report) {
  if (comparison.operations != kTargetBatch || all.size() < 2) return;
  report.AddTargetAtLeast(
      comparison.methods[1].name + " of 1,024 allocations over " + transport,
      bench::Median(all[1].ratios), kRatioTarget,
      "of the rate of the echo with the same bytes");
}

void MeasureTransport(const std::string& transport, const std::string& address,
                      client::TypeId type, const Settings& settings,
                      Report& report) {
  LoadOptions load = settings.load;
  load.address = address;
  LoadOptions unary_load = load;
  unary_load.outstanding = settings.unary_outstanding;
  const auto measure = [&](Comparison comparison, const LoadOptions& options) {
    if (!settings.only.empty()) {
      std::erase_if(comparison.methods, [&settings](const Method& method) {
        return method.name != settings.only;
      });
    }
    const std::vector<Results> all =
        RunInTurn(comparison, options, settings.runs);
    AddResults(transport, comparison, all, report);
    AddTarget(transport, comparison, all, report);
  };
  measure(CompareUnary(address, type), unary_load);
  for (const uint32_t batch : settings.batches) {
    measure(CompareApply(address, type, batch), load);
    measure(ComparePipeline(address, type, batch), load);
  }
}

bool ParseSettings(int argc, char** argv, Settings& settings,
                   std::string& json_path, int& exit_code) {
  bool quick = false;
  CLI::App app("Measures the daemon's data plane against an empty echo.");
  LoadOptions& load = settings.load;
  app.add_option("--runs", settings.runs, "runs of each method; medians count")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  app.add_option("--seconds", load.seconds, "duration of a run")
      ->check(CLI::Range(0.01, 600.0))
      ->capture_default_str();
  app.add_option("--threads", load.threads,
                 "client threads, each with a connection")
      ->check(CLI::Range(1, 64))
      ->capture_default_str();
  app.add_option("--outstanding", load.outstanding,
                 "batches on their way, for each thread")
      ->check(CLI::Range(1, 512))
      ->capture_default_str();
  app.add_option("--unary-outstanding", settings.unary_outstanding,
                 "single calls on their way, for each thread")
      ->check(CLI::Range(1, 512))
      ->capture_default_str();
  app.add_option("--batch", settings.batches, "allocations a batch")
      ->check(CLI::Range(1u, 65534u))
      ->capture_default_str();
  app.add_option("--transports", settings.transports, "tcp, unix")
      ->delimiter(',')
      ->check(CLI::IsMember({"tcp", "unix"}))
      ->capture_default_str();
  app.add_option("--only", settings.only,
                 "run this method alone, for a profiler to watch");
  app.add_option("--suites", settings.suites, "methods, leases")
      ->delimiter(',')
      ->check(CLI::IsMember({"methods", "leases"}))
      ->capture_default_str();
  app.add_option("--sessions", settings.leases.sessions,
                 "sessions that expire at once")
      ->check(CLI::Range(11u, 1'000'000u))
      ->capture_default_str();
  app.add_flag("--quick", quick, "one short run of each method");
  app.add_option("--json", json_path, "also write the results to this file");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    exit_code = app.exit(error);
    return false;
  }
  if (quick) {
    settings.runs = 1;
    load.seconds = 0.2;
    load.warm_up_seconds = 0.1;
    settings.leases.sessions = std::min(settings.leases.sessions, 2'000u);
    settings.leases.large_session_holds = 20'000;
  }
  settings.leases.load = load;
  return true;
}

int Main(int argc, char** argv) {
  Settings settings;
  std::string json_path;
  int exit_code = 0;
  if (!ParseSettings(argc, argv, settings, json_path, exit_code)) {
    return exit_code;
  }
  Report report({{"runs", settings.runs},
                 {"seconds", settings.load.seconds},
                 {"threads", settings.load.threads},
                 {"outstanding", settings.load.outstanding},
                 {"unary_outstanding", settings.unary_outstanding},
                 {"batch", settings.batches},
                 {"transports", settings.transports},
                 {"suites", settings.suites},
                 {"sessions", settings.leases.sessions}});
  const BenchDaemon daemon;
  if (settings.Runs("leases")) {
    settings.leases.load.address = daemon.tcp_address();
    MeasureLeases(daemon.tcp_address(), settings.leases, report);
  }
  if (!settings.Runs("methods")) return report.Write(json_path) ? 0 : 1;
  const client::TypeId type = CreateBenchHeap(daemon.tcp_address());
  for (const std::string& transport : settings.transports) {
    MeasureTransport(
        transport,
        transport == "tcp" ? daemon.tcp_address() : daemon.unix_address(), type,
        settings, report);
  }
  return report.Write(json_path) ? 0 : 1;
}

}  // namespace
}  // namespace heapd::rpc_bench

int main(int argc, char** argv) { return heapd::rpc_bench::Main(argc, argv); }
