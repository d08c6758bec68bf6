#include "client/heapload/record/wire.h"

#include <cstdint>

#include "absl/strings/match.h"
#include "client/heapd/check.h"
#include "client/heapd/status.h"
#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/wire_format_lite.h"
#include "grpcpp/support/proto_buffer_reader.h"
#include "grpcpp/support/proto_buffer_writer.h"

namespace heapd::heapload {
namespace {

using ::google::protobuf::internal::WireFormatLite;
using ::google::protobuf::io::CodedInputStream;

constexpr int kBlockBytes = 64 << 10;

}  // namespace

bool ParseBytes(const grpc::ByteBuffer& bytes,
                google::protobuf::Message* message) {
  message->Clear();
  if (!bytes.Valid()) return true;  // an empty message
  grpc::ByteBuffer shared(bytes);
  grpc::ProtoBufferReader reader(&shared);
  return reader.status().ok() && message->ParseFromZeroCopyStream(&reader);
}

grpc::ByteBuffer SerializeBytes(const google::protobuf::Message& message) {
  grpc::ByteBuffer bytes;
  grpc::ProtoBufferWriter writer(&bytes, kBlockBytes,
                                 static_cast<int>(message.ByteSizeLong()));
  HEAPD_CLIENT_CHECK(message.SerializeToZeroCopyStream(&writer));
  return bytes;
}

std::string HeapInBytes(const grpc::ByteBuffer& bytes) {
  if (!bytes.Valid()) return "";
  grpc::ByteBuffer shared(bytes);
  grpc::ProtoBufferReader reader(&shared);
  CodedInputStream coded(&reader);
  while (const uint32_t tag = coded.ReadTag()) {
    if (WireFormatLite::GetTagFieldNumber(tag) == 1 &&
        WireFormatLite::GetTagWireType(tag) ==
            WireFormatLite::WIRETYPE_LENGTH_DELIMITED) {
      // A name of a heap has 63 characters; what is longer is refused anyway.
      std::string heap;
      uint32_t size = 0;
      if (!coded.ReadVarint32(&size) || size > 63) return "";
      return coded.ReadString(&heap, static_cast<int>(size)) ? heap : "";
    }
    if (!WireFormatLite::SkipField(&coded, tag)) return "";
  }
  return "";
}

bool OutcomeUnknown(const grpc::Status& status) {
  if (!client::ErrorReason(client::ToAbslStatus(status)).empty()) return false;
  switch (status.error_code()) {
    case grpc::StatusCode::UNAVAILABLE:
      // gRPC's words for a call that never left.
      return !absl::StrContains(status.error_message(), "failed to connect");
    case grpc::StatusCode::CANCELLED:
    case grpc::StatusCode::UNKNOWN:
    case grpc::StatusCode::DEADLINE_EXCEEDED:
    case grpc::StatusCode::INTERNAL:
    case grpc::StatusCode::DATA_LOSS:
      return true;
    default:
      return false;
  }
}

}  // namespace heapd::heapload
