#ifndef HEAPD_SERVER_SERVICE_RAW_MESSAGE_H_
#define HEAPD_SERVER_SERVICE_RAW_MESSAGE_H_

#include <google/protobuf/message.h>
#include <grpcpp/support/byte_buffer.h>

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

// The data plane takes and gives messages as bytes, and reads them itself:
// so a request is admitted before it costs anything, and bytes that are no
// message are answered with a clear error (gRPC's own is UNIMPLEMENTED without
// a word).

namespace heapd::server {

// INVALID_ARGUMENT (INVALID_FIELD) for bytes that are no such message; text
// that is not UTF-8 too.
absl::Status ParseRaw(const grpc::ByteBuffer& bytes,
                      google::protobuf::Message* message);

// The same error, for services that let gRPC read.
absl::Status Unreadable();

void SerializeRaw(const google::protobuf::Message& message,
                  grpc::ByteBuffer* bytes);

// `bytes` hold what SerializeAsString() gave.
void SetRaw(absl::string_view text, grpc::ByteBuffer* bytes);

// Stands for the content of a request, to tell whether an id was used for
// another one. The same for the same bytes, however they came in pieces.
// `method` tells methods apart.
uint64_t Fingerprint(absl::string_view method, const grpc::ByteBuffer& bytes);

}  // namespace heapd::server

#endif  // HEAPD_SERVER_SERVICE_RAW_MESSAGE_H_
