#ifndef HEAPD_HEAP_BATCH_OPERANDS_H_
#define HEAPD_HEAP_BATCH_OPERANDS_H_

#include <cstddef>
#include <cstdint>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "heap/batch.h"

namespace heapd {

// Takes operands from the columns of a batch, each from where the operation
// before it stopped.
//
// Answers are bool and the error is made afterwards, by error(): an operand
// takes about a nanosecond here, and a status for each was a good part of what
// a batch cost. Single-threaded; serves one batch.
class BatchOperands {
 public:
  // REQUIRES: `batch` outlives the operands.
  explicit BatchOperands(const BatchView& batch) : batch_(batch) {}

  // The next of each column; false when it is used up.
  bool NextRef(uint64_t* bits) { return Next(batch_.refs, kRefs, bits); }
  bool NextType(uint32_t* type) { return Next(batch_.types, kTypes, type); }
  bool NextNumber(uint32_t* number) {
    return Next(batch_.numbers, kNumbers, number);
  }
  bool NextValue(uint64_t* bits) { return Next(batch_.values, kValues, bits); }
  bool NextName(absl::string_view* name) {
    return Next(absl::MakeConstSpan(batch_.names), kNames, name);
  }
  // Takes from two columns, sizes and payloads.
  bool NextPayload(absl::string_view* payload) {
    uint32_t size = 0;
    if (!Next(batch_.sizes, kSizes, &size)) return false;
    size_t& cursor = cursors_[kPayloads];
    if (size > batch_.payloads.size() - cursor) {
      short_column_ = kPayloads;
      return false;
    }
    *payload = absl::string_view(batch_.payloads.data() + cursor, size);
    cursor += size;
    return true;
  }

  // Whether the next ref is 0, which is then taken.
  bool TakeNullRef() {
    const size_t next = cursors_[kRefs];
    if (next >= batch_.refs.size() || batch_.refs[next] != 0) return false;
    ++cursors_[kRefs];
    return true;
  }

  // Operands that will be asked for later, for prefetching; 0 when there are
  // not so many.
  uint64_t RefAhead(size_t count) const {
    return Ahead(batch_.refs, kRefs, count);
  }
  uint64_t ValueAhead(size_t count) const {
    return Ahead(batch_.values, kValues, count);
  }

  // Which column was too short. REQUIRES: an operand was refused.
  absl::Status error() const;
  // INVALID_ARGUMENT for a column that the operations did not use up.
  absl::Status CheckUsedUp() const;

 private:
  enum Column : uint8_t {
    kRefs,
    kTypes,
    kNumbers,
    kValues,
    kSizes,
    kPayloads,
    kNames,
    kColumns,
  };
  static absl::string_view NameOf(Column column);
  size_t SizeOf(Column column) const;

  template <typename T>
  bool Next(absl::Span<const T> column, Column name, T* operand) {
    size_t& cursor = cursors_[name];
    if (cursor >= column.size()) {
      short_column_ = name;
      return false;
    }
    *operand = column[cursor++];
    return true;
  }
  uint64_t Ahead(absl::Span<const uint64_t> column, Column name,
                 size_t count) const {
    const size_t position = cursors_[name] + count;
    return position < column.size() ? column[position] : 0;
  }

  const BatchView& batch_;
  size_t cursors_[kColumns] = {};
  Column short_column_ = kColumns;
};

}  // namespace heapd

#endif  // HEAPD_HEAP_BATCH_OPERANDS_H_
