#include "server/service/apply_method.h"

#include "heap/base/error.h"
#include "heap/base/status_macros.h"
#include "server/service/batch_message.h"

namespace heapd::server {

absl::Status ApplyMethod::Check(const Request& request, const MethodContext&) {
  if (!request.has_batch()) return InvalidField("batch", "is required");
  return absl::OkStatus();
}

absl::Status ApplyMethod::Run(const Request& request,
                              const MethodContext& context, HeapAccess& access,
                              Response* response) {
  MessageResultSink sink(response->mutable_result(), &context.ticket);
  BatchView batch = ViewOf(request.batch());
  batch.tag = request.tag();
  access.heap.Safepoint(batch.allocation_bytes());
  HEAPD_RETURN_IF_ERROR(access.heap.Apply(request.session(), batch, &sink));
  CountAnswer(kAnswerCopies * AnswerBytes(response->result()), &context.ticket);
  return absl::OkStatus();
}

}  // namespace heapd::server
