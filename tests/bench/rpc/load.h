#ifndef HEAPD_TESTS_BENCH_RPC_LOAD_H_
#define HEAPD_TESTS_BENCH_RPC_LOAD_H_

#include <grpcpp/channel.h>
#include <grpcpp/support/status.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace heapd::rpc_bench {

using SteadyClock = std::chrono::steady_clock;

// How a method is loaded: each thread, with a connection of its own, keeps so
// many calls (or messages on its stream) on their way.
struct LoadOptions {
  std::string address;
  int threads = 2;
  int outstanding = 16;
  double warm_up_seconds = 0.2;
  double seconds = 1;
};

// What came of it.
struct LoadResult {
  double calls_per_second = 0;
  double p50_us = 0;
  double p99_us = 0;
  // Of this whole process: clients, transport and daemon.
  double processor_us_per_call = 0;
};

// When calls count. A value.
class Window {
 public:
  Window(double warm_up_seconds, double seconds);

  bool IsOver(SteadyClock::time_point now) const { return now >= end_; }
  bool Counts(SteadyClock::time_point now) const {
    return now >= begin_ && now < end_;
  }

 private:
  SteadyClock::time_point begin_;
  SteadyClock::time_point end_;
};

// The calls of one thread.
class CallLog {
 public:
  explicit CallLog(const Window& window) : window_(window) {}

  const Window& window() const { return window_; }
  void Add(SteadyClock::time_point start, SteadyClock::time_point end) {
    ++call_count_;
    if (!window_.Counts(end)) return;
    latencies_us_.push_back(
        std::chrono::duration<double, std::micro>(end - start).count());
  }

  // All calls, before and after the window too.
  uint64_t call_count() const { return call_count_; }
  const std::vector<double>& latencies_us() const { return latencies_us_; }

 private:
  const Window window_;
  uint64_t call_count_ = 0;
  std::vector<double> latencies_us_;
};

// What one thread does until the window is over.
using Worker =
    std::function<void(std::shared_ptr<grpc::Channel> channel, CallLog* log)>;

// Runs a worker on each thread.
LoadResult RunLoad(const LoadOptions& options, const Worker& worker);

// A connection that is shared with nobody.
std::shared_ptr<grpc::Channel> Connect(const std::string& address);

// A call that fails has nothing to measure: ends the process.
void CheckOk(const grpc::Status& status);

}  // namespace heapd::rpc_bench

#endif  // HEAPD_TESTS_BENCH_RPC_LOAD_H_
