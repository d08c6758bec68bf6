#ifndef HEAPD_SERVER_SERVICE_BATCH_MESSAGE_H_
#define HEAPD_SERVER_SERVICE_BATCH_MESSAGE_H_

#include <cstdint>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "heap/batch.h"
#include "heapd/v1/batch.pb.h"

namespace heapd::server {

// The message's own columns as the engine takes them; nothing is copied.
// REQUIRES: the message stays as it is while the view is used.
BatchView ViewOf(const v1::Batch& batch);

// What the result of a batch takes, about, without what wraps it.
uint64_t AnswerBytes(const v1::BatchResult& result);

// Writes what the operations yield straight into the response.
class MessageResultSink final : public BatchResultSink {
 public:
  explicit MessageResultSink(v1::BatchResult* result) : result_(result) {}

  void SetRefs(absl::Span<const uint64_t> refs) override;
  void AddValue(uint64_t value) override;
  void AddPayload(absl::string_view payload) override;
  void Clear() override;

 private:
  v1::BatchResult* const result_;
};

}  // namespace heapd::server

#endif  // HEAPD_SERVER_SERVICE_BATCH_MESSAGE_H_
