#include "heap/snapshot/snapshot_writer.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "heap/base/status_macros.h"

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
                               SnapshotSpill* spill, SnapshotSink* sink)
    : capture_(capture),
      spill_(spill),
      sink_(sink),
      out_(sink),
      objects_(&capture, spill),
      classes_(capture.types().types.size()) {}

absl::Status SnapshotWriter::Write() {
  OrderSessions();
  Count();
  WriteHead();
  HEAPD_RETURN_IF_ERROR(WriteNodes());
  HEAPD_RETURN_IF_ERROR(WriteEdges());
  out_.Raw(
      "\"trace_function_infos\":[],\n\"trace_tree\":[],\n\"samples\":[],\n"
      "\"locations\":[],\n");
  WriteStrings();
  return out_.Finish();
}

void SnapshotWriter::OrderSessions() {
  for (const auto& session : capture_.holds().sessions) {
    sessions_.push_back(&session);
  }
  std::sort(sessions_.begin(), sessions_.end(),
            [](const auto* a, const auto* b) {
              return a->snapshot_id < b->snapshot_id;
            });
}

void SnapshotWriter::Count() {
  const CapturedHolds& holds = capture_.holds();
  first_object_node_ = kFixedNodes + sessions_.size();
  summary_.object_count = capture_.numbering().count();
  summary_.node_count = first_object_node_ + summary_.object_count;
  // To (GC roots), and from there to its two groups.
  summary_.edge_count = 3 + holds.roots.size() + sessions_.size() +
                        holds.holds.size() + capture_.edge_count();
}

void SnapshotWriter::WriteHead() {
  out_.Raw("{\"snapshot\":{\"meta\":");
  out_.Raw(kMeta);
  out_.Raw(",\"node_count\":");
  out_.Number(summary_.node_count);
  out_.Raw(",\"edge_count\":");
  out_.Number(summary_.edge_count);
  out_.Raw(",\"trace_function_count\":0},\n");
}

void SnapshotWriter::CountRow() {
  if (++rows_ % kProgressRows != 0) return;
  sink_->Progress(SnapshotStage::kWriting, rows_,
                  summary_.node_count + summary_.edge_count);
}

void SnapshotWriter::NodeRow(NodeType type, uint32_t name, uint32_t id,
                             uint64_t self_size, uint64_t edge_count) {
  if (!first_row_) out_.Char(',');
  first_row_ = false;
  for (const uint64_t column : {static_cast<uint64_t>(type), uint64_t{name},
                                uint64_t{id}, self_size, edge_count}) {
    out_.Number(column);
    out_.Char(',');
  }
  out_.Raw("0,0\n");
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
  synthetic("(Named roots)", kNamedRootsId, capture_.holds().roots.size());
  synthetic("(Client sessions)", kSessionsId, sessions_.size());
  for (const auto* session : sessions_) {
    // The session's id itself opens the session to whoever knows it.
    const std::string name = absl::StrCat("session ", session->snapshot_id,
                                          " (", session->label, ")");
    synthetic(name, session->snapshot_id, session->hold_count);
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
  objects_.SkipEdges(object.edge_count);
  HEAPD_RETURN_IF_ERROR(objects_.status());
  const bool is_string = object.type->kind == TypeKind::kString;
  const absl::string_view name = is_string ? object.text : object.type->name;
  NodeRow(is_string ? kStringNode : kObjectNode, strings_.NumberOf(name),
          object.id, object.self_size, object.edge_count);
  HEAPD_RETURN_IF_ERROR(out_.status());
  summary_.total_self_size_bytes += object.self_size;
  uint32_t class_number = 0;
  HEAPD_RETURN_IF_ERROR(ClassOf(*object.type, &class_number));
  return sink_->Node(object.id, class_number, object.self_size);
}

absl::Status SnapshotWriter::ClassOf(const Type& type, uint32_t* class_number) {
  *class_number = classes_.NumberOf(type);
  if (classes_.names().size() == told_classes_) return absl::OkStatus();
  return sink_->Class(classes_.names()[told_classes_++]);
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
    EdgeRow(kPropertyEdge, strings_.NumberOf(name), NodeOf(object));
  }
  for (size_t i = 0; i < sessions_.size(); ++i) {
    EdgeRow(kElementEdge, i, kFixedNodes + i);
  }
  for (const auto* session : sessions_) {
    for (size_t i = 0; i < session->hold_count; ++i) {
      const Index object = capture_.holds().holds[session->first_hold + i];
      EdgeRow(kElementEdge, i, NodeOf(object));
    }
  }
}

void SnapshotWriter::WriteObjectEdges(Index index) {
  const CapturedGraphReader::Object object = objects_.Next(index);
  const Type& type = *object.type;
  for (uint64_t i = 0; i < object.edge_count && objects_.status().ok(); ++i) {
    const CapturedGraphReader::Edge edge = objects_.NextEdge();
    if (!objects_.status().ok()) return;
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
