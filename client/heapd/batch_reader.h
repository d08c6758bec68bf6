#ifndef HEAPD_CLIENT_HEAPD_BATCH_READER_H_
#define HEAPD_CLIENT_HEAPD_BATCH_READER_H_

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "client/heapd/batch_builder.h"
#include "client/heapd/ref.h"
#include "client/heapd/value.h"
#include "heapd/v1/batch.pb.h"

namespace heapd::client {

// Which operations a batch has, and so what its result's columns mean. Taken
// from a batch before it is sent.
class BatchShape {
 public:
  BatchShape() = default;
  explicit BatchShape(const v1::Batch& batch);

  const std::vector<uint8_t>& kinds() const { return kinds_; }

 private:
  std::vector<uint8_t> kinds_;  // v1::OperationKind of each operation
};

// What a batch's operations yielded, by operation.
//
// Thread-compatible. Owns the result: payloads point into it and live as long
// as it does. Movable; moving keeps payloads valid.
class BatchReader {
 public:
  // INTERNAL if the result cannot be one of a batch of this shape.
  static absl::StatusOr<BatchReader> Create(BatchShape shape,
                                            v1::BatchResult result);

  BatchReader(BatchReader&&) = default;
  BatchReader& operator=(BatchReader&&) = default;

  // Each takes what the builder returned for the operation; an operation of
  // another kind, or one that the batch does not have, aborts the program.
  //
  // The object that an operation made.
  Ref ref(LocalRef local) const;
  // What ReadSlot() read.
  Value value(SlotRead read) const;
  // What ReadPayload() read.
  std::string_view payload(PayloadRead read) const;

  // All objects made, in the order of the operations.
  size_t ref_count() const { return static_cast<size_t>(result_.refs_size()); }
  Ref ref_at(size_t i) const { return Ref(result_.refs(static_cast<int>(i))); }

  // Operations of the batch.
  uint32_t op_count() const { return static_cast<uint32_t>(columns_.size()); }

 private:
  enum class Column : uint8_t { kNone, kRef, kValue, kPayload };
  struct Yield {
    Column column = Column::kNone;
    uint32_t position = 0;  // in that column
  };

  BatchReader() = default;
  const Yield& YieldOf(uint32_t operation, Column column) const;
  absl::Status CheckColumns(size_t refs, size_t values, size_t sizes);

  v1::BatchResult result_;
  std::vector<Yield> columns_;           // by operation
  std::vector<size_t> payload_offsets_;  // one more than sizes
};

}  // namespace heapd::client

#endif  // HEAPD_CLIENT_HEAPD_BATCH_READER_H_
