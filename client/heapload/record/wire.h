#ifndef HEAPD_CLIENT_HEAPLOAD_RECORD_WIRE_H_
#define HEAPD_CLIENT_HEAPLOAD_RECORD_WIRE_H_

#include <string>

#include "google/protobuf/message.h"
#include "grpcpp/support/byte_buffer.h"
#include "grpcpp/support/status.h"

namespace heapd::heapload {

// Messages as bytes on their way. Parsing leaves the bytes as they are, and
// gives false for bytes that are no such message.
bool ParseBytes(const grpc::ByteBuffer& bytes,
                google::protobuf::Message* message);
grpc::ByteBuffer SerializeBytes(const google::protobuf::Message& message);

template <typename Message>
Message ParseOrEmpty(const grpc::ByteBuffer& bytes) {
  Message message;
  if (!ParseBytes(bytes, &message)) message.Clear();
  return message;
}

// The field `heap` (number 1 of every request of the contract) without parsing
// the rest; empty if it is not there.
std::string HeapInBytes(const grpc::ByteBuffer& bytes);

// Whether nobody knows if the daemon did what the call asked for: it gave no
// reason of its own, and the call was cut off on the way or by its deadline.
bool OutcomeUnknown(const grpc::Status& status);

}  // namespace heapd::heapload

#endif  // HEAPD_CLIENT_HEAPLOAD_RECORD_WIRE_H_
