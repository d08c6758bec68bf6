#ifndef HEAPD_SERVER_SERVICE_REQUEST_HEAD_H_
#define HEAPD_SERVER_SERVICE_REQUEST_HEAD_H_

#include <grpcpp/support/byte_buffer.h>

#include <array>
#include <cstddef>
#include <cstdint>

#include "absl/strings/string_view.h"
#include "server/host/call_class.h"

namespace heapd::server {

// What admission wants to know of a request before it is parsed: read from the
// first bytes of the message, where every client writes it. What stands
// elsewhere is not found, and is left to the message that is parsed later. A
// value.
class RequestHead {
 public:
  // The numbers of the fields in the request; 0 where it has none. The heap's
  // is always 1.
  struct Fields {
    int session = 0;
    int batch = 0;
  };

  static RequestHead Read(const grpc::ByteBuffer& request,
                          const Fields& fields);

  // Empty if it was not found, or is no heap id for its length.
  absl::string_view heap() const { return {heap_.data(), heap_bytes_}; }
  // 0 if it was not found.
  uint64_t session() const { return session_; }
  // kRead for a batch that only reads or gives up what it has; kAllocate for
  // every other, and without one.
  CallClass batch_class() const { return batch_class_; }

 private:
  static constexpr size_t kMaxHeapBytes = 63;

  std::array<char, kMaxHeapBytes> heap_;
  size_t heap_bytes_ = 0;
  uint64_t session_ = 0;
  CallClass batch_class_ = CallClass::kAllocate;
};

// The fields of a message.
template <typename Request>
constexpr RequestHead::Fields HeadFieldsOf() {
  static_assert(Request::kHeapFieldNumber == 1);
  RequestHead::Fields fields;
  if constexpr (requires { Request::kSessionFieldNumber; }) {
    fields.session = Request::kSessionFieldNumber;
  }
  if constexpr (requires { Request::kBatchFieldNumber; }) {
    fields.batch = Request::kBatchFieldNumber;
  }
  return fields;
}

}  // namespace heapd::server

#endif  // HEAPD_SERVER_SERVICE_REQUEST_HEAD_H_
