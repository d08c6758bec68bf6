#include "client/import/v8_mapping.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "client/heapd/status_macros.h"
#include "client/import/v8_roots.h"

namespace heapd::importer {
namespace {

class Mapper {
 public:
  Mapper(V8Snapshot snapshot, TypeTable& types)
      : snapshot_(std::move(snapshot)),
        types_(types),
        groups_(FindRootGroups(snapshot_)) {}

  absl::StatusOr<MappedGraph> Map() {
    const std::vector<V8Root> roots = FindRoots(snapshot_, groups_);
    NumberNodes(FindReachable(snapshot_, groups_, roots));
    for (uint32_t node = 0; node < snapshot_.node_count(); ++node) {
      if (numbers_[node] == kNoObject) continue;
      HEAPD_CLIENT_RETURN_IF_ERROR(AddObject(node));
    }
    for (const V8Root& root : roots) {
      mapped_.graph.roots.push_back({root.name, numbers_[root.node]});
    }
    mapped_.graph.strings = std::move(snapshot_.strings);
    return std::move(mapped_);
  }

 private:
  void NumberNodes(const std::vector<bool>& reachable) {
    numbers_.assign(snapshot_.node_count(), kNoObject);
    uint32_t next = 0;
    for (uint32_t node = 0; node < snapshot_.node_count(); ++node) {
      if (reachable[node]) {
        numbers_[node] = next++;
      } else if (!groups_.contains(node)) {
        ++mapped_.losses.unreachable_nodes;
      }
    }
  }

  absl::Status AddObject(uint32_t node) {
    ObjectType type;
    type.name = ClassOf(snapshot_, node);
    type.is_string = snapshot_.type(node) == V8NodeType::kString;
    AddSlots(node, type.slot_names);
    ObjectGraph& graph = mapped_.graph;
    const uint64_t slot_count = graph.slots.size() - graph.slot_begins.back();
    if (slot_count > kMaxSlots) {
      return absl::InvalidArgumentError(
          absl::StrCat("node ", node, " has ", slot_count,
                       " edges; an object has at most ", kMaxSlots, " slots"));
    }
    AddPayload(node, type.is_string);
    graph.ids.push_back(snapshot_.node_ids[node]);
    graph.types.push_back(InternType(std::move(type)));
    graph.slot_begins.push_back(graph.slots.size());
    return absl::OkStatus();
  }

  // Each edge is a slot, in the file's order.
  void AddSlots(uint32_t node, std::vector<std::string>& names) {
    for (uint32_t edge = snapshot_.edge_begins[node];
         edge < snapshot_.edge_begins[node + 1]; ++edge) {
      GraphSlot slot;
      slot.target = numbers_[snapshot_.edge_targets[edge]];
      slot.weak = snapshot_.edge_types[edge] == V8EdgeType::kWeak ? 1 : 0;
      if (slot.is_null()) {
        ++mapped_.losses.dropped_edges;
        continue;
      }
      mapped_.graph.slots.push_back(slot);
      names.push_back(SlotName(edge, names.size()));
    }
  }

  std::string SlotName(uint32_t edge, size_t slot) {
    if (!HasName(snapshot_.edge_types[edge])) return "";
    const std::string& name = snapshot_.strings[snapshot_.edge_names[edge]];
    if (name.empty()) return "";
    if (slot >= kMaxSlotNames) {
      ++mapped_.losses.unnamed_slots;
      return "";
    }
    if (name.size() > kMaxNameBytes) ++mapped_.losses.cut_names;
    return std::string(CutText(name, kMaxNameBytes));
  }

  void AddPayload(uint32_t node, bool is_string) {
    ObjectGraph& graph = mapped_.graph;
    const std::string& name = snapshot_.name(node);
    const uint64_t wanted =
        is_string ? name.size() : snapshot_.node_self_sizes[node];
    const uint64_t size = is_string ? CutText(name, kMaxPayloadBytes).size()
                                    : std::min(wanted, kMaxPayloadBytes);
    if (size < wanted) ++mapped_.losses.cut_payloads;
    graph.payload_sizes.push_back(static_cast<uint32_t>(size));
    graph.texts.push_back(is_string ? snapshot_.node_names[node]
                                    : ObjectGraph::kNoText);
  }

  uint32_t InternType(ObjectType type) {
    if (types_.size() >= kMaxNamedTypes && !types_.Find(type).has_value()) {
      mapped_.losses.unnamed_slots += static_cast<uint64_t>(
          std::count_if(type.slot_names.begin(), type.slot_names.end(),
                        [](const std::string& name) { return !name.empty(); }));
      type.slot_names.clear();
    }
    return types_.Intern(std::move(type));
  }

  V8Snapshot snapshot_;
  TypeTable& types_;
  const V8RootGroups groups_;
  std::vector<uint32_t> numbers_;  // objects by node
  MappedGraph mapped_;
};

}  // namespace

std::string ClassOf(const V8Snapshot& snapshot, uint32_t node) {
  switch (snapshot.type(node)) {
    case V8NodeType::kObject:
    case V8NodeType::kNative: {
      const std::string_view name = CutText(snapshot.name(node), kMaxNameBytes);
      return name.empty() ? "(no name)" : std::string(name);
    }
    case V8NodeType::kClosure:
      return "Function";
    case V8NodeType::kCode:
      return "(compiled code)";
    case V8NodeType::kHidden:
      return "(system)";
    case V8NodeType::kRegExp:
      return "RegExp";
    case V8NodeType::kString:
    case V8NodeType::kSynthetic:
    case V8NodeType::kOther:
      break;
  }
  const std::string& type = snapshot.node_type_names[snapshot.node_types[node]];
  return absl::StrCat("(", std::string(CutText(type, kMaxNameBytes - 2)), ")");
}

absl::StatusOr<MappedGraph> MapV8Snapshot(V8Snapshot snapshot,
                                          TypeTable& types) {
  return Mapper(std::move(snapshot), types).Map();
}

}  // namespace heapd::importer
