#ifndef HEAPD_CLIENT_IMPORT_V8_LAYOUT_H_
#define HEAPD_CLIENT_IMPORT_V8_LAYOUT_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "client/import/v8_snapshot.h"

namespace heapd::importer {

// The "snapshot" section of a file as it is written there. A field list that is
// not there is empty.
struct V8Header {
  // Longest list that is read.
  static constexpr size_t kMaxFields = 256;

  std::vector<std::string> node_fields;
  std::vector<std::string> node_types;
  std::vector<std::string> edge_fields;
  std::vector<std::string> edge_types;
  std::optional<uint64_t> node_count;
  std::optional<uint64_t> edge_count;
  uint64_t root_index = 0;
};

// Which column of a row is what. The order of columns differs between versions
// of V8, and newer ones have more.
struct V8Layout {
  uint64_t node_count = 0;
  uint64_t edge_count = 0;
  uint64_t root_index = 0;

  size_t node_width = 0;
  size_t node_type = 0;
  size_t node_name = 0;
  size_t node_id = 0;
  size_t node_self_size = 0;
  size_t node_edge_count = 0;
  std::vector<std::string> node_type_names;
  std::vector<V8NodeType> node_types;

  size_t edge_width = 0;
  size_t edge_type = 0;
  size_t edge_name = 0;
  size_t edge_target = 0;
  // By number in the file; none for a type that this reader does not know.
  std::vector<std::optional<V8EdgeType>> edge_types;
};

// INVALID_ARGUMENT if a column that is needed is missing, or a count is over
// the limits of V8Snapshot.
absl::StatusOr<V8Layout> ResolveLayout(const V8Header& header);

}  // namespace heapd::importer

#endif  // HEAPD_CLIENT_IMPORT_V8_LAYOUT_H_
