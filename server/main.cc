#include <cstring>
#include <iostream>
#include <thread>

#include "server/daemon.h"
#include "server/ops/cgroup.h"
#include "server/ops/collection_trace.h"
#include "server/ops/command_line.h"
#include "server/ops/logging.h"
#include "server/ops/process.h"
#include "server/ops/service_manager.h"

namespace heapd::server {
namespace {

// Exit codes: 0 after a stop on request, 1 when the daemon could not start, 2
// for a wrong command line or configuration.
constexpr int kCannotStart = 1;
constexpr int kWrongUsage = 2;

int Run(const Invocation& invocation) {
  const Config& config = invocation.config;
  InitLogging(ParseLogLevel(config.log_level),
              ParseLogFormat(config.log_format));
  InitCollectionTrace(config.log_trace_gc);
  if (config.memory_lock) {
    const absl::Status locked = LockMemory();
    if (!locked.ok()) {
      LogError("cannot_start", {{"error", locked}});
      return kCannotStart;
    }
  }
  ServiceManager service_manager;
  const absl::StatusOr<std::unique_ptr<Daemon>> daemon =
      Daemon::Start({config,
                     invocation.ports_file,
                     {},
                     invocation.plaintext_reach,
                     &service_manager});
  if (!daemon.ok()) {
    LogError("cannot_start", {{"error", daemon.status()}});
    return kCannotStart;
  }
  const int signal = WaitForStopSignal([&daemon] {
    LogInfo("signal", {{"name", "HUP"}});
    (*daemon)->Reload();
  });
  LogInfo("signal", {{"name", sigabbrev_np(signal)}});
  (*daemon)->Stop();
  return 0;
}

}  // namespace
}  // namespace heapd::server

int main(int argc, char** argv) {
  using heapd::server::Invocation;
  heapd::server::PrepareProcess(argv[0]);
  const absl::StatusOr<Invocation> invocation = heapd::server::ParseCommandLine(
      argc, argv, heapd::server::UsableMemoryBytes(),
      heapd::server::UsableCores(
          static_cast<int>(std::thread::hardware_concurrency())));
  if (!invocation.ok()) {
    std::cerr << "heapd: " << invocation.status().message() << "\n";
    return heapd::server::kWrongUsage;
  }
  if (invocation->print.has_value()) {
    std::cout << *invocation->print;
    return 0;
  }
  return heapd::server::Run(*invocation);
}
