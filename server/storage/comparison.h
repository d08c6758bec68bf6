#ifndef HEAPD_SERVER_STORAGE_COMPARISON_H_
#define HEAPD_SERVER_STORAGE_COMPARISON_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "server/storage/node_index.h"

namespace heapd::server {

// One class in a comparison, as in the Comparison view of DevTools. An object
// is the same in both snapshots when its snapshot id and class are, whatever
// its size.
struct ComparisonRow {
  std::string class_name;        // empty in a row of a tag
  uint64_t new_count = 0;        // only in the later snapshot
  uint64_t deleted_count = 0;    // only in the earlier one
  uint64_t allocated_bytes = 0;  // self sizes of the new
  uint64_t freed_bytes = 0;      // self sizes of the deleted
  std::string tag = {};          // empty in a row of a class

  int64_t count_delta() const {
    return static_cast<int64_t>(new_count - deleted_count);
  }
  int64_t size_delta_bytes() const {
    return static_cast<int64_t>(allocated_bytes - freed_bytes);
  }

  friend bool operator==(const ComparisonRow&, const ComparisonRow&) = default;
};

struct Comparison {
  std::vector<ComparisonRow> classes;
  // What happened to objects with each tag, and to those with none (an empty
  // tag); no rows where neither snapshot has tags.
  std::vector<ComparisonRow> tags;
};

// Compares two snapshots of one heap in one pass over both: the classes and
// tags with any change, by falling size delta, then by name. Memory: per class,
// not per object. May take seconds for tens of millions of objects: hold no
// lock.
absl::StatusOr<Comparison> CompareIndexes(NodeIndexReader& base,
                                          NodeIndexReader& later);

}  // namespace heapd::server

#endif  // HEAPD_SERVER_STORAGE_COMPARISON_H_
