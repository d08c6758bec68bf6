#include "tests/bench/rpc/leases.h"

#include <algorithm>
#include <atomic>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include "client/heapd/batch_builder.h"
#include "client/heapd/proto_time.h"
#include "heapd/v1/heap_service.grpc.pb.h"
#include "heapd/v1/object_service.grpc.pb.h"
#include "tests/bench/rpc/bench_heap.h"
#include "tests/bench/rpc/call_chain.h"
#include "tests/bench/rpc/unary_worker.h"
#include "tests/bench/support/measure.h"

namespace heapd::rpc_bench {
namespace {

using Clock = SteadyClock;
using Stub = v1::ObjectService::Stub;

constexpr char kCrowd[] = "crowd";   // the heap with the sessions that expire
constexpr char kOther[] = "beside";  // a heap with one client
constexpr char kKept[] = "renewed";  // the heap with those that are renewed
constexpr size_t kOutstanding = 64;
constexpr int kRenewalsOutstanding = 32;
constexpr uint32_t kLargeBatch = 16'384;
constexpr uint64_t kFewSessions = 10;
// Sessions that are opened and filled in a second, on a slow machine.
constexpr double kOpeningRate = 4'000;
constexpr auto kProbeInterval = std::chrono::microseconds(500);
constexpr auto kSettled = std::chrono::seconds(2);

double SecondsBetween(Clock::time_point from, Clock::time_point to) {
  return std::chrono::duration<double>(to - from).count();
}

client::TypeId CreateHeap(const std::shared_ptr<grpc::Channel>& channel,
                          const std::string& heap) {
  {
    grpc::ClientContext context;
    v1::CreateHeapRequest request;
    v1::CreateHeapResponse response;
    request.set_heap(heap);
    CheckOk(v1::HeapService::NewStub(channel)->CreateHeap(&context, request,
                                                          &response));
  }
  grpc::ClientContext context;
  v1::DefineTypeRequest request;
  v1::DefineTypeResponse response;
  request.set_heap(heap);
  request.mutable_type()->set_name("Node");
  CheckOk(v1::ObjectService::NewStub(channel)->DefineType(&context, request,
                                                          &response));
  return client::TypeId(response.type());
}

void DeleteHeap(const std::shared_ptr<grpc::Channel>& channel,
                const std::string& heap) {
  grpc::ClientContext context;
  v1::DeleteHeapRequest request;
  v1::DeleteHeapResponse response;
  request.set_heap(heap);
  CheckOk(v1::HeapService::NewStub(channel)->DeleteHeap(&context, request,
                                                        &response));
}

uint64_t SessionCount(v1::HeapService::Stub* stub, const std::string& heap) {
  grpc::ClientContext context;
  v1::GetHeapRequest request;
  v1::GetHeapResponse response;
  request.set_heap(heap);
  CheckOk(stub->GetHeap(&context, request, &response));
  return static_cast<uint64_t>(response.heap().session_count());
}

v1::OpenSessionRequest Opening(const std::string& heap, double seconds) {
  v1::OpenSessionRequest request;
  request.set_heap(heap);
  *request.mutable_time_to_live() =
      client::ToProtoDuration(absl::Seconds(seconds));
  return request;
}

uint64_t OpenSession(Stub* stub, const std::string& heap, double seconds) {
  grpc::ClientContext context;
  v1::OpenSessionResponse response;
  CheckOk(stub->OpenSession(&context, Opening(heap, seconds), &response));
  return response.session();
}

// ---- How fast sessions are renewed ----

std::vector<uint64_t> OpenSessions(Stub* stub, const std::string& heap,
                                   uint64_t count) {
  std::vector<uint64_t> sessions(count);
  CallChain<v1::OpenSessionResponse>(
      [&](uint64_t, grpc::ClientContext* context,
          grpc::CompletionQueue* queue) {
        return stub->AsyncOpenSession(context, Opening(heap, 3600), queue);
      },
      [&](uint64_t i, const v1::OpenSessionResponse& response) {
        sessions[i] = response.session();
      })
      .Run(count, kOutstanding);
  return sessions;
}

LoadResult RenewInTurn(const LoadOptions& options,
                       const std::vector<uint64_t>& sessions) {
  return RunLoad(options, [&](const std::shared_ptr<grpc::Channel>& channel,
                              CallLog* log) {
    Stub stub(channel);
    v1::RenewSessionRequest request;
    request.set_heap(kKept);
    // Not one after the other in memory.
    const uint64_t step = sessions.size() / 3 * 2 + 1;
    uint64_t next = 0;
    const auto start = [&](grpc::ClientContext* context,
                           grpc::CompletionQueue* queue) {
      next = (next + step) % sessions.size();
      request.set_session(sessions[next]);
      return stub.AsyncRenewSession(context, request, queue);
    };
    UnaryWorker<v1::RenewSessionResponse>(start, kRenewalsOutstanding).Run(log);
  });
}

void MeasureRenewals(const LeaseSettings& settings,
                     const std::shared_ptr<grpc::Channel>& channel,
                     bench::Report& report) {
  Stub stub(channel);
  CreateHeap(channel, kKept);
  std::vector<uint64_t> sessions = OpenSessions(&stub, kKept, kFewSessions);
  double few_rate = 0;
  for (const uint64_t count : {kFewSessions, uint64_t{settings.sessions}}) {
    const std::vector<uint64_t> more =
        OpenSessions(&stub, kKept, count - sessions.size());
    sessions.insert(sessions.end(), more.begin(), more.end());
    std::vector<double> rates;
    for (int run = 0; run < 5; ++run) {
      rates.push_back(RenewInTurn(settings.load, sessions).calls_per_second);
    }
    report.AddRates({{"measure", "RenewSession"}, {"open_sessions", count}},
                    rates, nlohmann::ordered_json::object());
    if (count == kFewSessions) few_rate = bench::Median(rates);
    if (count == settings.sessions) {
      report.AddFigure({{"measure", "RenewSession"}, {"open_sessions", count}},
                       "ratio_to_few", bench::Median(rates) / few_rate, "");
    }
  }
  DeleteHeap(channel, kKept);
}

// ---- What becomes of others when many expire ----

struct Wait {
  Clock::time_point due;
  double us;
};

// Overwrites an object's payload, over and over, in the name of a session.
class Prober {
 public:
  Prober(const std::string& address, const std::string& heap,
         client::TypeId type)
      : stub_(Connect(address)) {
    request_.set_heap(heap);
    request_.set_session(OpenSession(&stub_, heap, 600));
    grpc::ClientContext context;
    v1::AllocateObjectRequest allocation;
    v1::AllocateObjectResponse response;
    allocation.set_heap(heap);
    allocation.set_session(request_.session());
    allocation.set_type(type.value());
    allocation.set_payload(std::string(kPayloadBytes, 'p'));
    CheckOk(stub_.AllocateObject(&context, allocation, &response));
    request_.set_ref(response.ref());
    request_.set_payload("q");
  }

