#include "server/storage/comparison.h"

#include <algorithm>

#include "absl/container/flat_hash_map.h"
#include "heap/base/status_macros.h"

namespace heapd::server {
namespace {

// The rows of all names in both snapshots, found by either's class numbers.
class Rows {
 public:
  // `name`: what a row calls itself by.
  Rows(const std::vector<std::string>& base_names,
       const std::vector<std::string>& later_names,
       std::string ComparisonRow::*name)
      : name_(name),
        of_base_(Number(base_names)),
        of_later_(Number(later_names)) {}

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

  bool Same(const NodeRow& base, const NodeRow& later) const {
    return of_base_[base.class_number] == of_later_[later.class_number];
  }

  std::vector<ComparisonRow> TakeChanged() {
    std::erase_if(rows_, [](const ComparisonRow& row) {
      return row.new_count == 0 && row.deleted_count == 0;
    });
    std::sort(rows_.begin(), rows_.end(),
              [this](const ComparisonRow& a, const ComparisonRow& b) {
                if (a.size_delta_bytes() != b.size_delta_bytes()) {
                  return a.size_delta_bytes() > b.size_delta_bytes();
                }
                return a.*name_ < b.*name_;
              });
    return std::move(rows_);
  }

 private:
  std::vector<size_t> Number(const std::vector<std::string>& names) {
    std::vector<size_t> numbers;
    for (const std::string& name : names) {
      const auto [entry, is_new] =
          number_of_name_.try_emplace(name, rows_.size());
      if (is_new) rows_.emplace_back().*name_ = name;
      numbers.push_back(entry->second);
    }
    return numbers;
  }

  std::string ComparisonRow::*const name_;
  absl::flat_hash_map<std::string, size_t> number_of_name_;
  std::vector<ComparisonRow> rows_;
  const std::vector<size_t> of_base_;
  const std::vector<size_t> of_later_;
};

bool HasTags(const NodeIndexReader& index) {
  const std::vector<std::string>& tags = index.class_tags();
  return std::any_of(tags.begin(), tags.end(),
                     [](const std::string& tag) { return !tag.empty(); });
}

}  // namespace

absl::StatusOr<Comparison> CompareIndexes(NodeIndexReader& base,
                                          NodeIndexReader& later) {
  Rows classes(base.class_names(), later.class_names(),
               &ComparisonRow::class_name);
  Rows tags(base.class_tags(), later.class_tags(), &ComparisonRow::tag);
  HEAPD_ASSIGN_OR_RETURN(const NodeRow* a, base.Next());
  HEAPD_ASSIGN_OR_RETURN(const NodeRow* b, later.Next());
  while (a != nullptr || b != nullptr) {
    const bool take_a =
        a != nullptr && (b == nullptr || a->snapshot_id <= b->snapshot_id);
    const bool take_b =
        b != nullptr && (a == nullptr || b->snapshot_id <= a->snapshot_id);
    if (!(take_a && take_b && classes.Same(*a, *b))) {
      for (Rows* rows : {&classes, &tags}) {
        if (take_a) rows->Deleted(*a);
        if (take_b) rows->New(*b);
      }
    }
    if (take_a) {
      HEAPD_ASSIGN_OR_RETURN(a, base.Next());
    }
    if (take_b) {
      HEAPD_ASSIGN_OR_RETURN(b, later.Next());
    }
  }
  Comparison comparison;
  comparison.classes = classes.TakeChanged();
  if (HasTags(base) || HasTags(later)) comparison.tags = tags.TakeChanged();
  return comparison;
}

}  // namespace heapd::server
