// What the daemon's memory does when clients ask for much and read nothing.

#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "grpc/health/v1/health.grpc.pb.h"
#include "heapd/v1/collector_service.grpc.pb.h"
#include "heapd/v1/heap_service.grpc.pb.h"
#include "heapd/v1/object_service.grpc.pb.h"
#include "tests/server/support/child_process.h"
#include "tests/server/support/temporary_directory.h"

namespace heapd::e2e {
namespace {

constexpr uint64_t kMiB = uint64_t{1} << 20;
constexpr uint64_t kBudgetBytes = 64 * kMiB;
constexpr uint64_t kInFlightBytes = 128 * kMiB;
// The program, its threads, gRPC's buffers of the connections of a test, and
// what malloc keeps.
constexpr uint64_t kOtherBytes = 96 * kMiB;

// Resident memory of a process.
uint64_t ResidentBytes(pid_t pid) {
  std::ifstream file(absl::StrCat("/proc/", pid, "/statm"));
  uint64_t total = 0;
  uint64_t resident = 0;
  file >> total >> resident;
  return resident * static_cast<uint64_t>(getpagesize());
}

void SetDeadline(grpc::ClientContext& context) {
  context.set_deadline(std::chrono::system_clock::now() +
                       std::chrono::seconds(60));
}

// A call whose answer is never read: what does not fit the flow-control window
// stays in the daemon. Cancelled in the end.
template <typename Response>
struct UnreadCall {
  ~UnreadCall() {
    context.TryCancel();
    Response response;
    grpc::Status status;
    reader->Finish(&response, &status, nullptr);
    void* tag = nullptr;
    bool ok = false;
    // Its metadata, and its end.
    queue.Next(&tag, &ok);
    queue.Next(&tag, &ok);
  }

  grpc::ClientContext context;
  grpc::CompletionQueue queue;
  std::unique_ptr<grpc::ClientAsyncResponseReader<Response>> reader;
};

class SlowReaderTest : public ::testing::Test {
 protected:
  SlowReaderTest()
      : heapd_(HEAPD_TEST_BIN_DIR "/heapd",
               {"--listen.data", "127.0.0.1:0", "--listen.operations",
                "127.0.0.1:0", "--listen.liveness", "127.0.0.1:0",
                "--listen.readiness", "127.0.0.1:0", "--ports-file",
                directory_.Path("ports"), "--memory.budget", "64MiB",
                "--memory.default_heap_limit", "48MiB",
                "--limits.max_in_flight_bytes", "128MiB"}) {
    heapd_.ReadUntil(" serving ");
    const auto ports = nlohmann::json::parse(directory_.Read("ports"));
    address_ = ports["data"][0];
    liveness_ = ports["liveness"][0];
    channel_ = NewChannel();
    stub_ = v1::ObjectService::NewStub(channel_);
    CreateHeap();
    FillHeap();
    // Its ticket goes a moment after its answer; until then there is no room
    // for large answers.
    while (BytesInFlight() > 0) absl::SleepFor(absl::Milliseconds(1));
  }

  std::shared_ptr<grpc::Channel> NewChannel() {
    grpc::ChannelArguments arguments;
    arguments.SetMaxReceiveMessageSize(-1);
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    // Else the window grows with what the loopback can carry.
    arguments.SetInt(GRPC_ARG_HTTP2_BDP_PROBE, 0);
    return grpc::CreateCustomChannel(
        address_, grpc::InsecureChannelCredentials(), arguments);
  }

  void CreateHeap() {
    grpc::ClientContext context;
    SetDeadline(context);
    v1::CreateHeapRequest request;
    request.set_heap("shop");
    v1::CreateHeapResponse response;
    ASSERT_TRUE(v1::HeapService::NewStub(channel_)
                    ->CreateHeap(&context, request, &response)
                    .ok());
  }

  // One object of 30 MiB.
  void FillHeap() {
    v1::OpenSessionRequest open;
    open.set_heap("shop");
    v1::OpenSessionResponse session;
    grpc::ClientContext open_context;
    SetDeadline(open_context);
    ASSERT_TRUE(stub_->OpenSession(&open_context, open, &session).ok());
    v1::DefineTypeRequest define;
    define.set_heap("shop");
    define.mutable_type()->set_name("Blob");
    v1::DefineTypeResponse type;
    grpc::ClientContext define_context;
    SetDeadline(define_context);
    ASSERT_TRUE(stub_->DefineType(&define_context, define, &type).ok());
    v1::AllocateObjectRequest allocate;
    allocate.set_heap("shop");
    allocate.set_session(session.session());
    allocate.set_type(type.type());
    allocate.set_payload(std::string(30 * kMiB, 'x'));
    v1::AllocateObjectResponse object;
    grpc::ClientContext context;
    SetDeadline(context);
    ASSERT_TRUE(stub_->AllocateObject(&context, allocate, &object).ok());
    ref_ = object.ref();
  }

  std::unique_ptr<UnreadCall<v1::TraverseResponse>> AskAndNotRead(
      v1::ObjectService::Stub& stub) {
    v1::TraverseRequest request;
    request.set_heap("shop");
    request.add_refs(ref_);
    request.set_include_payloads(true);
    request.set_max_bytes(32 * kMiB);
    auto call = std::make_unique<UnreadCall<v1::TraverseResponse>>();
    SetDeadline(call->context);
    call->reader =
        stub.PrepareAsyncTraverse(&call->context, request, &call->queue);
    call->reader->StartCall();
    // Sends the request; Finish() would read the answer too.
    call->reader->ReadInitialMetadata(nullptr);
    return call;
  }

