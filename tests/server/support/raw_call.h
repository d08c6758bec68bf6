#ifndef HEAPD_TESTS_SERVER_SUPPORT_RAW_CALL_H_
#define HEAPD_TESTS_SERVER_SUPPORT_RAW_CALL_H_

#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "tests/server/support/in_process_server.h"

namespace heapd::server {

// What came of a call.
struct RawAnswer {
  grpc::Status status;
  std::vector<std::string> responses;
};

// Calls any method, of any kind, with the bytes of one request and takes its
// answers until it ends. `path`: "heapd.v1.HeapService/GetHeap". An empty
// `token` sends no credential.
//
// `on_open`, where there is one, is for a stream that does not end by itself:
// it is called when the stream is open, must make the server send something,
// and the stream is left after that.
inline RawAnswer RawCall(const std::shared_ptr<grpc::Channel>& channel,
                         const std::string& path, const std::string& token,
                         const std::string& request,
                         const std::function<void()>& on_open = nullptr) {
  grpc::GenericStub stub(channel);
  grpc::CompletionQueue queue;
  const auto next = [&queue] {
    void* tag = nullptr;
    bool ok = false;
    return queue.Next(&tag, &ok) && ok;
  };
  const std::unique_ptr<Call> call =
      token.empty() ? std::make_unique<Call>() : std::make_unique<Call>(token);
  const auto stream = stub.PrepareCall(call.get(), "/" + path, &queue);
  stream->StartCall(nullptr);
  if (next()) {
    const grpc::Slice slice(request);
    const grpc::ByteBuffer bytes(&slice, 1);
    stream->WriteLast(bytes, grpc::WriteOptions(), nullptr);
    next();
  }
  if (on_open != nullptr) {
    stream->ReadInitialMetadata(nullptr);
    next();
    on_open();
  }
  RawAnswer answer;
  for (;;) {
    grpc::ByteBuffer response;
    stream->Read(&response, nullptr);
    if (!next()) break;
    std::vector<grpc::Slice> slices;
    response.Dump(&slices);
    std::string& text = answer.responses.emplace_back();
    for (const grpc::Slice& slice : slices) {
      text.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
    }
    if (on_open != nullptr) call->TryCancel();
  }
  stream->Finish(&answer.status, nullptr);
  next();
  return answer;
}

}  // namespace heapd::server

#endif  // HEAPD_TESTS_SERVER_SUPPORT_RAW_CALL_H_
