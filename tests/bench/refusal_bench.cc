// What a refused call costs the daemon beside one that is admitted: Apply of
// 1,024 allocations, on a heap that takes them and on one that is full.

#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>
#include <sys/resource.h>

#include <CLI/CLI.hpp>
#include <atomic>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "client/heapd/client.h"
#include "heap/base/check.h"
#include "server/daemon.h"
#include "server/ops/cgroup.h"
#include "server/ops/logging.h"
#include "server/ops/process.h"
#include "tests/bench/support/machine.h"

namespace heapd {
namespace {

using client::BatchBuilder;
using client::BatchValue;

constexpr char kHeap[] = "bench";

struct Options {
  double seconds = 2;
  int threads = 2;
  int outstanding = 16;
  uint32_t batch = 1024;
};

absl::Duration ProcessorTime() {
  rusage usage;
  HEAPD_CHECK(getrusage(RUSAGE_SELF, &usage) == 0);
  return absl::DurationFromTimeval(usage.ru_utime) +
         absl::DurationFromTimeval(usage.ru_stime);
}

// A daemon of its own for each measurement; with `is_full` the heap's lane is
// taken by a test hook and its one place by a call that waits.
std::unique_ptr<server::Daemon> StartDaemon(bool is_full) {
  server::DaemonOptions options;
  server::Config& config = options.config;
  config.listen_data = {"127.0.0.1:0"};
  config.listen_operations = {"127.0.0.1:0"};
  config.listen_liveness = {};
  config.listen_readiness = {};
  if (is_full) {
    config.stress_stall_heap = kHeap;
    config.stress_stall_duration = absl::Hours(1);
    config.limits_max_in_flight_calls_per_heap = 1;
  }
  ResolveDefaults(server::UsableMemoryBytes(),
                  static_cast<int>(std::thread::hardware_concurrency()),
                  config);
  auto daemon = server::Daemon::Start(std::move(options));
  HEAPD_CHECK(daemon.ok());
  return *std::move(daemon);
}

std::string BatchBytes(uint32_t count, uint64_t session, uint32_t type) {
  BatchBuilder batch;
  batch.PushScope();
  const BatchValue values[2];
  for (uint32_t i = 0; i < count; ++i) {
    batch.Allocate(client::TypeId(type), std::string(32, 'p'), values);
  }
  batch.PopScope();
  v1::ApplyRequest request;
  request.set_heap(kHeap);
  request.set_session(session);
  *request.mutable_batch() = batch.Take();
  return request.SerializeAsString();
}

// One call of a worker.
struct Call {
  std::optional<grpc::ClientContext> context;
  std::unique_ptr<grpc::GenericClientAsyncResponseReader> reader;
  grpc::ByteBuffer answer;
  grpc::Status status;
};

// Makes calls until the time is over; how many ended with `expected`.
uint64_t MakeCalls(const std::string& address, const std::string& bytes,
                   const Options& options, grpc::StatusCode expected,
                   const std::atomic<bool>& over) {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  grpc::GenericStub stub(grpc::CreateCustomChannel(
      address, grpc::InsecureChannelCredentials(), arguments));
  const grpc::Slice slice(bytes);
  const grpc::ByteBuffer request(&slice, 1);
  grpc::CompletionQueue queue;
  const auto start = [&](Call* call) {
    call->reader.reset();
    call->context.emplace();
    call->reader = stub.PrepareUnaryCall(
        &*call->context, "/heapd.v1.ObjectService/Apply", request, &queue);
    call->reader->StartCall();
    call->reader->Finish(&call->answer, &call->status, call);
  };
  std::vector<Call> calls(static_cast<size_t>(options.outstanding));
  for (Call& call : calls) start(&call);
  uint64_t ended = 0;
  void* tag = nullptr;
  bool ok = false;
  for (size_t running = calls.size(); running > 0;) {
    HEAPD_CHECK(queue.Next(&tag, &ok));
    Call* const call = static_cast<Call*>(tag);
    HEAPD_CHECK(call->status.error_code() == expected);
    ++ended;
    if (over) {
      --running;
    } else {
      start(call);
    }
  }
  return ended;
}

void Measure(const std::string& name, const std::string& address,
             const std::string& bytes, const Options& options,
             grpc::StatusCode expected) {
  std::atomic<bool> over{false};
  std::atomic<uint64_t> ended{0};
  const absl::Time begin = absl::Now();
  const absl::Duration processor = ProcessorTime();
  std::vector<std::thread> threads;
  for (int i = 0; i < options.threads; ++i) {
    threads.emplace_back(
        [&] { ended += MakeCalls(address, bytes, options, expected, over); });
  }
  absl::SleepFor(absl::Seconds(options.seconds));
  over = true;
  for (std::thread& thread : threads) thread.join();
  const double seconds = absl::ToDoubleSeconds(absl::Now() - begin);
  std::printf("%-10s %10.0f calls/s  %6.1f us of processor a call\n",
              name.c_str(), static_cast<double>(ended) / seconds,
              absl::ToDoubleMicroseconds(ProcessorTime() - processor) /
                  static_cast<double>(ended));
  std::fflush(stdout);
}

void MeasureAdmitted(const Options& options) {
  const auto daemon = StartDaemon(/*is_full=*/false);
  const std::string address = daemon->addresses().at("data").front();
  const auto client = *client::Client::Connect(address);
  HEAPD_CHECK(client->CreateHeap(kHeap).ok());
  auto session = client->OpenSession(kHeap);
  HEAPD_CHECK(session.ok());
  const auto type = session->DefineType("Node", {});
  // Renewed by the calls.
  const uint64_t id = session->Detach().value();
  Measure("admitted", address, BatchBytes(options.batch, id, type->value()),
          options, grpc::StatusCode::OK);
}

void MeasureRefused(const Options& options) {
  const auto daemon = StartDaemon(/*is_full=*/true);
  const std::string address = daemon->addresses().at("data").front();
  const auto client = *client::Client::Connect(address);
  HEAPD_CHECK(client->CreateHeap(kHeap).ok());
  // The first call; then the heap is stuck, and one that waits fills it.
  const auto type = client->Heap(kHeap).DefineType("Node", {});
  HEAPD_CHECK(type.ok());
  const std::string bytes = BatchBytes(options.batch, 1, type->value());
  grpc::ClientContext context;
  grpc::CompletionQueue queue;
  grpc::GenericStub stub(
      grpc::CreateChannel(address, grpc::InsecureChannelCredentials()));
  const grpc::Slice slice(bytes);
  const auto waiting =
      stub.PrepareUnaryCall(&context, "/heapd.v1.ObjectService/Apply",
                            grpc::ByteBuffer(&slice, 1), &queue);
  waiting->StartCall();
  // Sends it.
  waiting->ReadInitialMetadata(nullptr);
  absl::SleepFor(absl::Milliseconds(200));
  Measure("refused", address, bytes, options,
          grpc::StatusCode::RESOURCE_EXHAUSTED);
  context.TryCancel();
  grpc::ByteBuffer answer;
  grpc::Status status;
  void* tag = nullptr;
  bool ok = false;
  waiting->Finish(&answer, &status, nullptr);
  queue.Next(&tag, &ok);
  queue.Next(&tag, &ok);
}

}  // namespace
}  // namespace heapd

int main(int argc, char** argv) {
  heapd::Options options;
  CLI::App app{"Measures what a refused Apply costs beside an admitted one."};
  app.add_option("--seconds", options.seconds, "for each")
      ->check(CLI::Range(0.1, 600.0));
  app.add_option("--threads", options.threads, "of clients")
      ->check(CLI::Range(1, 64));
  app.add_option("--outstanding", options.outstanding, "calls of a thread")
      ->check(CLI::Range(1, 256));
  app.add_option("--batch", options.batch, "allocations of a call")
      ->check(CLI::Range(1, 65534));
  CLI11_PARSE(app, argc, argv);
  heapd::server::TuneLibraries();
  heapd::server::InitLogging(heapd::server::LogLevel::kError,
                             heapd::server::LogFormat::kText);
  std::printf("%s\n", heapd::bench::DescribeMachine().dump().c_str());
  heapd::MeasureAdmitted(options);
  heapd::MeasureRefused(options);
  return 0;
}
