#include <algorithm>
#include <cstring>

#include "heap/base/status_macros.h"
#include "server/storage/node_index.h"
#include "server/storage/node_index_format.h"

namespace heapd::server {
namespace {

constexpr size_t kReadRows = size_t{1} << 14;

absl::Status Damaged() {
  return absl::DataLossError("the index of the snapshot is damaged");
}

bool HasMagic(const NodeIndexHeader& header, const char* magic) {
  return std::memcmp(header.magic, magic, sizeof(header.magic)) == 0;
}

// Takes a length and as many bytes off the front; false if they are not there.
bool TakeText(absl::string_view* rest, std::string* text) {
  uint32_t length = 0;
  if (rest->size() < sizeof(length)) return false;
  std::memcpy(&length, rest->data(), sizeof(length));
  rest->remove_prefix(sizeof(length));
  if (rest->size() < length) return false;
  *text = std::string(rest->substr(0, length));
  rest->remove_prefix(length);
  return true;
}

}  // namespace

absl::StatusOr<std::unique_ptr<NodeIndexReader>> NodeIndexReader::Open(
    std::unique_ptr<BlobReader> blob) {
  std::unique_ptr<NodeIndexReader> reader(new NodeIndexReader(std::move(blob)));
  HEAPD_RETURN_IF_ERROR(reader->ReadHeader());
  return reader;
}

absl::StatusOr<std::string> NodeIndexReader::ReadHashed(size_t bytes) {
  // Before memory is taken for it.
  if (bytes > blob_->size_bytes() - std::min(offset_, blob_->size_bytes())) {
    return Damaged();
  }
  std::string data(bytes, '\0');
  HEAPD_ASSIGN_OR_RETURN(const size_t read,
                         blob_->Read(offset_, absl::MakeSpan(data)));
  if (read != bytes) return Damaged();
  offset_ += bytes;
  sum_.Update(data);
  return data;
}

absl::Status NodeIndexReader::ReadHeader() {
  HEAPD_ASSIGN_OR_RETURN(const std::string bytes,
                         ReadHashed(sizeof(NodeIndexHeader)));
  NodeIndexHeader header;
  std::memcpy(&header, bytes.data(), sizeof(header));
  const bool with_tags = HasMagic(header, kNodeIndexMagic);
  if ((!with_tags && !HasMagic(header, kNodeIndexMagicWithoutTags)) ||
      header.name_bytes > kMaxNodeIndexNameBytes) {
    return Damaged();
  }
  HEAPD_RETURN_IF_ERROR(
      ReadNames(header.classes, header.name_bytes, with_tags));
  const uint64_t rest = blob_->size_bytes() - offset_;
  if (rest < kNodeIndexSumBytes ||
      (rest - kNodeIndexSumBytes) % sizeof(NodeRow) != 0 ||
      (rest - kNodeIndexSumBytes) / sizeof(NodeRow) != header.rows) {
    return Damaged();
  }
  rows_left_ = header.rows;
  return absl::OkStatus();
}

absl::Status NodeIndexReader::ReadNames(uint32_t classes, uint32_t bytes,
                                        bool with_tags) {
  HEAPD_ASSIGN_OR_RETURN(const std::string names, ReadHashed(bytes));
  absl::string_view rest = names;
  for (uint32_t i = 0; i < classes; ++i) {
    std::string& name = class_names_.emplace_back();
    std::string& tag = class_tags_.emplace_back();
    if (!TakeText(&rest, &name)) return Damaged();
    if (with_tags && !TakeText(&rest, &tag)) return Damaged();
  }
  return rest.empty() ? absl::OkStatus() : Damaged();
}

absl::Status NodeIndexReader::FillRows() {
  const size_t count =
      static_cast<size_t>(std::min<uint64_t>(rows_left_, kReadRows));
  HEAPD_ASSIGN_OR_RETURN(const std::string bytes,
                         ReadHashed(count * sizeof(NodeRow)));
  rows_.resize(count);
  std::memcpy(rows_.data(), bytes.data(), bytes.size());
  rows_left_ -= count;
  next_ = 0;
  return absl::OkStatus();
}

absl::Status NodeIndexReader::CheckSum() {
  std::string stored(kNodeIndexSumBytes, '\0');
  HEAPD_ASSIGN_OR_RETURN(const size_t read,
                         blob_->Read(offset_, absl::MakeSpan(stored)));
  if (read != stored.size() || stored != sum_.Finish()) return Damaged();
  checked_ = true;
  return absl::OkStatus();
}

absl::StatusOr<const NodeRow*> NodeIndexReader::Next() {
  if (next_ == rows_.size()) {
    if (rows_left_ == 0) {
      if (!checked_) HEAPD_RETURN_IF_ERROR(CheckSum());
      return nullptr;
    }
    HEAPD_RETURN_IF_ERROR(FillRows());
  }
  const NodeRow& row = rows_[next_++];
  // Ids begin at 1, so the first row passes too.
  if (row.snapshot_id <= last_id_ || row.class_number >= class_names_.size()) {
    return Damaged();
  }
  last_id_ = row.snapshot_id;
  return &row;
}

}  // namespace heapd::server
