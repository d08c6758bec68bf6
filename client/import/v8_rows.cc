#include "client/import/v8_rows.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "client/heapd/status_macros.h"

namespace heapd::importer {
namespace {

// What a file claims is believed up to here; beyond it, memory follows what is
// really there.
constexpr uint64_t kMaxReserve = uint64_t{1} << 20;

constexpr uint64_t kMaxIndex = std::numeric_limits<uint32_t>::max();

template <typename... Columns>
void Reserve(uint64_t claimed, Columns&... columns) {
  (columns.reserve(std::min(claimed, kMaxReserve)), ...);
}

template <typename... Parts>
absl::Status Invalid(const Parts&... parts) {
  return absl::InvalidArgumentError(absl::StrCat(parts...));
}

absl::Status CheckRows(absl::string_view section, size_t column, uint64_t rows,
                       absl::string_view count, uint64_t claimed) {
  if (column != 0) {
    return Invalid("the section \"", section, "\" ends within a row");
  }
  if (rows != claimed) {
    return Invalid("snapshot.", count, " is ", claimed, ", but there are ",
                   rows);
  }
  return absl::OkStatus();
}

}  // namespace

void V8Rows::Start(V8Layout layout) {
  layout_ = std::move(layout);
  row_.resize(std::max(layout_.node_width, layout_.edge_width));
  snapshot_.node_type_names = layout_.node_type_names;
  snapshot_.node_types_of_names = layout_.node_types;
  Reserve(layout_.node_count, snapshot_.node_types, snapshot_.node_names,
          snapshot_.node_ids, snapshot_.node_self_sizes, snapshot_.edge_begins);
  Reserve(layout_.edge_count, snapshot_.edge_types, snapshot_.edge_names,
          snapshot_.edge_targets);
}

absl::Status V8Rows::AddNodeValue(uint64_t value) {
  row_[column_] = value;
  if (++column_ < layout_.node_width) return absl::OkStatus();
  column_ = 0;
  return AddNode();
}

absl::Status V8Rows::AddNode() {
  const size_t node = snapshot_.node_count();
  const uint64_t type = row_[layout_.node_type];
  const uint64_t name = row_[layout_.node_name];
  const uint64_t edge_count = row_[layout_.node_edge_count];
  if (node >= layout_.node_count) {
    return Invalid("there are more nodes than snapshot.node_count, ",
                   layout_.node_count);
  }
  if (type >= layout_.node_types.size()) {
    return Invalid("node ", node, ": type ", type, " is not one of the ",
                   layout_.node_types.size(), " in the file");
  }
  if (name > kMaxIndex) {
    return Invalid("node ", node, ": name ", name, " is not a string index");
  }
  if (edge_count > layout_.edge_count - edge_sum_) {
    return Invalid("node ", node, ": edge_count ", edge_count,
                   " makes the sum larger than snapshot.edge_count, ",
                   layout_.edge_count);
  }
  snapshot_.node_types.push_back(static_cast<uint8_t>(type));
  snapshot_.node_names.push_back(static_cast<uint32_t>(name));
  snapshot_.node_ids.push_back(row_[layout_.node_id]);
  snapshot_.node_self_sizes.push_back(row_[layout_.node_self_size]);
  snapshot_.edge_begins.push_back(static_cast<uint32_t>(edge_sum_));
  edge_sum_ += edge_count;
  return absl::OkStatus();
}

absl::Status V8Rows::EndNodes() {
  HEAPD_CLIENT_RETURN_IF_ERROR(CheckRows("nodes", column_,
                                         snapshot_.node_count(), "node_count",
                                         layout_.node_count));
  snapshot_.edge_begins.push_back(static_cast<uint32_t>(edge_sum_));
  if (edge_sum_ != layout_.edge_count) {
    return Invalid("the edge counts of the nodes add up to ", edge_sum_,
                   ", but snapshot.edge_count is ", layout_.edge_count);
  }
  if (layout_.root_index % layout_.node_width != 0 ||
      layout_.root_index / layout_.node_width >= snapshot_.node_count()) {
    return Invalid("the root, ", layout_.root_index, ", is not a node");
  }
  snapshot_.root =
      static_cast<uint32_t>(layout_.root_index / layout_.node_width);
  return absl::OkStatus();
}

absl::Status V8Rows::AddEdgeValue(uint64_t value) {
  row_[column_] = value;
  if (++column_ < layout_.edge_width) return absl::OkStatus();
  column_ = 0;
  return AddEdge();
}

absl::Status V8Rows::AddEdge() {
  const size_t edge = snapshot_.edge_count();
  const uint64_t type = row_[layout_.edge_type];
  const uint64_t name = row_[layout_.edge_name];
  const uint64_t target = row_[layout_.edge_target];
  if (edge >= layout_.edge_count) {
    return Invalid("there are more edges than snapshot.edge_count, ",
                   layout_.edge_count);
  }
  if (type >= layout_.edge_types.size() ||
      !layout_.edge_types[type].has_value()) {
    return Invalid("edge ", edge, ": type ", type,
                   " is not one that this reader knows");
  }
  if (name > kMaxIndex) {
    return Invalid("edge ", edge, ": name_or_index ", name, " is too large");
  }
  if (target % layout_.node_width != 0 ||
      target / layout_.node_width >= snapshot_.node_count()) {
    return Invalid("edge ", edge, ": to_node ", target, " is not a node");
  }
  snapshot_.edge_types.push_back(*layout_.edge_types[type]);
  snapshot_.edge_names.push_back(static_cast<uint32_t>(name));
  snapshot_.edge_targets.push_back(
      static_cast<uint32_t>(target / layout_.node_width));
  return absl::OkStatus();
}

absl::Status V8Rows::EndEdges() {
  return CheckRows("edges", column_, snapshot_.edge_count(), "edge_count",
                   layout_.edge_count);
}

absl::Status V8Rows::AddString(std::string&& value) {
  if (snapshot_.strings.size() >= kMaxIndex) {
    return Invalid("there are more than ", kMaxIndex, " strings");
  }
  snapshot_.strings.push_back(std::move(value));
  return absl::OkStatus();
}

absl::StatusOr<V8Snapshot> V8Rows::Finish() {
  HEAPD_CLIENT_RETURN_IF_ERROR(CheckNames());
  HEAPD_CLIENT_RETURN_IF_ERROR(CheckIds());
  return std::move(snapshot_);
}

absl::Status V8Rows::CheckNames() const {
  const size_t strings = snapshot_.strings.size();
  for (size_t node = 0; node < snapshot_.node_count(); ++node) {
    if (snapshot_.node_names[node] >= strings) {
      return Invalid("node ", node, ": name ", snapshot_.node_names[node],
                     " is not one of the ", strings, " strings");
    }
  }
  for (size_t edge = 0; edge < snapshot_.edge_count(); ++edge) {
    if (HasName(snapshot_.edge_types[edge]) &&
        snapshot_.edge_names[edge] >= strings) {
      return Invalid("edge ", edge, ": name_or_index ",
                     snapshot_.edge_names[edge], " is not one of the ", strings,
                     " strings");
    }
  }
  return absl::OkStatus();
}

absl::Status V8Rows::CheckIds() const {
  absl::flat_hash_set<uint64_t> ids;
  ids.reserve(snapshot_.node_count());
  for (size_t node = 0; node < snapshot_.node_count(); ++node) {
    if (!ids.insert(snapshot_.node_ids[node]).second) {
      return Invalid("node ", node, ": another one has the id ",
                     snapshot_.node_ids[node], " too");
    }
  }
  return absl::OkStatus();
}

}  // namespace heapd::importer
