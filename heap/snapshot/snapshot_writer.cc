#include "heap/snapshot/snapshot_writer.h"

#include <algorithm>

#include "absl/hash/hash.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "heap/base/status_macros.h"
#include "heap/base/utf8.h"

namespace heapd {
namespace {

constexpr uint64_t kNodeColumns = 7;
// V8 cuts string values here too.
constexpr size_t kMaxTextCodePoints = 1024;

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

// As DevTools groups objects: "<div class=x>" is of class "<div>".
absl::string_view CutClassName(absl::string_view name, std::string* storage) {
  const size_t space = name.find(' ');
  if (name.empty() || name[0] != '<' || space == absl::string_view::npos) {
    return name;
  }
  *storage = absl::StrCat(name.substr(0, space), ">");
  return *storage;
}

}  // namespace

SnapshotWriter::SnapshotWriter(HeapParts* parts, const SnapshotOptions& options,
                               SnapshotSink* sink)
    : parts_(parts),
      options_(options),
      sink_(sink),
      out_(sink),
      numbering_(parts->marks),
      class_of_type_(parts->types.size() + 1, 0) {}

absl::Status SnapshotWriter::Write() {
  OrderSessions();
  Count();
  WriteHead();
  HEAPD_RETURN_IF_ERROR(WriteNodes());
  WriteEdges();
  out_.Raw(
      "\"trace_function_infos\":[],\n\"trace_tree\":[],\n\"samples\":[],\n"
      "\"locations\":[],\n");
  WriteStrings();
  return out_.Finish();
}

void SnapshotWriter::OrderSessions() {
  for (const auto& [id, session] : parts_->sessions.map()) {
    if (session->snapshot_id() == 0) {
      session->set_snapshot_id(parts_->snapshot_ids.TakeId());
    }
    sessions_.push_back(session.get());
  }
  std::sort(sessions_.begin(), sessions_.end(),
            [](const Session* a, const Session* b) {
              return a->snapshot_id() < b->snapshot_id();
            });
}

uint64_t SnapshotWriter::EdgeCount(const TableEntry& entry) const {
  uint64_t count = 0;
  for (const Slot slot : entry.slot_span()) count += slot.is_ref() ? 1 : 0;
  return count;
}

void SnapshotWriter::Count() {
  first_object_node_ = kFixedNodes + sessions_.size();
  summary_.object_count = numbering_.count();
  summary_.node_count = first_object_node_ + numbering_.count();
  // To (GC roots), and from there to its two groups.
  summary_.edge_count = 3 + parts_->roots.size() + sessions_.size();
  for (const Session* session : sessions_) {
    summary_.edge_count += session->hold_count();
  }
  numbering_.ForEach([this](Index index) {
    summary_.edge_count += EdgeCount(parts_->table.entry(index));
  });
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
}

absl::Status SnapshotWriter::WriteNodes() {
  out_.Raw("\"nodes\":[");
  const auto synthetic = [this](absl::string_view name, uint32_t id,
                                uint64_t edge_count) {
    NodeRow(kSyntheticNode, strings_.NumberOf(name), id, 0, edge_count);
  };
  synthetic("", kRootId, 1);
  synthetic("(GC roots)", kGcRootsId, 2);
  synthetic("(Named roots)", kNamedRootsId, parts_->roots.size());
  synthetic("(Client sessions)", kSessionsId, sessions_.size());
  for (const Session* session : sessions_) {
    // The session's id itself opens the session to whoever knows it.
    const std::string name = absl::StrCat("session ", session->snapshot_id(),
                                          " (", session->label(), ")");
    synthetic(name, session->snapshot_id(), session->hold_count());
  }
  absl::Status status;
  numbering_.ForEach([this, &status](Index index) {
    if (status.ok() && out_.status().ok()) status = WriteObject(index);
  });
  HEAPD_RETURN_IF_ERROR(status);
  out_.Raw("],\n");
  return out_.status();
}

absl::Status SnapshotWriter::WriteObject(Index index) {
  const TableEntry& entry = parts_->table.entry(index);
  const Block* const payload = entry.payload();
  const Type& type = *parts_->types.Find(payload->type());
  const uint64_t self_size =
      sizeof(TableEntry) + Spaces::BlockBytes(payload) +
      (entry.has_slot_block() ? Spaces::BlockBytes(entry.slot_block()) : 0);
  const uint32_t id = parts_->snapshot_ids.IdOf(index);
  if (type.kind == TypeKind::kString) {
    const absl::string_view content(payload->body(),
                                    Spaces::PayloadBytes(payload));
    NodeRow(kStringNode, strings_.NumberOf(Text(content)), id, self_size,
            EdgeCount(entry));
  } else {
    NodeRow(kObjectNode, strings_.NumberOf(type.name), id, self_size,
            EdgeCount(entry));
  }
  summary_.total_self_size_bytes += self_size;
  uint32_t class_number = 0;
  HEAPD_RETURN_IF_ERROR(ClassOf(type, &class_number));
  return sink_->Node(id, class_number, self_size);
}

absl::Status SnapshotWriter::ClassOf(const Type& type, uint32_t* class_number) {
  uint32_t& known = class_of_type_[type.id];
  if (known == 0) {
    std::string storage;
    const absl::string_view name = type.kind == TypeKind::kString
                                       ? absl::string_view("(string)")
                                       : CutClassName(type.name, &storage);
    const auto [entry, is_new] =
        classes_.emplace(name, static_cast<uint32_t>(classes_.size()));
    if (is_new) HEAPD_RETURN_IF_ERROR(sink_->Class(name));
    known = entry->second + 1;
  }
  *class_number = known - 1;
  return absl::OkStatus();
}

std::string SnapshotWriter::Text(absl::string_view content) const {
  if (!options_.include_strings) {
    return absl::StrCat("(redacted, ", content.size(), " bytes)");
  }
  size_t end = 0;
  for (size_t n = 0; n < kMaxTextCodePoints && end < content.size(); ++n) {
    NextCodePoint(content, &end);
  }
  // Bad bytes are replaced here already, or texts that differ in those only
  // would be the same string twice.
  std::string text = ReplaceBadUtf8(content.substr(0, end));
  if (end == content.size()) return text;
  // Without the hash DevTools' filter for duplicates would take equal
  // beginnings for equal strings.
  return absl::StrFormat("%s... (%d bytes, hash %016x)", text, content.size(),
                         absl::HashOf(content));
}

void SnapshotWriter::WriteEdges() {
  out_.Raw("\"edges\":[");
  first_row_ = true;
  EdgeRow(kElementEdge, 1, kGcRootsNode);
  EdgeRow(kInternalEdge, strings_.NumberOf("named roots"), kNamedRootsNode);
  EdgeRow(kInternalEdge, strings_.NumberOf("client sessions"), kSessionsNode);
  for (const auto& [name, object] : parts_->roots.map()) {
    EdgeRow(kPropertyEdge, strings_.NumberOf(name), NodeOf(object));
  }
  for (size_t i = 0; i < sessions_.size(); ++i) {
    EdgeRow(kElementEdge, i, kFixedNodes + i);
  }
  for (const Session* session : sessions_) {
    uint64_t position = 0;
    session->ForEachHold([this, &position](Index object) {
      EdgeRow(kElementEdge, position++, NodeOf(object));
    });
  }
  numbering_.ForEach([this](Index index) {
    if (out_.status().ok()) WriteObjectEdges(index);
  });
  out_.Raw("],\n");
}

void SnapshotWriter::WriteObjectEdges(Index index) {
  const TableEntry& entry = parts_->table.entry(index);
  const absl::Span<const Slot> slots = entry.slot_span();
  const Type& type = *parts_->types.Find(entry.payload()->type());
  for (uint32_t i = 0; i < slots.size(); ++i) {
    if (!slots[i].is_ref()) continue;
    const uint64_t to = NodeOf(slots[i].index());
    if (slots[i].is_weak()) {
      EdgeRow(kWeakEdge, strings_.NumberOfSlot(type, i), to);
    } else if (type.SlotName(i).empty()) {
      EdgeRow(kElementEdge, i, to);
    } else {
      EdgeRow(kPropertyEdge, strings_.NumberOfSlot(type, i), to);
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
