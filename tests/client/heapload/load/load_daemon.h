#ifndef HEAPD_TESTS_CLIENT_HEAPLOAD_LOAD_LOAD_DAEMON_H_
#define HEAPD_TESTS_CLIENT_HEAPLOAD_LOAD_LOAD_DAEMON_H_

#include <memory>
#include <string>
#include <utility>

#include "heap/base/check.h"
#include "server/daemon.h"
#include "server/ops/logging.h"

namespace heapd::heapload {

// A small daemon in this process, on free ports of the loopback.
class LoadDaemon {
 public:
  LoadDaemon() {
    server::InitLogging(server::LogLevel::kError, server::LogFormat::kText);
    server::DaemonOptions options;
    server::Config& config = options.config;
    config.listen_data = {"127.0.0.1:0"};
    config.listen_operations = {};
    config.listen_liveness = {"127.0.0.1:0"};
    config.listen_readiness = {"127.0.0.1:0"};
    config.memory_budget = uint64_t{256} << 20;
    ResolveDefaults(uint64_t{1} << 30, 2, config);
    auto daemon = server::Daemon::Start(std::move(options));
    HEAPD_CHECK(daemon.ok());
    daemon_ = *std::move(daemon);
  }

  // "data", "liveness", "readiness"
  std::string Address(const std::string& plane) const {
    return daemon_->addresses().at(plane).front();
  }
  void Stop() { daemon_->Stop(); }

 private:
  std::unique_ptr<server::Daemon> daemon_;
};

}  // namespace heapd::heapload

#endif  // HEAPD_TESTS_CLIENT_HEAPLOAD_LOAD_LOAD_DAEMON_H_
