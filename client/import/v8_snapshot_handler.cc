#include "client/import/v8_snapshot_handler.h"

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "client/heapd/status_macros.h"

namespace heapd::importer {

absl::StatusOr<V8Snapshot> V8SnapshotHandler::Finish() {
  const absl::string_view missing = !snapshot_seen_  ? "snapshot"
                                    : !nodes_seen_   ? "nodes"
                                    : !edges_seen_   ? "edges"
                                    : !strings_seen_ ? "strings"
                                                     : "";
  if (!missing.empty()) {
    return absl::InvalidArgumentError(absl::StrCat(
        "it has no section \"", missing, "\"; is it a V8 heap snapshot?"));
  }
  return rows_.Finish();
}

bool V8SnapshotHandler::number_unsigned(uint64_t value) {
  source_.MarkProgress();
  if (depth_ == 2 && section_ == Section::kNodes) {
    return Stop(rows_.AddNodeValue(value));
  }
  if (depth_ == 2 && section_ == Section::kEdges) {
    return Stop(rows_.AddEdgeValue(value));
  }
  if (section_ != Section::kSnapshot || depth_ == 1) {
    return OnOther("a number");
  }
  header_.OnNumber(depth_, value);
  return true;
}

bool V8SnapshotHandler::string(std::string& value) {
  source_.MarkProgress();
  if (depth_ == 2 && section_ == Section::kStrings) {
    return Stop(rows_.AddString(std::move(value)));
  }
  if (section_ != Section::kSnapshot || depth_ == 1) {
    return OnOther("a string");
  }
  return Stop(header_.OnString(depth_, value));
}

bool V8SnapshotHandler::start_object(size_t) {
  if (depth_ > 0 && !OnOther("an object")) return false;
  ++depth_;
  return true;
}

bool V8SnapshotHandler::key(std::string& key) {
  source_.MarkProgress();
  if (depth_ == 1) return EnterSection(key);
  if (section_ == Section::kSnapshot) header_.OnKey(depth_, key);
  return true;
}

bool V8SnapshotHandler::EnterSection(absl::string_view key) {
  bool* seen = nullptr;
  bool in_order = true;
  section_ = Section::kSkipped;
  if (key == "snapshot") {
    section_ = Section::kSnapshot;
    seen = &snapshot_seen_;
  } else if (key == "nodes") {
    section_ = Section::kNodes;
    seen = &nodes_seen_;
    in_order = snapshot_seen_;
  } else if (key == "edges") {
    section_ = Section::kEdges;
    seen = &edges_seen_;
    in_order = nodes_seen_;
  } else if (key == "strings") {
    section_ = Section::kStrings;
    seen = &strings_seen_;
    in_order = edges_seen_;
  }
  if (seen == nullptr) return true;
  if (*seen || !in_order) {
    return Stop(absl::InvalidArgumentError(
        absl::StrCat("the section \"", key, "\" comes ",
                     *seen ? "twice"
                           : "too early; the order is snapshot, nodes, edges, "
                             "strings")));
  }
  *seen = true;
  return true;
}

bool V8SnapshotHandler::end_object() {
  --depth_;
  if (depth_ != 1 || section_ != Section::kSnapshot) return true;
  absl::StatusOr<V8Layout> layout = ResolveLayout(header_.header());
  if (!layout.ok()) return Stop(layout.status());
  rows_.Start(*std::move(layout));
  return true;
}

bool V8SnapshotHandler::start_array(size_t) {
  const bool flat_begins = depth_ == 1 && !FlatSection().empty();
  if (!flat_begins && !OnOther("an array")) return false;
  ++depth_;
  if (section_ == Section::kSnapshot) header_.OnArray(depth_);
  return true;
}

bool V8SnapshotHandler::end_array() {
  --depth_;
  if (depth_ != 1) return true;
  if (section_ == Section::kNodes) return Stop(rows_.EndNodes());
  if (section_ == Section::kEdges) return Stop(rows_.EndEdges());
  return true;
}

bool V8SnapshotHandler::parse_error(size_t position, const std::string&,
                                    const nlohmann::json::exception& error) {
  const absl::string_view what = error.what();
  const bool ended = absl::StrContains(what, "unexpected end of input") ||
                     absl::StrContains(what, "missing closing quote");
  // The library's own message would show bytes of the file.
  status_ = absl::InvalidArgumentError(
      ended
          ? absl::StrCat("its JSON ends in the middle, after ",
                         position > 0 ? position - 1 : 0, " bytes; was it cut?")
          : absl::StrCat("it is not valid JSON (byte ", position,
                         "); is it a V8 heap snapshot?"));
  return false;
}

bool V8SnapshotHandler::Stop(const absl::Status& status) {
  if (status.ok()) return true;
  status_ = status;
  return false;
}

absl::string_view V8SnapshotHandler::FlatSection() const {
  switch (section_) {
    case Section::kNodes:
      return "nodes";
    case Section::kEdges:
      return "edges";
    case Section::kStrings:
      return "strings";
    default:
      return "";
  }
}

bool V8SnapshotHandler::OnOther(absl::string_view what) {
  source_.MarkProgress();
  if (depth_ == 0) {
    return Stop(absl::InvalidArgumentError(
        absl::StrCat("it is JSON, but ", what, "; is it a V8 heap snapshot?")));
  }
  if (depth_ == 1 && section_ == Section::kSnapshot && what != "an object") {
    return Stop(absl::InvalidArgumentError(
        absl::StrCat("the section \"snapshot\" is ", what, ", not an object")));
  }
  const absl::string_view flat = FlatSection();
  if (flat.empty()) return true;
  return Stop(absl::InvalidArgumentError(
      absl::StrCat("the section \"", flat, "\" has ", what, " in it")));
}

}  // namespace heapd::importer
