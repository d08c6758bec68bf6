#ifndef HEAPD_SERVER_SERVICE_BATCH_MESSAGE_H_
#define HEAPD_SERVER_SERVICE_BATCH_MESSAGE_H_

#include <cstdint>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "heap/batch.h"
#include "heapd/v1/batch.pb.h"
#include "server/host/admission.h"

namespace heapd::server {

// The message's own columns as the engine takes them; nothing is copied.
// REQUIRES: the message stays as it is while the view is used.
BatchView ViewOf(const v1::Batch& batch);

// What the result of a batch takes, about, without what wraps it.
uint64_t AnswerBytes(const v1::BatchResult& result);

// Writes what the operations yield straight into the response, and counts what
// they read with the call's ticket before it is copied: a small batch can ask
// for much.
class MessageResultSink final : public BatchResultSink {
 public:
  MessageResultSink(v1::BatchResult* result, Admission::Ticket* ticket)
      : result_(result), ticket_(ticket) {
    // Of an attempt before.
    ticket_->ShrinkGrowth(0);
  }

  // OVERLOADED.
  absl::Status Reserve(uint64_t payload_bytes) override;
  void SetRefs(absl::Span<const uint64_t> refs) override;
  void AddValue(uint64_t value) override;
  void AddPayload(absl::string_view payload) override;
  void Clear() override;

 private:
  v1::BatchResult* const result_;
  Admission::Ticket* const ticket_;
  uint64_t payload_bytes_ = 0;
};

}  // namespace heapd::server

#endif  // HEAPD_SERVER_SERVICE_BATCH_MESSAGE_H_
