#ifndef HEAPD_TESTS_BENCH_RPC_BENCH_DAEMON_H_
#define HEAPD_TESTS_BENCH_RPC_BENCH_DAEMON_H_

#include <memory>
#include <string>

#include "server/daemon.h"
#include "tests/bench/rpc/echo_service.h"
#include "tests/server/support/temporary_directory.h"

namespace heapd::rpc_bench {

// The daemon in this process, with the echo service beside its own on the same
// listener, over TCP and over a Unix socket. Single-threaded.
class BenchDaemon {
 public:
  // Ends the process when the daemon cannot start.
  BenchDaemon();
  BenchDaemon(const BenchDaemon&) = delete;
  BenchDaemon& operator=(const BenchDaemon&) = delete;

  const std::string& tcp_address() const { return addresses()[0]; }
  const std::string& unix_address() const { return addresses()[1]; }

 private:
  const std::vector<std::string>& addresses() const {
    return daemon_->addresses().at("data");
  }

  server::TemporaryDirectory directory_;
  EchoService echo_;
  std::unique_ptr<server::Daemon> daemon_;
};

}  // namespace heapd::rpc_bench

#endif  // HEAPD_TESTS_BENCH_RPC_BENCH_DAEMON_H_
