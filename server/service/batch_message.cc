#include "server/service/batch_message.h"

#include <algorithm>

#include "server/service/admit_request.h"

namespace heapd::server {
namespace {

constexpr uint64_t kReserveStep = uint64_t{64} << 10;

}  // namespace

BatchView ViewOf(const v1::Batch& batch) {
  BatchView view;
  view.kinds = batch.kinds();
  view.refs = batch.refs();
  view.types = batch.types();
  view.numbers = batch.numbers();
  view.values = batch.values();
  view.sizes = batch.sizes();
  view.payloads = batch.payloads();
  view.names.assign(batch.names().begin(), batch.names().end());
  return view;
}

uint64_t AnswerBytes(const v1::BatchResult& result) {
  const uint64_t numbers =
      static_cast<uint64_t>(result.refs_size()) + result.values_size();
  return result.payloads().size() + numbers * sizeof(uint64_t) +
         result.sizes_size() * sizeof(uint32_t);
}

absl::Status MessageResultSink::Reserve(uint64_t payload_bytes) {
  payload_bytes_ += payload_bytes;
  const uint64_t needed = kAnswerCopies * payload_bytes_;
  if (payload_bytes_ < kSmallAnswerBytes || needed <= ticket_->growth()) {
    return absl::OkStatus();
  }
  // Not for each of many small ones.
  return ticket_->Grow(std::max(needed - ticket_->growth(), kReserveStep));
}

void MessageResultSink::SetRefs(absl::Span<const uint64_t> refs) {
  result_->mutable_refs()->Add(refs.begin(), refs.end());
}

void MessageResultSink::AddValue(uint64_t value) { result_->add_values(value); }

void MessageResultSink::AddPayload(absl::string_view payload) {
  result_->add_sizes(static_cast<uint32_t>(payload.size()));
  result_->mutable_payloads()->append(payload.data(), payload.size());
}

void MessageResultSink::Clear() { result_->Clear(); }

}  // namespace heapd::server
