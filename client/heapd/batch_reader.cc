#include "client/heapd/batch_reader.h"

#include <utility>

#include "absl/status/status.h"
#include "client/heapd/check.h"
#include "client/heapd/status_macros.h"

namespace heapd::client {

BatchShape::BatchShape(const v1::Batch& batch)
    : kinds_(batch.kinds().begin(), batch.kinds().end()) {}

absl::StatusOr<BatchReader> BatchReader::Create(BatchShape shape,
                                                v1::BatchResult result) {
  BatchReader reader;
  reader.result_ = std::move(result);
  uint32_t refs = 0, values = 0, sizes = 0;
  reader.columns_.reserve(shape.kinds().size());
  for (const uint8_t kind : shape.kinds()) {
    switch (kind) {
      case v1::OPERATION_KIND_ALLOCATE:
      case v1::OPERATION_KIND_ALLOCATE_UNHELD:
      case v1::OPERATION_KIND_ALLOCATE_STRING:
      case v1::OPERATION_KIND_COPY:
        reader.columns_.push_back({Column::kRef, refs++});
        break;
      case v1::OPERATION_KIND_READ_SLOT:
        reader.columns_.push_back({Column::kValue, values++});
        break;
      case v1::OPERATION_KIND_READ_PAYLOAD:
        reader.columns_.push_back({Column::kPayload, sizes++});
        break;
      default:
        reader.columns_.push_back({});
    }
  }
  HEAPD_CLIENT_RETURN_IF_ERROR(reader.CheckColumns(refs, values, sizes));
  return reader;
}

absl::Status BatchReader::CheckColumns(size_t refs, size_t values,
                                       size_t sizes) {
  if (static_cast<size_t>(result_.refs_size()) != refs ||
      static_cast<size_t>(result_.values_size()) != values ||
      static_cast<size_t>(result_.sizes_size()) != sizes) {
    return absl::InternalError(
        "the result of a batch does not fit its operations");
  }
  for (const uint64_t word : result_.values()) {
    if (!Value::FromWord(word).ok()) {
      return absl::InternalError("the result of a batch has a bad value");
    }
  }
  payload_offsets_.reserve(sizes + 1);
  payload_offsets_.push_back(0);
  for (const uint32_t size : result_.sizes()) {
    payload_offsets_.push_back(payload_offsets_.back() + size);
  }
  if (payload_offsets_.back() != result_.payloads().size()) {
    return absl::InternalError(
        "the payloads of a batch's result do not fit their sizes");
  }
  return absl::OkStatus();
}

const BatchReader::Yield& BatchReader::YieldOf(uint32_t operation,
                                               Column column) const {
  HEAPD_CLIENT_CHECK(operation < columns_.size());
  HEAPD_CLIENT_CHECK(columns_[operation].column == column);
  return columns_[operation];
}

Ref BatchReader::ref(LocalRef local) const {
  const Yield& yield = YieldOf(local.operation(), Column::kRef);
  return Ref(result_.refs(static_cast<int>(yield.position)));
}

Value BatchReader::value(SlotRead read) const {
  const Yield& yield = YieldOf(read.operation(), Column::kValue);
  // Checked by CheckColumns().
  return *Value::FromWord(result_.values(static_cast<int>(yield.position)));
}

std::string_view BatchReader::payload(PayloadRead read) const {
  const Yield& yield = YieldOf(read.operation(), Column::kPayload);
  const size_t begin = payload_offsets_[yield.position];
  const size_t end = payload_offsets_[yield.position + 1];
  return std::string_view(result_.payloads()).substr(begin, end - begin);
}

}  // namespace heapd::client
