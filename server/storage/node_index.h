#ifndef HEAPD_SERVER_STORAGE_NODE_INDEX_H_
#define HEAPD_SERVER_STORAGE_NODE_INDEX_H_

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "server/storage/blob_store.h"
#include "server/storage/sha256.h"

// What a comparison needs of a snapshot, far smaller than the snapshot: the id,
// class and self size of every object. The file, all numbers little-endian:
//
//   magic "HEAPDNX2" | u32 classes | u32 bytes of names | u64 rows
//   names: per class u32 length, name, u32 length, tag
//   rows, sorted by id: u32 snapshot id, u32 class, u32 self size in bytes
//   SHA-256 of all before
//
// Indexes "HEAPDNX1" have no tags, and are read too.

namespace heapd::server {

// One object of a snapshot.
struct NodeRow {
  uint32_t snapshot_id;
  uint32_t class_number;
  uint32_t self_size;
};
static_assert(sizeof(NodeRow) == 12, "rows are written as they are");

// Collects the rows of one snapshot in the order in which they come and writes
// them sorted. Takes 12 bytes an object. Single-threaded.
class NodeIndexBuilder {
 public:
  // The next class of objects with one tag (empty for none), numbered from 0 in
  // the order of these calls. Those with equal names and tags are one.
  void AddClass(absl::string_view name, absl::string_view tag = {});

  // INVALID_ARGUMENT for a class that was not added or a size over 32 bits.
  // Objects of size 0 are left out, as DevTools does.
  absl::Status Add(uint32_t snapshot_id, uint32_t class_number,
                   uint64_t self_size);

  // Writes the file, without committing it. At most once, last.
  // INVALID_ARGUMENT when an id came twice.
  absl::Status WriteTo(BlobWriter& writer);

 private:
  using Run = std::vector<NodeRow>;  // sorted once it is full

  using NameAndTag = std::pair<std::string, std::string>;

  std::vector<NameAndTag> names_;
  absl::flat_hash_map<NameAndTag, uint32_t> number_of_name_;
  std::vector<uint32_t> numbers_;  // by the caller's class number
  std::vector<Run> runs_;
  uint64_t rows_ = 0;
};

// Reads an index from its first row to its last. Single-threaded.
class NodeIndexReader {
 public:
  // DATA_LOSS if the file is none of ours or cut.
  static absl::StatusOr<std::unique_ptr<NodeIndexReader>> Open(
      std::unique_ptr<BlobReader> blob);

  // By class number. Classes that differ in their tags have equal names.
  const std::vector<std::string>& class_names() const { return class_names_; }
  const std::vector<std::string>& class_tags() const { return class_tags_; }

  // The next row, or null behind the last one; valid until the next call.
  // DATA_LOSS for rows out of order and, behind the last row, if the file was
  // altered: only after null is what was read trustworthy.
  absl::StatusOr<const NodeRow*> Next();

 private:
  explicit NodeIndexReader(std::unique_ptr<BlobReader> blob)
      : blob_(std::move(blob)) {}

  absl::Status ReadHeader();
  absl::Status ReadNames(uint32_t classes, uint32_t bytes, bool with_tags);
  // Reads exactly `bytes` more and adds them to the checksum.
  absl::StatusOr<std::string> ReadHashed(size_t bytes);
  absl::Status FillRows();
  absl::Status CheckSum();

  const std::unique_ptr<BlobReader> blob_;
  uint64_t offset_ = 0;
  Sha256 sum_;
  std::vector<std::string> class_names_;
  std::vector<std::string> class_tags_;
  uint64_t rows_left_ = 0;  // not yet in `rows_`
  std::vector<NodeRow> rows_;
  size_t next_ = 0;  // in `rows_`
  uint32_t last_id_ = 0;
  bool checked_ = false;
};

}  // namespace heapd::server

#endif  // HEAPD_SERVER_STORAGE_NODE_INDEX_H_
