#include "tests/bench/rpc/methods.h"

#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/slice.h>

#include <optional>
#include <utility>
#include <vector>

#include "bench/rpc/echo.grpc.pb.h"
#include "heapd/v1/object_service.grpc.pb.h"
#include "tests/bench/rpc/bench_heap.h"
#include "tests/bench/rpc/stream_worker.h"
#include "tests/bench/rpc/unary_worker.h"

namespace heapd::rpc_bench {
namespace {

using bench::v1::EchoRequest;
using Channel = std::shared_ptr<grpc::Channel>;
using EchoStub = bench::v1::EchoService::Stub;
using ObjectStub = v1::ObjectService::Stub;

constexpr char kEchoPath[] = "/heapd.bench.v1.EchoService/Echo";

// A request as long on the wire, and asking for an answer as long, up to a byte
// or two where a length does not fit.
EchoRequest EchoOf(uint64_t request_bytes, uint64_t response_bytes) {
  EchoRequest request;
  const auto pad = [](uint64_t bytes, uint64_t beside) {
    return bytes > beside ? bytes - beside : 0;
  };
  bench::v1::EchoResponse response;
  response.set_payload(std::string(response_bytes, 'e'));
  request.set_response_payload_size(static_cast<uint32_t>(
      pad(response_bytes, response.ByteSizeLong() - response_bytes)));
  request.set_payload(std::string(request_bytes, 'e'));
  request.set_payload(std::string(
      pad(request_bytes, request.ByteSizeLong() - request_bytes), 'e'));
  return request;
}

// Each thread makes the calls in the name of a session of its own, so that the
// messages are told which; the echo needs none.
template <typename Request>
void SetSession(const Channel& channel, std::optional<BenchSession>* session,
                Request* request) {
  if constexpr (requires { request->set_session(0); }) {
    session->emplace(channel);
    request->set_session((*session)->id());
  }
}

grpc::ByteBuffer ToBytes(const google::protobuf::Message& message) {
  const std::string text = message.SerializeAsString();
  const grpc::Slice slice(text);
  return grpc::ByteBuffer(&slice, 1);
}

// Whether a message of a stream is no error.
template <typename Response>
bool IsAnswer(const Response& response) {
  if constexpr (requires { response.has_error(); }) {
    return !response.has_error();
  }
  return true;
}

// The size of an answer that is none.
template <typename Response>
size_t CheckedSize(const grpc::ByteBuffer& answer) {
  std::vector<grpc::Slice> slices;
  CheckOk(answer.Dump(&slices));
  std::string text;
  for (const grpc::Slice& slice : slices) {
    text.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
  }
  Response response;
  HEAPD_CHECK(response.ParseFromString(text) && IsAnswer(response));
  return text.size();
}

// Sends bytes that were prepared before and leaves the answer as it came, so
// that what is compared is what the server does: what a client takes to write
// a message of many columns, beside the server on the same cores, would count
// against the method.
template <typename Request>
Method UnaryMethod(std::string name, std::string path, const Request& request) {
  return {
      std::move(name), [path, request](const LoadOptions& options) {
        return RunLoad(options, [&](const Channel& channel, CallLog* log) {
          Request own = request;
          std::optional<BenchSession> session;
          SetSession(channel, &session, &own);
          const grpc::ByteBuffer bytes = ToBytes(own);
          grpc::GenericStub stub(channel);
          const auto start = [&](grpc::ClientContext* context,
                                 grpc::CompletionQueue* queue) {
            auto reader = stub.PrepareUnaryCall(context, path, bytes, queue);
            reader->StartCall();
            return reader;
          };
          UnaryWorker<grpc::ByteBuffer>(start, options.outstanding).Run(log);
        });
      }};
}

// Writes the request and reads the answer for each call, as clients do.
template <typename Stub, typename Request, typename Response>
Method MessageMethod(
    std::string name,
    std::unique_ptr<grpc::ClientAsyncResponseReader<Response>> (Stub::*method)(
        grpc::ClientContext*, const Request&, grpc::CompletionQueue*),
    const Request& request) {
  return {std::move(name), [method, request](const LoadOptions& options) {
            return RunLoad(options, [&](const Channel& channel, CallLog* log) {
              Request own = request;
              std::optional<BenchSession> session;
              SetSession(channel, &session, &own);
              Stub stub(channel);
              const auto start = [&](grpc::ClientContext* context,
                                     grpc::CompletionQueue* queue) {
                return (stub.*method)(context, own, queue);
              };
              UnaryWorker<Response>(start, options.outstanding).Run(log);
            });
          }};
}

// As UnaryMethod(), on a stream. Answers are read as a `Response` by the size
// of the first: an error is shorter.
template <typename Response, typename Request>
Method StreamMethod(std::string name, std::string path,
                    const Request& request) {
  return {std::move(name), [path, request](const LoadOptions& options) {
            return RunLoad(options, [&](const Channel& channel, CallLog* log) {
              Request own = request;
              std::optional<BenchSession> session;
              SetSession(channel, &session, &own);
              const grpc::ByteBuffer bytes = ToBytes(own);
              grpc::GenericStub stub(channel);
              const auto start = [&](grpc::ClientContext* context,
                                     grpc::CompletionQueue* queue, void* tag) {
                auto stream = stub.PrepareCall(context, path, queue);
                stream->StartCall(tag);
                return stream;
              };
              size_t size = 0;
              const auto check = [&size](const grpc::ByteBuffer& answer) {
                if (size == 0) size = CheckedSize<Response>(answer);
                return answer.Length() == size;
              };
              StreamWorker<grpc::ByteBuffer, grpc::ByteBuffer>(
                  start, check, bytes, options.outstanding)
                  .Run(log);
            });
          }};
}

// As MessageMethod(), on a stream.
template <typename Stub, typename Request, typename Response>
Method MessageStreamMethod(
    std::string name,
    std::unique_ptr<grpc::ClientAsyncReaderWriter<Request, Response>> (
        Stub::*method)(grpc::ClientContext*, grpc::CompletionQueue*, void*),
    const Request& request) {
  return {std::move(name), [method, request](const LoadOptions& options) {
            return RunLoad(options, [&](const Channel& channel, CallLog* log) {
              Request own = request;
              std::optional<BenchSession> session;
              SetSession(channel, &session, &own);
              Stub stub(channel);
              const auto start = [&](grpc::ClientContext* context,
                                     grpc::CompletionQueue* queue, void* tag) {
                return (stub.*method)(context, queue, tag);
              };
              StreamWorker<Request, Response>(start, IsAnswer<Response>, own,
                                              options.outstanding)
                  .Run(log);
            });
          }};
}

// Calls a method once, so that the comparison knows how long its messages are.
template <typename Request, typename Response>
void MeasureMessages(const std::string& address, Request request,
                     grpc::Status (ObjectStub::*method)(grpc::ClientContext*,
                                                        const Request&,
                                                        Response*),
                     Comparison* comparison) {
  const Channel channel = Connect(address);
  const BenchSession session(channel);
  request.set_session(session.id());
  grpc::ClientContext context;
  Response response;
  ObjectStub stub(channel);
  CheckOk((stub.*method)(&context, request, &response));
  comparison->request_bytes = request.ByteSizeLong();
  comparison->response_bytes = response.ByteSizeLong();
}

v1::ApplyRequest ApplyOf(client::TypeId type, uint32_t batch) {
  v1::ApplyRequest request;
  request.set_heap(kHeap);
  *request.mutable_batch() = AllocationBatch(type, batch);
  return request;
}

}  // namespace

Comparison CompareUnary(const std::string& address, client::TypeId type) {
  Comparison comparison;
  comparison.name = "unary";
  const v1::AllocateObjectRequest request = SingleAllocation(type);
  MeasureMessages(address, request, &ObjectStub::AllocateObject, &comparison);
  comparison.methods = {
      UnaryMethod("Echo", kEchoPath,
                  EchoOf(comparison.request_bytes, comparison.response_bytes)),
      UnaryMethod("AllocateObject", "/heapd.v1.ObjectService/AllocateObject",
                  request)};
  return comparison;
}

Comparison CompareApply(const std::string& address, client::TypeId type,
                        uint32_t batch) {
  Comparison comparison;
  comparison.name = "batch";
  comparison.operations = batch;
  const v1::ApplyRequest request = ApplyOf(type, batch);
  MeasureMessages(address, request, &ObjectStub::Apply, &comparison);
  comparison.methods = {
      UnaryMethod("Echo", kEchoPath,
                  EchoOf(comparison.request_bytes, comparison.response_bytes)),
      UnaryMethod("Apply", "/heapd.v1.ObjectService/Apply", request),
      UnaryMethod("EchoBatch", "/heapd.bench.v1.EchoService/EchoBatch",
                  request),
      MessageMethod(
          "Echo, message", &EchoStub::AsyncEcho,
          EchoOf(comparison.request_bytes, comparison.response_bytes)),
      MessageMethod("Apply, message", &ObjectStub::AsyncApply, request)};
  return comparison;
}

Comparison ComparePipeline(const std::string& address, client::TypeId type,
                           uint32_t batch) {
  Comparison comparison;
  comparison.name = "stream";
  comparison.operations = batch;
  MeasureMessages(address, ApplyOf(type, batch), &ObjectStub::Apply,
                  &comparison);
  v1::PipelineRequest request;
  request.set_heap(kHeap);
  *request.mutable_batch() = AllocationBatch(type, batch);
  const EchoRequest echo =
      EchoOf(comparison.request_bytes, comparison.response_bytes);
  comparison.methods = {
      StreamMethod<bench::v1::EchoResponse>(
          "EchoStream", "/heapd.bench.v1.EchoService/EchoStream", echo),
      StreamMethod<v1::PipelineResponse>(
          "Pipeline", "/heapd.v1.ObjectService/Pipeline", request),
      MessageStreamMethod("EchoStream, message", &EchoStub::AsyncEchoStream,
                          echo),
      MessageStreamMethod("Pipeline, message", &ObjectStub::AsyncPipeline,
                          request)};
  return comparison;
}

}  // namespace heapd::rpc_bench
