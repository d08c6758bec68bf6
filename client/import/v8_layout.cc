#include "client/import/v8_layout.h"

#include <algorithm>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "client/heapd/status_macros.h"

namespace heapd::importer {
namespace {

absl::StatusOr<size_t> FindColumn(const std::vector<std::string>& fields,
                                  absl::string_view list,
                                  absl::string_view field) {
  const auto it = std::find(fields.begin(), fields.end(), field);
  if (it == fields.end()) {
    return absl::InvalidArgumentError(
        absl::StrCat("snapshot.meta.", list, " has no \"", field,
                     "\"; is it a V8 heap snapshot?"));
  }
  return static_cast<size_t>(it - fields.begin());
}

V8NodeType ParseNodeType(absl::string_view name) {
  if (name == "hidden") return V8NodeType::kHidden;
  if (name == "object") return V8NodeType::kObject;
  if (name == "native") return V8NodeType::kNative;
  if (name == "code") return V8NodeType::kCode;
  if (name == "closure") return V8NodeType::kClosure;
  if (name == "regexp") return V8NodeType::kRegExp;
  if (name == "string") return V8NodeType::kString;
  if (name == "synthetic") return V8NodeType::kSynthetic;
  return V8NodeType::kOther;
}

std::optional<V8EdgeType> ParseEdgeType(absl::string_view name) {
  if (name == "context") return V8EdgeType::kContext;
  if (name == "element") return V8EdgeType::kElement;
  if (name == "property") return V8EdgeType::kProperty;
  if (name == "internal") return V8EdgeType::kInternal;
  if (name == "hidden") return V8EdgeType::kHidden;
  if (name == "shortcut") return V8EdgeType::kShortcut;
  if (name == "weak") return V8EdgeType::kWeak;
  return std::nullopt;
}

absl::StatusOr<uint64_t> CheckCount(std::optional<uint64_t> count,
                                    absl::string_view name, uint64_t limit) {
  if (!count.has_value()) {
    return absl::InvalidArgumentError(absl::StrCat(
        "snapshot.", name, " is missing; is it a V8 heap snapshot?"));
  }
  if (*count > limit) {
    return absl::InvalidArgumentError(
        absl::StrCat("snapshot.", name, " is ", *count, ", more than ", limit));
  }
  return *count;
}

absl::Status ResolveNodes(const V8Header& header, V8Layout& layout) {
  struct Column {
    absl::string_view field;
    size_t V8Layout::*place;
  };
  for (const Column& column :
       {Column{"type", &V8Layout::node_type},
        Column{"name", &V8Layout::node_name}, Column{"id", &V8Layout::node_id},
        Column{"self_size", &V8Layout::node_self_size},
        Column{"edge_count", &V8Layout::node_edge_count}}) {
    HEAPD_CLIENT_ASSIGN_OR_RETURN(
        layout.*column.place,
        FindColumn(header.node_fields, "node_fields", column.field));
  }
  layout.node_width = header.node_fields.size();
  layout.node_type_names = header.node_types;
  for (const std::string& name : header.node_types) {
    layout.node_types.push_back(ParseNodeType(name));
  }
  return absl::OkStatus();
}

absl::Status ResolveEdges(const V8Header& header, V8Layout& layout) {
  HEAPD_CLIENT_ASSIGN_OR_RETURN(
      layout.edge_type, FindColumn(header.edge_fields, "edge_fields", "type"));
  HEAPD_CLIENT_ASSIGN_OR_RETURN(
      layout.edge_name,
      FindColumn(header.edge_fields, "edge_fields", "name_or_index"));
  HEAPD_CLIENT_ASSIGN_OR_RETURN(
      layout.edge_target,
      FindColumn(header.edge_fields, "edge_fields", "to_node"));
  layout.edge_width = header.edge_fields.size();
  for (const std::string& name : header.edge_types) {
    layout.edge_types.push_back(ParseEdgeType(name));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<V8Layout> ResolveLayout(const V8Header& header) {
  V8Layout layout;
  HEAPD_CLIENT_RETURN_IF_ERROR(ResolveNodes(header, layout));
  HEAPD_CLIENT_RETURN_IF_ERROR(ResolveEdges(header, layout));
  HEAPD_CLIENT_ASSIGN_OR_RETURN(
      layout.node_count,
      CheckCount(header.node_count, "node_count", V8Snapshot::kMaxNodes));
  HEAPD_CLIENT_ASSIGN_OR_RETURN(
      layout.edge_count,
      CheckCount(header.edge_count, "edge_count", V8Snapshot::kMaxEdges));
  layout.root_index = header.root_index;
  return layout;
}

}  // namespace heapd::importer
