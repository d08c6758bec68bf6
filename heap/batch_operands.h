#ifndef HEAPD_HEAP_BATCH_OPERANDS_H_
#define HEAPD_HEAP_BATCH_OPERANDS_H_

#include <algorithm>
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
  explicit BatchOperands(const BatchView& batch)
      : batch_(batch),
        refs_(batch.refs),
        types_(batch.types),
        numbers_(batch.numbers),
        values_(batch.values),
        sizes_(batch.sizes),
        payloads_(batch.payloads),
        names_(batch.names) {}

  // The next of each column; false when it is used up.
  bool NextRef(uint64_t* bits) { return Next(&refs_, kRefs, bits); }
  bool NextType(uint32_t* type) { return Next(&types_, kTypes, type); }
  bool NextNumber(uint32_t* number) {
    return Next(&numbers_, kNumbers, number);
  }
  bool NextValue(uint64_t* bits) { return Next(&values_, kValues, bits); }
  bool NextName(absl::string_view* name) { return Next(&names_, kNames, name); }
  // Takes from two columns, sizes and payloads.
  bool NextPayload(absl::string_view* payload) {
    uint32_t size = 0;
    if (!Next(&sizes_, kSizes, &size)) return false;
    if (size > payloads_.left()) {
      short_column_ = kPayloads;
      return false;
    }
    *payload = absl::string_view(payloads_.next, size);
    payloads_.next += size;
    return true;
  }

  // The operands of allocations in a row, as they lie in the columns. Nothing
  // is taken; TakeAllocations() does that. A value.
  struct Allocations {
    size_t count;  // for so many there are a type, two numbers and a size each
    const uint32_t* types;
    const uint32_t* numbers;
    const uint32_t* sizes;
    absl::Span<const uint64_t> values;  // all that are left
    absl::string_view payloads;         // all that are left

    // Those behind the first `objects`. REQUIRES: there are so many of each.
    Allocations After(size_t objects, size_t used_values,
                      size_t payload_bytes) const {
      return {count - objects,
              types + objects,
              numbers + 2 * objects,
              sizes + objects,
              values.subspan(used_values),
              payloads.substr(payload_bytes)};
    }
  };
  Allocations NextAllocations(size_t count) const {
    return {
        std::min({count, types_.left(), numbers_.left() / 2, sizes_.left()}),
        types_.next,
        numbers_.next,
        sizes_.next,
        {values_.next, values_.left()},
        {payloads_.next, payloads_.left()}};
  }
  // REQUIRES: so many are left of each.
  void TakeAllocations(size_t count, size_t values, size_t payload_bytes) {
    types_.next += count;
    numbers_.next += 2 * count;
    sizes_.next += count;
    values_.next += values;
    payloads_.next += payload_bytes;
  }

  // Whether the next ref is 0, which is then taken.
  bool TakeNullRef() {
    if (refs_.next == refs_.end || *refs_.next != 0) return false;
    ++refs_.next;
    return true;
  }

  // Operands that will be asked for later, for prefetching; 0 when there are
  // not so many.
  uint64_t RefAhead(size_t count) const { return refs_.Ahead(count); }
  uint64_t ValueAhead(size_t count) const { return values_.Ahead(count); }

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

  // What is left of a column.
  template <typename T>
  struct Rest {
    explicit Rest(absl::Span<const T> column)
        : next(column.data()), end(column.data() + column.size()) {}

    size_t left() const { return static_cast<size_t>(end - next); }
    T Ahead(size_t count) const { return count < left() ? next[count] : 0; }

    const T* next;
    const T* end;
  };

  template <typename T>
  bool Next(Rest<T>* column, Column name, T* operand) {
    if (column->next == column->end) {
      short_column_ = name;
      return false;
    }
    *operand = *column->next++;
    return true;
  }

  const BatchView& batch_;
  Rest<uint64_t> refs_;
  Rest<uint32_t> types_;
  Rest<uint32_t> numbers_;
  Rest<uint64_t> values_;
  Rest<uint32_t> sizes_;
  Rest<char> payloads_;
  Rest<absl::string_view> names_;
  Column short_column_ = kColumns;
};

}  // namespace heapd

#endif  // HEAPD_HEAP_BATCH_OPERANDS_H_