  void RunUntil(const std::atomic<bool>& stop) {
    for (Clock::time_point due = Clock::now(); !stop; due += kProbeInterval) {
      std::this_thread::sleep_until(due);
      grpc::ClientContext context;
      v1::WriteObjectResponse response;
      CheckOk(stub_.WriteObject(&context, request_, &response));
      waits_.push_back(
          {due, std::chrono::duration<double, std::micro>(Clock::now() - due)
                    .count()});
    }
  }

  void AddTo(const bench::Labels& labels, Clock::time_point from,
             Clock::time_point to, bench::Report& report) const {
    std::vector<double> waits;
    for (const Wait& wait : waits_) {
      if (wait.due >= from && wait.due < to) waits.push_back(wait.us);
    }
    if (waits.empty()) return;
    report.AddFigure(labels, "p50", bench::Percentile(waits, 0.5), "us");
    report.AddFigure(labels, "p99", bench::Percentile(waits, 0.99), "us");
    report.AddFigure(labels, "p99.9", bench::Percentile(waits, 0.999), "us");
    report.AddFigure(labels, "max",
                     *std::max_element(waits.begin(), waits.end()), "us");
  }

 private:
  Stub stub_;
  v1::WriteObjectRequest request_;
  std::vector<Wait> waits_;
};

// Lets one session hold so many objects, and gives it the index that comes with
// the first release of an old one. Returns when its lease ends.
Clock::time_point OpenLargeSession(Stub* stub, client::TypeId type,
                                   uint32_t holds, double seconds) {
  v1::ApplyRequest request;
  request.set_heap(kCrowd);
  request.set_session(OpenSession(stub, kCrowd, seconds));
  uint64_t first = 0;
  for (uint32_t held = 0; held < holds; held += kLargeBatch) {
    client::BatchBuilder batch;
    for (uint32_t i = 0; i < std::min(kLargeBatch, holds - held); ++i) {
      batch.Allocate(type, "p");
    }
    *request.mutable_batch() = batch.Take();
    grpc::ClientContext context;
    v1::ApplyResponse response;
    CheckOk(stub->Apply(&context, request, &response));
    if (first == 0) first = response.result().refs(0);
  }
  v1::ReleaseObjectRequest release;
  v1::ReleaseObjectResponse response;
  release.set_heap(kCrowd);
  release.set_session(request.session());
  release.add_refs(first);
  grpc::ClientContext context;
  const Clock::time_point now = Clock::now();
  CheckOk(stub->ReleaseObject(&context, release, &response));
  return now + std::chrono::duration_cast<Clock::duration>(
                   std::chrono::duration<double>(seconds));
}

// Opens a part of the sessions, each with its holds, all with leases that end
// at `end`.
void OpenCrowd(const std::string& address, client::TypeId type,
               uint32_t sessions, uint32_t holds, Clock::time_point end) {
  Stub stub(Connect(address));
  client::BatchBuilder batch;
  for (uint32_t i = 0; i < holds; ++i) batch.Allocate(type, "p");
  v1::ApplyRequest apply;
  apply.set_heap(kCrowd);
  *apply.mutable_batch() = batch.Take();
  // A call renews: the two of a session follow each other closely.
  constexpr uint32_t kGroup = 64;
  for (uint32_t opened = 0; opened < sessions; opened += kGroup) {
    const uint32_t count = std::min(kGroup, sessions - opened);
    const double seconds = SecondsBetween(Clock::now(), end);
    std::vector<uint64_t> ids(count);
    CallChain<v1::OpenSessionResponse>(
        [&](uint64_t, grpc::ClientContext* context,
            grpc::CompletionQueue* queue) {
          return stub.AsyncOpenSession(context, Opening(kCrowd, seconds),
                                       queue);
        },
        [&](uint64_t i, const v1::OpenSessionResponse& response) {
          ids[i] = response.session();
        })
        .Run(count, kGroup);
    CallChain<v1::ApplyResponse>(
        [&](uint64_t i, grpc::ClientContext* context,
            grpc::CompletionQueue* queue) {
          apply.set_session(ids[i]);
          return stub.AsyncApply(context, apply, queue);
        },
        [](uint64_t, const v1::ApplyResponse&) {})
        .Run(count, kGroup);
  }
}

// When no session of the crowd is open any more.
Clock::time_point AwaitEnd(v1::HeapService::Stub* heaps) {
  while (SessionCount(heaps, kCrowd) > 1) {  // the prober's
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return Clock::now();
}

void MeasureExpiry(const std::string& address, const LeaseSettings& settings,
                   const std::shared_ptr<grpc::Channel>& channel,
                   bench::Report& report) {
  Stub stub(channel);
  const client::TypeId type = CreateHeap(channel, kCrowd);
  const client::TypeId other_type = CreateHeap(channel, kOther);
  Prober same(address, kCrowd, type);
  Prober beside(address, kOther, other_type);
  const double opening_seconds = 2 + settings.sessions / kOpeningRate;
  const Clock::time_point end = OpenLargeSession(
      &stub, type, settings.large_session_holds, opening_seconds);
  OpenCrowd(address, type, settings.sessions, settings.holds, end);
  const auto heaps = v1::HeapService::NewStub(channel);
  const uint64_t opened = SessionCount(heaps.get(), kCrowd);
  std::atomic<bool> stop = false;
  std::thread same_thread([&] { same.RunUntil(stop); });
  std::thread beside_thread([&] { beside.RunUntil(stop); });
  const Clock::time_point before = Clock::now();
  std::this_thread::sleep_until(end);
  const Clock::time_point gone = AwaitEnd(heaps.get());
  std::this_thread::sleep_for(kSettled);
  stop = true;
  same_thread.join();
  beside_thread.join();

  report.AddFigure({{"measure", "expiry"}}, "sessions",
                   static_cast<double>(opened - 1), "sessions");
  report.AddFigure({{"measure", "expiry"}}, "all_gone_after",
                   SecondsBetween(end, gone) * 1e3, "ms");
  for (const auto& [name, prober] : {std::pair("the same heap", &same),
                                     std::pair("another heap", &beside)}) {
    const auto add = [&](const char* when, Clock::time_point from,
                         Clock::time_point to) {
      prober->AddTo({{"measure", "wait"}, {"on", name}, {"when", when}}, from,
                    to, report);
    };
    add("before", before, end);
    add("expiry", end, gone);
    add("after", gone, gone + kSettled);
  }
  DeleteHeap(channel, kCrowd);
  DeleteHeap(channel, kOther);
}

}  // namespace

void MeasureLeases(const std::string& address, const LeaseSettings& settings,
                   bench::Report& report) {
  const std::shared_ptr<grpc::Channel> channel = Connect(address);
  MeasureRenewals(settings, channel, report);
  MeasureExpiry(address, settings, channel, report);
}

}  // namespace heapd::rpc_bench
