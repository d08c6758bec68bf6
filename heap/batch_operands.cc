#include "heap/batch_operands.h"

#include "absl/strings/str_cat.h"
#include "heap/base/error.h"
#include "heap/base/status_macros.h"

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

absl::Status BatchOperands::error() const {
  return InvalidField(NameOf(short_column_),
                      short_column_ == kPayloads
                          ? "is shorter than the sum of sizes"
                          : "has fewer entries than the operations take");
}

absl::Status BatchOperands::CheckUsedUp() const {
  const auto check = [](Column column, size_t size,
                        size_t left) -> absl::Status {
    if (left == 0) return absl::OkStatus();
    return InvalidField(
        NameOf(column),
        absl::StrCat("has ", size, " entries, the operations take ",
                     size - left));
  };
  HEAPD_RETURN_IF_ERROR(check(kRefs, batch_.refs.size(), refs_.left()));
  HEAPD_RETURN_IF_ERROR(check(kTypes, batch_.types.size(), types_.left()));
  HEAPD_RETURN_IF_ERROR(
      check(kNumbers, batch_.numbers.size(), numbers_.left()));
  HEAPD_RETURN_IF_ERROR(check(kValues, batch_.values.size(), values_.left()));
  HEAPD_RETURN_IF_ERROR(check(kSizes, batch_.sizes.size(), sizes_.left()));
  HEAPD_RETURN_IF_ERROR(
      check(kPayloads, batch_.payloads.size(), payloads_.left()));
  return check(kNames, batch_.names.size(), names_.left());
}

}  // namespace heapd
