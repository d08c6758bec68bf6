#ifndef HEAPD_CLIENT_HEAPLOAD_LOAD_BATCH_MEMO_H_
#define HEAPD_CLIENT_HEAPLOAD_LOAD_BATCH_MEMO_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "client/heapd/ref.h"

namespace heapd::heapload {

// What a profile did with a place of its table in a batch.
enum class TouchKind : uint8_t {
  kUse,    // used the object there, which must not be replaced meanwhile
  kLearn,  // the same, and its ref is read from the table: values[yield]
  kWalk,   // the same, and its links are read: values[yield] and on
  kWrite,  // put a new object there: refs[yield]
  kClear,  // emptied it
};

struct Touch {
  TouchKind kind = TouchKind::kUse;
  // The operations of the batch that need the place: to find who was at fault.
  uint32_t operation = 0;
  uint32_t operation_count = 1;
  uint32_t place = 0;
  uint32_t yield = 0;       // position in a column of the result
  client::Ref former = {};  // what was there before kWrite and kClear

  bool IsAtFault(std::optional<uint32_t> failed_operation) const {
    return failed_operation.has_value() && *failed_operation >= operation &&
           *failed_operation - operation < operation_count;
  }
};

// What the answer to a batch means. Kept with the call and used again, with its
// memory, for the next. A value.
struct BatchMemo {
  uint64_t epoch = 0;
  // What the batch's result must have.
  uint32_t ref_count = 0;
  uint32_t value_count = 0;
  uint32_t payload_count = 0;
  uint32_t operation_count = 0;
  std::vector<Touch> touches;

  void Clear() {
    epoch = 0;
    ref_count = value_count = payload_count = operation_count = 0;
    touches.clear();
  }
};

}  // namespace heapd::heapload

#endif  // HEAPD_CLIENT_HEAPLOAD_LOAD_BATCH_MEMO_H_
