#include "client/heapctl/comparison.h"

#include "client/heapctl/printer.h"

namespace heapd::heapctl {

void PrintComparison(const GlobalOptions& global,
                     std::vector<v1::ComparisonRow> rows, size_t row_limit) {
  if (row_limit > 0 && rows.size() > row_limit) rows.resize(row_limit);
  PrintRows(global, ToJsonRows(rows),
            {{"class_name", "CLASS"},
             {"new_count", "NEW", Format::kNumber},
             {"deleted_count", "DELETED", Format::kNumber},
             {"count_delta", "DELTA", Format::kDelta},
             {"allocated_bytes", "ALLOCATED", Format::kBytes},
             {"freed_bytes", "FREED", Format::kBytes},
             {"size_delta_bytes", "SIZE DELTA", Format::kBytes}});
}

}  // namespace heapd::heapctl
