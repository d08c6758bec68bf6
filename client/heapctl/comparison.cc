#include "client/heapctl/comparison.h"

#include <utility>
#include <vector>

#include "client/heapctl/printer.h"

namespace heapd::heapctl {
namespace {

using Rows = google::protobuf::RepeatedPtrField<v1::ComparisonRow>;

void Cut(size_t row_limit, Rows* rows) {
  const auto limit = static_cast<int>(row_limit);
  if (limit == 0 || rows->size() <= limit) return;
  rows->DeleteSubrange(limit, rows->size() - limit);
}

void PrintTable(const GlobalOptions& global, Column name, const Rows& rows) {
  PrintRows(global, ToJsonRows(rows),
            {std::move(name),
             {"new_count", "NEW", Format::kNumber},
             {"deleted_count", "DELETED", Format::kNumber},
             {"count_delta", "DELTA", Format::kDelta},
             {"allocated_bytes", "ALLOCATED", Format::kBytes},
             {"freed_bytes", "FREED", Format::kBytes},
             {"size_delta_bytes", "SIZE DELTA", Format::kBytes}});
}

}  // namespace

void PrintComparison(const GlobalOptions& global,
                     v1::CompareSnapshotsResponse comparison,
                     size_t row_limit) {
  Rows& classes = *comparison.mutable_rows();
  Rows& tags = *comparison.mutable_tag_rows();
  Cut(row_limit, &classes);
  Cut(row_limit, &tags);
  if (global.output == OutputFormat::kJson) {
    classes.MergeFrom(tags);
    PrintRows(global, ToJsonRows(classes), {});
    return;
  }
  PrintTable(global, {"class_name", "CLASS"}, classes);
  if (tags.empty()) return;
  PrintNote(global, "\nBy tag:");
  PrintTable(global, {"tag", "TAG"}, tags);
}

}  // namespace heapd::heapctl
