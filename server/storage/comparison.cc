#include "server/storage/comparison.h"

#include <algorithm>

#include "absl/container/flat_hash_map.h"
#include "heap/base/status_macros.h"

namespace heapd::server {
namespace {

// The rows of all classes of both snapshots, found by either's numbers.
class Rows {
 public:
  Rows(const std::vector<std::string>& base_names,
       const std::vector<std::string>& later_names)
      : of_base_(Number(base_names)), of_later_(Number(later_names)) {}

  void Deleted(const NodeRow& node) {
    ComparisonRow& row = rows_[of_base_[node.class_number]];
    ++row.deleted_count;
    row.freed_bytes += node.self_size;
  }

  void New(const NodeRow& node) {
    ComparisonRow& row = rows_[of_later_[node.class_number]];
    ++row.new_count;
    row.allocated_bytes += node.self_size;
  }

  bool SameClass(const NodeRow& base, const NodeRow& later) const {
    return of_base_[base.class_number] == of_later_[later.class_number];
  }

  std::vector<ComparisonRow> TakeChanged() {
    const auto unchanged = [](const ComparisonRow& row) {
      return row.new_count == 0 && row.deleted_count == 0;
    };
    rows_.erase(std::remove_if(rows_.begin(), rows_.end(), unchanged),
                rows_.end());
    std::sort(rows_.begin(), rows_.end(),
              [](const ComparisonRow& a, const ComparisonRow& b) {
                if (a.size_delta_bytes() != b.size_delta_bytes()) {
                  return a.size_delta_bytes() > b.size_delta_bytes();
                }
                return a.class_name < b.class_name;
              });
    return std::move(rows_);
  }

 private:
  std::vector<size_t> Number(const std::vector<std::string>& names) {
    std::vector<size_t> numbers;
    for (const std::string& name : names) {
      const auto [entry, is_new] =
          number_of_name_.try_emplace(name, rows_.size());
      if (is_new) rows_.emplace_back().class_name = name;
      numbers.push_back(entry->second);
    }
    return numbers;
  }

  absl::flat_hash_map<std::string, size_t> number_of_name_;
  std::vector<ComparisonRow> rows_;
  const std::vector<size_t> of_base_;
  const std::vector<size_t> of_later_;
};

}  // namespace

absl::StatusOr<std::vector<ComparisonRow>> CompareIndexes(
    NodeIndexReader& base, NodeIndexReader& later) {
  Rows rows(base.class_names(), later.class_names());
  HEAPD_ASSIGN_OR_RETURN(const NodeRow* a, base.Next());
  HEAPD_ASSIGN_OR_RETURN(const NodeRow* b, later.Next());
  while (a != nullptr || b != nullptr) {
    const bool take_a =
        a != nullptr && (b == nullptr || a->snapshot_id <= b->snapshot_id);
    const bool take_b =
        b != nullptr && (a == nullptr || b->snapshot_id <= a->snapshot_id);
    if (!(take_a && take_b && rows.SameClass(*a, *b))) {
      if (take_a) rows.Deleted(*a);
      if (take_b) rows.New(*b);
    }
    if (take_a) {
      HEAPD_ASSIGN_OR_RETURN(a, base.Next());
    }
    if (take_b) {
      HEAPD_ASSIGN_OR_RETURN(b, later.Next());
    }
  }
  return rows.TakeChanged();
}

}  // namespace heapd::server
