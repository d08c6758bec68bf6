#ifndef HEAPD_CLIENT_HEAPLOAD_LOAD_CALL_H_
#define HEAPD_CLIENT_HEAPLOAD_LOAD_CALL_H_

#include <grpcpp/client_context.h>
#include <grpcpp/support/async_unary_call.h>
#include <grpcpp/support/status.h>

#include <memory>
#include <optional>

#include "client/heapload/load/batch_memo.h"
#include "client/heapload/load/call_failure.h"
#include "client/heapload/load/clock.h"
#include "client/heapload/load/schedule.h"
#include "heapd/v1/object_service.pb.h"

namespace heapd::heapload {

// A call on its way, with messages that are used again for the next, since
// growing their columns from nothing costs more than filling them. The sender
// has it until it is sent, then the receiver until it hands it back.
struct Call {
  enum class Outcome { kOk, kFailed, kRetry };

  IntendedCall intended;
  Nanos deadline = 0;
  int attempt = 1;
  BatchMemo memo;
  uint64_t session = 0;
  v1::ApplyRequest request;  // kept only where it may be sent again
  v1::ApplyResponse response;
  std::optional<grpc::ClientContext> context;
  std::unique_ptr<grpc::ClientAsyncResponseReader<v1::ApplyResponse>> reader;
  grpc::Status status;

  // What the receiver found.
  Outcome outcome = Outcome::kOk;
  CallFailure failure;  // for kFailed
  Nanos retry_at = 0;   // for kRetry
  // For kRetry: the heap or the session was gone, so another attempt needs a
  // request made in a new workspace.
  bool lost_workspace = false;
};

}  // namespace heapd::heapload

#endif  // HEAPD_CLIENT_HEAPLOAD_LOAD_CALL_H_