  // The most that was seen, looking for as long.
  uint64_t MostResident(absl::Duration duration) {
    uint64_t most = 0;
    for (const absl::Time end = absl::Now() + duration; absl::Now() < end;) {
      most = std::max(most, ResidentBytes(heapd_.pid()));
      absl::SleepFor(absl::Milliseconds(10));
    }
    return most;
  }

  // As the daemon counts them.
  uint64_t BytesInFlight() {
    grpc::ClientContext context;
    SetDeadline(context);
    v1::GetStatsRequest request;
    request.set_heap("shop");
    v1::GetStatsResponse response;
    EXPECT_TRUE(v1::CollectorService::NewStub(channel_)
                    ->GetStats(&context, request, &response)
                    .ok());
    return response.stats().admission().daemon().bytes();
  }

  bool IsAlive() {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() +
                         std::chrono::seconds(5));
    grpc::health::v1::HealthCheckResponse response;
    return grpc::health::v1::Health::NewStub(
               grpc::CreateChannel(liveness_,
                                   grpc::InsecureChannelCredentials()))
        ->Check(&context, {}, &response)
        .ok();
  }

  server::TemporaryDirectory directory_;
  server::ChildProcess heapd_;
  std::string address_;
  std::string liveness_;
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<v1::ObjectService::Stub> stub_;
  uint64_t ref_ = 0;
};

TEST_F(SlowReaderTest, AnswersThatNobodyReadsStayWithinTheBytesInFlight) {
  std::vector<std::unique_ptr<v1::ObjectService::Stub>> stubs;
  std::vector<std::unique_ptr<UnreadCall<v1::TraverseResponse>>> calls;
  for (int client = 0; client < 8; ++client) {
    stubs.push_back(v1::ObjectService::NewStub(NewChannel()));
    // 64 answers of 30 MiB: almost 2 GiB.
    for (int i = 0; i < 8; ++i) calls.push_back(AskAndNotRead(*stubs.back()));
  }
  const uint64_t most = MostResident(absl::Seconds(2));
  EXPECT_LE(most, kBudgetBytes + kInFlightBytes + kOtherBytes);
  // Those that came in one moment may have been refused, all of them.
  for (int more = 0; more < 200 && BytesInFlight() < 29 * kMiB; ++more) {
    calls.push_back(AskAndNotRead(*stubs.front()));
    absl::SleepFor(absl::Milliseconds(20));
  }
  // Some answers are there indeed.
  EXPECT_GE(BytesInFlight(), 29 * kMiB);
  EXPECT_TRUE(IsAlive());
  calls.clear();
  // Room again: what the ones before took was given back.
  grpc::Status status = grpc::Status::CANCELLED;
  for (int again = 0; again < 1000 && !status.ok(); ++again) {
    v1::ReadObjectRequest request;
    request.set_heap("shop");
    request.set_ref(ref_);
    v1::ReadObjectResponse response;
    grpc::ClientContext context;
    SetDeadline(context);
    status = stub_->ReadObject(&context, request, &response);
    if (!status.ok()) absl::SleepFor(absl::Milliseconds(10));
  }
  EXPECT_TRUE(status.ok()) << status.error_message();
}

TEST_F(SlowReaderTest, PipelinesThatNobodyReadsStayWithinTheBytesInFlight) {
  struct Stream {
    grpc::ClientContext context;
    grpc::CompletionQueue queue;
    std::unique_ptr<grpc::ClientAsyncReaderWriter<v1::PipelineRequest,
                                                  v1::PipelineResponse>>
        stream;
  };
  v1::PipelineRequest request;
  request.set_heap("shop");
  request.mutable_batch()->add_kinds(v1::OPERATION_KIND_READ_PAYLOAD);
  request.mutable_batch()->add_refs(ref_);
  const auto next = [](Stream& stream) {
    void* tag = nullptr;
    bool ok = false;
    stream.queue.Next(&tag, &ok);
    return ok;
  };
  std::vector<std::unique_ptr<v1::ObjectService::Stub>> stubs;
  std::vector<std::unique_ptr<Stream>> streams;
  for (int i = 0; i < 64; ++i) {
    if (i % 8 == 0) stubs.push_back(v1::ObjectService::NewStub(NewChannel()));
    auto stream = std::make_unique<Stream>();
    SetDeadline(stream->context);
    stream->stream =
        stubs.back()->PrepareAsyncPipeline(&stream->context, &stream->queue);
    stream->stream->StartCall(nullptr);
    ASSERT_TRUE(next(*stream));
    stream->stream->Write(request, nullptr);
    ASSERT_TRUE(next(*stream));
    streams.push_back(std::move(stream));
  }
  const uint64_t most = MostResident(absl::Seconds(2));
  EXPECT_LE(most, kBudgetBytes + kInFlightBytes + kOtherBytes);
  EXPECT_GE(BytesInFlight(), 29 * kMiB);
  EXPECT_TRUE(IsAlive());
  for (const auto& stream : streams) {
    grpc::Status status;
    stream->context.TryCancel();
    stream->stream->Finish(&status, nullptr);
    next(*stream);
  }
}

}  // namespace
}  // namespace heapd::e2e
