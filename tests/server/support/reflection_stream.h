#ifndef HEAPD_TESTS_SERVER_SUPPORT_REFLECTION_STREAM_H_
#define HEAPD_TESTS_SERVER_SUPPORT_REFLECTION_STREAM_H_

#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>

#include <memory>
#include <string>
#include <vector>

#include "heap/base/check.h"

namespace heapd::server {

// An open stream of the reflection service, spoken byte by byte since Debian
// packages no copy of its contract. Like any stream it stays open for as long
// as the client likes.
class ReflectionStream {
 public:
  explicit ReflectionStream(const std::string& address)
      : stub_(
            grpc::CreateChannel(address, grpc::InsecureChannelCredentials())) {
    context_.set_deadline(std::chrono::system_clock::now() +
                          std::chrono::seconds(60));
    stream_ = stub_.PrepareCall(
        &context_,
        "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
        &queue_);
    stream_->StartCall(nullptr);
    HEAPD_CHECK(Next());
  }
  ~ReflectionStream() {
    context_.TryCancel();
    queue_.Shutdown();
    void* tag = nullptr;
    bool ok = false;
    while (queue_.Next(&tag, &ok)) {
    }
  }

  // The encoded answer to "list_services", which has their names as text;
  // empty if the stream broke.
  std::string ListServices() {
    const grpc::Slice request(std::string("\x3a\x01*"));
    stream_->Write(grpc::ByteBuffer(&request, 1), nullptr);
    if (!Next()) return "";
    grpc::ByteBuffer response;
    stream_->Read(&response, nullptr);
    if (!Next()) return "";
    std::vector<grpc::Slice> slices;
    HEAPD_CHECK(response.Dump(&slices).ok());
    std::string text;
    for (const grpc::Slice& slice : slices) {
      text.append(slice.begin(), slice.end());
    }
    return text;
  }

 private:
  bool Next() {
    void* tag = nullptr;
    bool ok = false;
    return queue_.Next(&tag, &ok) && ok;
  }

  grpc::GenericStub stub_;
  grpc::CompletionQueue queue_;
  grpc::ClientContext context_;
  std::unique_ptr<grpc::GenericClientAsyncReaderWriter> stream_;
};

}  // namespace heapd::server

#endif  // HEAPD_TESTS_SERVER_SUPPORT_REFLECTION_STREAM_H_
