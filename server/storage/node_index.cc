#include "server/storage/node_index.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <queue>

#include "absl/strings/str_cat.h"
#include "heap/base/status_macros.h"
#include "server/storage/node_index_format.h"

namespace heapd::server {
namespace {

constexpr size_t kRunRows = size_t{1} << 18;
constexpr size_t kWriteRows = size_t{1} << 13;

bool ById(const NodeRow& a, const NodeRow& b) {
  return a.snapshot_id < b.snapshot_id;
}

absl::string_view AsBytes(const void* data, size_t bytes) {
  return {static_cast<const char*>(data), bytes};
}

void AppendText(absl::string_view text, std::string* out) {
  const auto length = static_cast<uint32_t>(text.size());
  absl::StrAppend(out, AsBytes(&length, sizeof(length)), text);
}

// Writes and keeps the checksum.
class HashingWriter {
 public:
  explicit HashingWriter(BlobWriter& writer) : writer_(writer) {}

  absl::Status Append(absl::string_view data) {
    sum_.Update(data);
    return writer_.Append(data);
  }
  absl::Status AppendSum() { return writer_.Append(sum_.Finish()); }

 private:
  BlobWriter& writer_;
  Sha256 sum_;
};

// Takes sorted runs and gives their rows in one order.
class Merge {
 public:
  explicit Merge(const std::vector<std::vector<NodeRow>>& runs) {
    for (const std::vector<NodeRow>& run : runs) {
      if (!run.empty()) heads_.push({run.data(), run.data() + run.size()});
    }
  }

  bool empty() const { return heads_.empty(); }

  NodeRow Take() {
    Head head = heads_.top();
    heads_.pop();
    const NodeRow row = *head.next++;
    if (head.next != head.end) heads_.push(head);
    return row;
  }

 private:
  struct Head {
    const NodeRow* next;
    const NodeRow* end;
    // The smallest id comes out of the queue first.
    bool operator<(const Head& other) const { return ById(*other.next, *next); }
  };

  std::priority_queue<Head> heads_;
};

absl::Status WriteRows(const std::vector<std::vector<NodeRow>>& runs,
                       HashingWriter& out) {
  Merge merge(runs);
  std::vector<NodeRow> buffer;
  buffer.reserve(kWriteRows);
  uint64_t smallest_free_id = 0;
  while (!merge.empty()) {
    buffer.push_back(merge.Take());
    const uint64_t id = buffer.back().snapshot_id;
    if (id < smallest_free_id) {
      return absl::InvalidArgumentError(
          absl::StrCat("snapshot id ", id, " is there twice"));
    }
    smallest_free_id = id + 1;
    if (buffer.size() < kWriteRows && !merge.empty()) continue;
    HEAPD_RETURN_IF_ERROR(
        out.Append(AsBytes(buffer.data(), buffer.size() * sizeof(NodeRow))));
    buffer.clear();
  }
  return absl::OkStatus();
}

}  // namespace

void NodeIndexBuilder::AddClass(absl::string_view name, absl::string_view tag) {
  const NameAndTag key(name, tag);
  const auto [entry, is_new] =
      number_of_name_.try_emplace(key, static_cast<uint32_t>(names_.size()));
  if (is_new) names_.push_back(key);
  numbers_.push_back(entry->second);
}

absl::Status NodeIndexBuilder::Add(uint32_t snapshot_id, uint32_t class_number,
                                   uint64_t self_size) {
  if (class_number >= numbers_.size() ||
      self_size > std::numeric_limits<uint32_t>::max()) {
    return absl::InvalidArgumentError(
        absl::StrCat("node ", snapshot_id,
                     " has an unknown class or a size "
                     "that does not fit a snapshot"));
  }
  if (self_size == 0) return absl::OkStatus();
  if (runs_.empty() || runs_.back().size() == kRunRows) {
    runs_.emplace_back().reserve(kRunRows);
  }
  Run& run = runs_.back();
  run.push_back(
      {snapshot_id, numbers_[class_number], static_cast<uint32_t>(self_size)});
  ++rows_;
  if (run.size() == kRunRows) std::sort(run.begin(), run.end(), ById);
  return absl::OkStatus();
}

absl::Status NodeIndexBuilder::WriteTo(BlobWriter& writer) {
  if (!runs_.empty()) std::sort(runs_.back().begin(), runs_.back().end(), ById);
  std::string names;
  for (const auto& [name, tag] : names_) {
    AppendText(name, &names);
    AppendText(tag, &names);
  }
  if (names.size() > kMaxNodeIndexNameBytes) {
    return absl::InvalidArgumentError("names of classes over 512 MiB");
  }
  NodeIndexHeader header = {};
  std::memcpy(header.magic, kNodeIndexMagic, sizeof(header.magic));
  header.classes = static_cast<uint32_t>(names_.size());
  header.name_bytes = static_cast<uint32_t>(names.size());
  header.rows = rows_;
  HashingWriter out(writer);
  HEAPD_RETURN_IF_ERROR(out.Append(AsBytes(&header, sizeof(header))));
  HEAPD_RETURN_IF_ERROR(out.Append(names));
  HEAPD_RETURN_IF_ERROR(WriteRows(runs_, out));
  return out.AppendSum();
}

}  // namespace heapd::server
