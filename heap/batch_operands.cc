#include "heap/batch_operands.h"

#include "absl/strings/str_cat.h"
#include "heap/base/error.h"

namespace heapd {

absl::string_view BatchOperands::NameOf(Column column) {
  switch (column) {
    case kRefs:
      return "batch.refs";
    case kTypes:
      return "batch.types";
    case kNumbers:
      return "batch.numbers";
    case kValues:
      return "batch.values";
    case kSizes:
      return "batch.sizes";
    case kPayloads:
      return "batch.payloads";
    case kNames:
      return "batch.names";
    case kColumns:
      break;
  }
  return "batch";
}

size_t BatchOperands::SizeOf(Column column) const {
  switch (column) {
    case kRefs:
      return batch_.refs.size();
    case kTypes:
      return batch_.types.size();
    case kNumbers:
      return batch_.numbers.size();
    case kValues:
      return batch_.values.size();
    case kSizes:
      return batch_.sizes.size();
    case kPayloads:
      return batch_.payloads.size();
    case kNames:
      return batch_.names.size();
    case kColumns:
      break;
  }
  return 0;
}

absl::Status BatchOperands::error() const {
  return InvalidField(NameOf(short_column_),
                      short_column_ == kPayloads
                          ? "is shorter than the sum of sizes"
                          : "has fewer entries than the operations take");
}

absl::Status BatchOperands::CheckUsedUp() const {
  for (int number = 0; number < kColumns; ++number) {
    const Column column = static_cast<Column>(number);
    const size_t size = SizeOf(column);
    const size_t used = cursors_[column];
    if (used == size) continue;
    return InvalidField(
        NameOf(column),
        absl::StrCat("has ", size, " entries, the operations take ", used));
  }
  return absl::OkStatus();
}

}  // namespace heapd
