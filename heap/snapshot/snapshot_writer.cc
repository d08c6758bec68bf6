#include "heap/snapshot/snapshot_writer.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "heap/base/status_macros.h"
#include "heap/snapshot/type_groups.h"

namespace heapd {
namespace {

constexpr uint64_t kNodeColumns = 7;

// Rows between two reports of progress.
constexpr uint64_t kProgressRows = 4096;

// Odd ids below SnapshotIds::kFirstId, as in V8's own files.
constexpr uint32_t kRootId = 1;
constexpr uint32_t kGcRootsId = 3;
constexpr uint32_t kNamedRootsId = 5;
constexpr uint32_t kSessionsId = 7;

constexpr absl::string_view kMeta =
    R"({"node_fields":["type","name","id","self_size","edge_count",)"
    R"("trace_node_id","detachedness"],"node_types":[["hidden","array",)"
    R"("string","object","code","closure","regexp","number","native",)"
    R"("synthetic","concatenated string","sliced string","symbol","bigint",)"
    R"("object shape","wasm object"],"string","number","number","number",)"
    R"("number","number"],"edge_fields":["type","name_or_index","to_node"],)"
    R"("edge_types":[["context","element","property","internal","hidden",)"
    R"("shortcut","weak"],"string_or_number","node"],)"
    R"("trace_function_info_fields":["function_id","name","script_name",)"
    R"("script_id","line","column"],"trace_node_fields":["id",)"
    R"("function_info_index","count","size","children"],"sample_fields":)"
    R"(["timestamp_us","last_assigned_id"],"location_fields":)"
    R"(["object_index","script_id","line","column"]})";

}  // namespace

SnapshotWriter::SnapshotWriter(const SnapshotCapture& capture,
                               SnapshotSpill* spill,
                               const NodeNumbering* reduced, SnapshotSink* sink)
    : capture_(capture),
      spill_(spill),
      is_reduced_(reduced != nullptr),
      shown_(is_reduced_ ? *reduced : capture.numbering()),
      sink_(sink),
      out_(sink),
      objects_(&capture, spill),
      trace_(capture.types()),
      classes_(capture.types().types.size() + 1) {}

absl::Status SnapshotWriter::Write() {
  OrderSessions();
  HEAPD_RETURN_IF_ERROR(Count());
  WriteHead();
  HEAPD_RETURN_IF_ERROR(WriteNodes());
  HEAPD_RETURN_IF_ERROR(WriteEdges());
  trace_.Write(&strings_, &out_);
  out_.Raw("\"samples\":[],\n\"locations\":[],\n");
  WriteStrings();
  return out_.Finish();
}

// A reduced file shows those only that hold something in it.
void SnapshotWriter::OrderSessions() {
  const std::vector<Index>& holds = capture_.holds().holds;
  for (const auto& session : capture_.holds().sessions) {
    const auto first = holds.begin() + session.first_hold;
    const uint64_t shown =
        std::count_if(first, first + session.hold_count,
                      [this](Index object) { return IsShown(object); });
    if (!is_reduced_ || shown > 0) sessions_.push_back({&session, shown});
  }
  std::sort(sessions_.begin(), sessions_.end(),
            [](const ShownSession& a, const ShownSession& b) {
              return a.session->snapshot_id < b.session->snapshot_id;
            });
}

absl::Status SnapshotWriter::Count() {
  first_object_node_ = kFixedNodes + sessions_.size();
  summary_.object_count = shown_.count();
  summary_.left_out_object_count =
      capture_.numbering().count() - summary_.object_count;
  summary_.node_count = first_object_node_ + summary_.object_count;
  for (const auto& root : capture_.holds().roots) {
    if (IsShown(root.object)) ++root_edge_count_;
  }
  uint64_t object_edges = capture_.edge_count();
  if (is_reduced_) HEAPD_RETURN_IF_ERROR(CountShownEdges(&object_edges));
  // To (GC roots), and from there to its two groups.
  summary_.edge_count = 3 + root_edge_count_ + sessions_.size() + object_edges;
  for (const ShownSession& shown : sessions_) {
    summary_.edge_count += shown.hold_count;
  }
  return absl::OkStatus();
}

absl::Status SnapshotWriter::CountShownEdges(uint64_t* count) {
  *count = 0;
  const NodeNumbering& numbering = capture_.numbering();
  numbering.ForEach(0, numbering.end(), [this, count](Index index) {
    if (!objects_.status().ok()) return;
    const CapturedGraphReader::Object object = objects_.Next(index);
    const uint64_t shown = ReadEdges(object.edge_count);
    if (IsShown(index)) *count += shown;
  });
  HEAPD_RETURN_IF_ERROR(objects_.status());
  objects_ = CapturedGraphReader(&capture_, spill_);
  return absl::OkStatus();
}

uint64_t SnapshotWriter::ReadEdges(uint64_t count) {
  uint64_t shown = 0;
  for (; count > 0 && objects_.status().ok(); --count) {
    const CapturedGraphReader::Edge edge = objects_.NextEdge();
    if (objects_.status().ok() && IsShown(edge.target)) ++shown;
  }
  return shown;
}

void SnapshotWriter::WriteHead() {
  out_.Raw("{\"snapshot\":{\"meta\":");
  out_.Raw(kMeta);
  out_.Raw(",\"node_count\":");
  out_.Number(summary_.node_count);
  out_.Raw(",\"edge_count\":");
  out_.Number(summary_.edge_count);
  out_.Raw(",\"trace_function_count\":");
  out_.Number(trace_.function_count());
  out_.Raw("},\n");
}

void SnapshotWriter::CountRow() {
  if (++rows_ % kProgressRows != 0) return;
  sink_->Progress(SnapshotStage::kWriting, rows_,
                  summary_.node_count + summary_.edge_count);
}

void SnapshotWriter::NodeRow(NodeType type, uint32_t name, uint32_t id,
                             uint64_t self_size, uint64_t edge_count,
                             uint32_t trace_node) {
  if (!first_row_) out_.Char(',');
  first_row_ = false;
  for (const uint64_t column :
       {static_cast<uint64_t>(type), uint64_t{name}, uint64_t{id}, self_size,
        edge_count, uint64_t{trace_node}}) {
    out_.Number(column);
    out_.Char(',');
  }
  out_.Raw("0\n");
  CountRow();
}

void SnapshotWriter::EdgeRow(EdgeType type, uint64_t name_or_index,
                             uint64_t to_node) {
  if (!first_row_) out_.Char(',');
  first_row_ = false;
  out_.Number(type);
  out_.Char(',');
  out_.Number(name_or_index);
  out_.Char(',');
  out_.Number(to_node * kNodeColumns);
  out_.Char('\n');
  CountRow();
}

absl::Status SnapshotWriter::WriteNodes() {
  out_.Raw("\"nodes\":[");
  const auto synthetic = [this](absl::string_view name, uint32_t id,
                                uint64_t edge_count) {
    NodeRow(kSyntheticNode, strings_.NumberOf(name), id, 0, edge_count);
  };
  synthetic("", kRootId, 1);
  synthetic("(GC roots)", kGcRootsId, 2);
  synthetic("(Named roots)", kNamedRootsId, root_edge_count_);
  synthetic("(Client sessions)", kSessionsId, sessions_.size());
  for (const auto& [session, hold_count] : sessions_) {
    // The session's id itself opens the session to whoever knows it.
    const std::string name = absl::StrCat("session ", session->snapshot_id,
                                          " (", session->label, ")");
    synthetic(name, session->snapshot_id, hold_count);
  }
  const NodeNumbering& numbering = capture_.numbering();
  absl::Status status;
  numbering.ForEach(0, numbering.end(), [this, &status](Index index) {
    if (status.ok()) status = WriteObject(index);
  });
  HEAPD_RETURN_IF_ERROR(status);
  out_.Raw("],\n");
  return out_.status();
}

absl::Status SnapshotWriter::WriteObject(Index index) {
  const CapturedGraphReader::Object object = objects_.Next(index);
  const uint64_t edge_count = ReadEdges(object.edge_count);
  HEAPD_RETURN_IF_ERROR(objects_.status());
  if (!IsShown(index)) return absl::OkStatus();
  const bool is_string = object.type->kind == TypeKind::kString;
  const absl::string_view name = is_string ? object.text : object.type->name;
  NodeRow(is_string ? kStringNode : kObjectNode, strings_.NumberOf(name),
          object.id, object.self_size, edge_count,
          trace_.NodeOf(*object.type, object.self_size));
  HEAPD_RETURN_IF_ERROR(out_.status());
  summary_.total_self_size_bytes += object.self_size;
  uint32_t class_number = 0;
  HEAPD_RETURN_IF_ERROR(ClassOf(*object.type, &class_number));
  return sink_->Node(object.id, class_number, object.self_size);
}

absl::Status SnapshotWriter::ClassOf(const Type& type, uint32_t* class_number) {
  uint32_t& known = classes_[type.id];
  bool is_new = false;
  if (known == 0) {
    const auto [entry, is_first] = class_numbers_.emplace(
        std::pair(ClassName(type), type.tag), class_numbers_.size());
    known = entry->second + 1;
    is_new = is_first;
  }
  *class_number = known - 1;
  return is_new ? sink_->Class(ClassName(type), type.tag) : absl::OkStatus();
}

absl::Status SnapshotWriter::WriteEdges() {
  out_.Raw("\"edges\":[");
  first_row_ = true;
  WriteHoldEdges();
  objects_ = CapturedGraphReader(&capture_, spill_);
  const NodeNumbering& numbering = capture_.numbering();
  numbering.ForEach(0, numbering.end(), [this](Index index) {
    if (out_.status().ok() && objects_.status().ok()) WriteObjectEdges(index);
  });
  HEAPD_RETURN_IF_ERROR(objects_.status());
  out_.Raw("],\n");
  return out_.status();
}

void SnapshotWriter::WriteHoldEdges() {
  EdgeRow(kElementEdge, 1, kGcRootsNode);
  EdgeRow(kInternalEdge, strings_.NumberOf("named roots"), kNamedRootsNode);
  EdgeRow(kInternalEdge, strings_.NumberOf("client sessions"), kSessionsNode);
  for (const auto& [name, object] : capture_.holds().roots) {
    if (!IsShown(object)) continue;
    EdgeRow(kPropertyEdge, strings_.NumberOf(name), NodeOf(object));
  }
  for (size_t i = 0; i < sessions_.size(); ++i) {
    EdgeRow(kElementEdge, i, kFixedNodes + i);
  }
  for (const ShownSession& shown : sessions_) {
    for (size_t i = 0; i < shown.session->hold_count; ++i) {
      const Index object =
          capture_.holds().holds[shown.session->first_hold + i];
      if (IsShown(object)) EdgeRow(kElementEdge, i, NodeOf(object));
    }
  }
}

void SnapshotWriter::WriteObjectEdges(Index index) {
  const CapturedGraphReader::Object object = objects_.Next(index);
  if (!IsShown(index)) {
    objects_.SkipEdges(object.edge_count);
    return;
  }
  const Type& type = *object.type;
  for (uint64_t i = 0; i < object.edge_count && objects_.status().ok(); ++i) {
    const CapturedGraphReader::Edge edge = objects_.NextEdge();
    if (!objects_.status().ok()) return;
    if (!IsShown(edge.target)) continue;
    const uint64_t to = NodeOf(edge.target);
    if (edge.is_weak) {
      EdgeRow(kWeakEdge, strings_.NumberOfSlot(type, edge.slot), to);
    } else if (type.SlotName(edge.slot).empty()) {
      EdgeRow(kElementEdge, edge.slot, to);
    } else {
      EdgeRow(kPropertyEdge, strings_.NumberOfSlot(type, edge.slot), to);
    }
  }
}

void SnapshotWriter::WriteStrings() {
  out_.Raw("\"strings\":[");
  bool first = true;
  for (const std::string& text : strings_.strings()) {
    if (!first) out_.Raw(",\n");
    first = false;
    out_.String(text, text.size());
  }
  out_.Raw("]}\n");
}

}  // namespace heapd
