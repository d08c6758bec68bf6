#ifndef HEAPD_CLIENT_HEAPLOAD_RECORD_OBSERVED_CALL_H_
#define HEAPD_CLIENT_HEAPLOAD_RECORD_OBSERVED_CALL_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "grpcpp/support/byte_buffer.h"
#include "grpcpp/support/status.h"

namespace heapd::heapload {

// When a call came, as the recorder saw it.
struct CallStart {
  uint64_t known = 0;       // Entry.known
  int64_t start_nanos = 0;  // Entry.start_nanos
};

// A call, or one request of a Pipeline, that has ended. The bytes are shared
// with what was passed on, not copied.
struct ObservedCall {
  std::string method;
  CallStart start;
  uint64_t number = 0;
  int64_t end_nanos = 0;
  // Entry.stream, and whether this is the end of that Pipeline and no request.
  uint32_t stream = 0;
  bool stream_ended = false;
  grpc::ByteBuffer request;
  grpc::ByteBuffer response;
  // Whether there is a response; a request of a Pipeline that never got one has
  // a status that says why.
  grpc::Status status;

  size_t byte_size() const { return request.Length() + response.Length(); }
};

}  // namespace heapd::heapload

#endif  // HEAPD_CLIENT_HEAPLOAD_RECORD_OBSERVED_CALL_H_
