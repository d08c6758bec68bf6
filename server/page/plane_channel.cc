#include "server/page/plane_channel.h"

#include <grpcpp/generic/generic_stub.h>

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "heap/base/check.h"
#include "heap/base/error.h"
#include "server/auth/authenticator.h"
#include "server/auth/forwarded_caller.h"
#include "server/base/reasons.h"

namespace heapd::server {
namespace {

// For "Bearer " and some more.
constexpr size_t kMaxHeaderBytes = Authenticator::kMaxTokenBytes + 64;

void Prepare(const PlaneCaller& caller, grpc::ClientContext* context) {
  context->set_deadline(
      absl::ToChronoTime(absl::Now() + PlaneChannel::kMaxCall));
  ForwardCaller(caller.peer, caller.certificate, context);
  if (caller.authorization.has_value()) {
    context->AddMetadata("authorization", *caller.authorization);
  }
}

grpc::ByteBuffer ToBytes(const google::protobuf::Message& message) {
  const std::string text = message.SerializeAsString();
  const grpc::Slice slice(text);
  return grpc::ByteBuffer(&slice, 1);
}

grpc::Status FromBytes(const grpc::ByteBuffer& bytes,
                       google::protobuf::Message* message) {
  grpc::ByteBuffer copy(bytes);
  grpc::ProtoBufferReader reader(&copy);
  if (message->ParseFromZeroCopyStream(&reader)) return grpc::Status::OK;
  return grpc::Status(grpc::StatusCode::INTERNAL,
                      "the answer cannot be parsed");
}

}  // namespace

PlaneChannel::PlaneChannel(std::shared_ptr<grpc::Channel> channel)
    : channel_(std::move(channel)),
      snapshots_(v1::SnapshotService::NewStub(channel_)) {}

absl::Status PlaneChannel::CheckCaller(const PlaneCaller& caller) {
  if (!caller.authorization.has_value()) return absl::OkStatus();
  const std::string& header = *caller.authorization;
  // gRPC ends the process for metadata that HTTP/2 cannot have.
  const bool printable = std::all_of(header.begin(), header.end(), [](char c) {
    return c >= ' ' && c <= '~';
  });
  if (printable && header.size() <= kMaxHeaderBytes) return absl::OkStatus();
  return MakeError(absl::StatusCode::kUnauthenticated,
                   reason::kCredentialsInvalid,
                   "header 'authorization' must be 'Bearer TOKEN', with a "
                   "token of printable ASCII and of at most 8 KiB");
}

grpc::Status PlaneChannel::Call(
    const google::protobuf::MethodDescriptor& method, const PlaneCaller& caller,
    const google::protobuf::Message& request,
    google::protobuf::Message* response) {
  grpc::ClientContext context;
  Prepare(caller, &context);
  // A queue of its own, on which this thread waits: the threads of gRPC's
  // callback API serve the data plane, and one of its handlers may block them.
  grpc::CompletionQueue queue;
  grpc::GenericStub stub(channel_);
  const std::unique_ptr<grpc::GenericClientAsyncResponseReader> call =
      stub.PrepareUnaryCall(
          &context,
          absl::StrCat("/", method.service()->full_name(), "/", method.name()),
          ToBytes(request), &queue);
  call->StartCall();
  grpc::ByteBuffer bytes;
  grpc::Status status;
  call->Finish(&bytes, &status, call.get());
  void* tag = nullptr;
  bool ok = false;
  const bool answered = queue.Next(&tag, &ok);
  HEAPD_CHECK(answered && ok && tag == call.get());
  return status.ok() ? FromBytes(bytes, response) : status;
}

std::unique_ptr<PlaneChannel::Download> PlaneChannel::StartDownload(
    const PlaneCaller& caller, const v1::DownloadSnapshotRequest& request) {
  std::unique_ptr<Download> download(new Download());
  Prepare(caller, &download->context_);
  // As long as it takes: it goes at the pace of the browser, and ends when the
  // browser leaves.
  download->context_.set_deadline(std::chrono::system_clock::time_point::max());
  download->reader_ =
      snapshots_->DownloadSnapshot(&download->context_, request);
  return download;
}

PlaneChannel::Download::~Download() {
  if (finished_) return;
  context_.TryCancel();
  std::string rest;
  while (Next(&rest)) {
  }
  Finish();
}

bool PlaneChannel::Download::Next(std::string* piece) {
  v1::DownloadSnapshotResponse response;
  if (!reader_->Read(&response)) return false;
  *piece = std::move(*response.mutable_data());
  return true;
}

grpc::Status PlaneChannel::Download::Finish() {
  finished_ = true;
  return reader_->Finish();
}

}  // namespace heapd::server
