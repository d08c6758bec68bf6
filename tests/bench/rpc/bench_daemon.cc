#include "tests/bench/rpc/bench_daemon.h"

#include <cstdio>
#include <cstdlib>
#include <thread>
#include <utility>

#include "server/ops/cgroup.h"
#include "server/ops/logging.h"
#include "server/ops/process.h"

namespace heapd::rpc_bench {

BenchDaemon::BenchDaemon() {
  server::TuneLibraries();
  server::InitLogging(server::LogLevel::kError, server::LogFormat::kText);
  server::DaemonOptions options;
  server::Config& config = options.config;
  config.listen_data = {"127.0.0.1:0", "unix:" + directory_.Path("data.sock")};
  config.listen_operations = {};
  config.listen_liveness = {};
  config.listen_readiness = {};
  ResolveDefaults(server::UsableMemoryBytes(),
                  static_cast<int>(std::thread::hardware_concurrency()),
                  config);
  options.extra_data_services = {&echo_};
  auto daemon = server::Daemon::Start(std::move(options));
  if (!daemon.ok()) {
    std::fprintf(stderr, "%s\n", daemon.status().ToString().c_str());
    std::exit(1);
  }
  daemon_ = *std::move(daemon);
}

}  // namespace heapd::rpc_bench
