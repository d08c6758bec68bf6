#include "tests/bench/rpc/load.h"

#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/support/channel_arguments.h>
#include <sys/resource.h>

#include <cstdio>
#include <cstdlib>
#include <thread>

#include "heap/base/check.h"
#include "tests/bench/support/measure.h"

namespace heapd::rpc_bench {
namespace {

double Seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) +
         static_cast<double>(time.tv_usec) * 1e-6;
}

double ProcessSeconds() {
  rusage usage = {};
  getrusage(RUSAGE_SELF, &usage);
  return Seconds(usage.ru_utime) + Seconds(usage.ru_stime);
}

SteadyClock::duration ToDuration(double seconds) {
  return std::chrono::duration_cast<SteadyClock::duration>(
      std::chrono::duration<double>(seconds));
}

LoadResult Summarize(const std::vector<CallLog>& logs, double seconds,
                     double processor_seconds) {
  uint64_t call_count = 0;
  std::vector<double> latencies_us;
  for (const CallLog& log : logs) {
    call_count += log.call_count();
    latencies_us.insert(latencies_us.end(), log.latencies_us().begin(),
                        log.latencies_us().end());
  }
  HEAPD_CHECK(!latencies_us.empty());
  LoadResult result;
  result.calls_per_second = static_cast<double>(latencies_us.size()) / seconds;
  result.p50_us = bench::Percentile(latencies_us, 0.5);
  result.p99_us = bench::Percentile(latencies_us, 0.99);
  result.processor_us_per_call =
      processor_seconds * 1e6 / static_cast<double>(call_count);
  return result;
}

}  // namespace

Window::Window(double warm_up_seconds, double seconds)
    : begin_(SteadyClock::now() + ToDuration(warm_up_seconds)),
      end_(begin_ + ToDuration(seconds)) {}

LoadResult RunLoad(const LoadOptions& options, const Worker& worker) {
  const double start = ProcessSeconds();
  const Window window(options.warm_up_seconds, options.seconds);
  std::vector<CallLog> logs(options.threads, CallLog(window));
  std::vector<std::thread> threads;
  for (CallLog& log : logs) {
    threads.emplace_back(
        [&options, &worker, &log] { worker(Connect(options.address), &log); });
  }
  for (std::thread& thread : threads) thread.join();
  return Summarize(logs, options.seconds, ProcessSeconds() - start);
}

std::shared_ptr<grpc::Channel> Connect(const std::string& address) {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  return grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(),
                                   arguments);
}

void CheckOk(const grpc::Status& status) {
  if (status.ok()) return;
  std::fprintf(stderr, "error %d: %s\n", status.error_code(),
               status.error_message().c_str());
  std::exit(1);
}

}  // namespace heapd::rpc_bench
