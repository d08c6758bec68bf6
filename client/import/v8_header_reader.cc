#include "client/import/v8_header_reader.h"

#include "absl/strings/str_cat.h"

namespace heapd::importer {

void V8HeaderReader::OnKey(int depth, absl::string_view key) {
  if (depth == 2) {
    key_ = std::string(key);
    meta_key_.clear();
  } else if (depth == 3) {
    meta_key_ = std::string(key);
    inner_arrays_ = 0;
  }
}

void V8HeaderReader::OnArray(int depth) {
  if (depth == 5) ++inner_arrays_;
}

void V8HeaderReader::OnNumber(int depth, uint64_t value) {
  if (depth != 2) return;
  if (key_ == "node_count") {
    header_.node_count = value;
  } else if (key_ == "edge_count") {
    header_.edge_count = value;
  } else if (key_ == "root_index") {
    header_.root_index = value;
  }
}

absl::Status V8HeaderReader::OnString(int depth, absl::string_view value) {
  std::vector<std::string>* list = ListFor(depth);
  if (list == nullptr) return absl::OkStatus();
  if (list->size() >= V8Header::kMaxFields) {
    return absl::InvalidArgumentError(
        absl::StrCat("snapshot.meta.", meta_key_, " has more than ",
                     V8Header::kMaxFields, " entries"));
  }
  list->emplace_back(value);
  return absl::OkStatus();
}

std::vector<std::string>* V8HeaderReader::ListFor(int depth) {
  if (key_ != "meta") return nullptr;
  if (depth == 4 && meta_key_ == "node_fields") return &header_.node_fields;
  if (depth == 4 && meta_key_ == "edge_fields") return &header_.edge_fields;
  // The type names are the first entry of these lists, a list itself.
  if (depth != 5 || inner_arrays_ != 1) return nullptr;
  if (meta_key_ == "node_types") return &header_.node_types;
  if (meta_key_ == "edge_types") return &header_.edge_types;
  return nullptr;
}

}  // namespace heapd::importer
