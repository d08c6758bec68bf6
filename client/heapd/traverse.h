#ifndef HEAPD_CLIENT_HEAPD_TRAVERSE_H_
#define HEAPD_CLIENT_HEAPD_TRAVERSE_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "client/heapd/ids.h"
#include "client/heapd/ref.h"
#include "client/heapd/value.h"
#include "heapd/v1/object_service.pb.h"

namespace heapd::client {

// Where a traversal starts and where it ends. At least one start.
struct TraverseOptions {
  std::vector<Ref> refs = {};
  std::vector<std::string> roots = {};
  // Links to follow; unset follows without end.
  std::optional<uint32_t> max_depth = {};
  // 0 takes the daemon's defaults: 1,000 objects and 1 MiB.
  uint32_t max_object_count = 0;
  uint32_t max_bytes = 0;
  bool include_payloads = false;
  bool follow_weak_refs = false;
};

// The objects that a traversal reached, breadth first.
//
// Thread-compatible. Owns the response; what it hands out lives as long as it
// does. Movable.
class TraverseReader {
 public:
  // One object.
  struct Row {
    Ref ref;
    TypeId type;
    // From the response's type table; "" if the daemon left it out.
    std::string_view type_name;
    // Links from the nearest start.
    uint32_t depth;
    // Bytes, also where payloads were not asked for.
    uint32_t payload_size;
    // Empty unless payloads were asked for.
    std::string_view payload;
    std::vector<Value> values;
  };

  // INTERNAL if the columns do not fit together.
  static absl::StatusOr<TraverseReader> Create(v1::TraverseResponse response);

  TraverseReader(TraverseReader&&) = default;
  TraverseReader& operator=(TraverseReader&&) = default;

  size_t size() const { return static_cast<size_t>(response_.refs_size()); }
  // REQUIRES: i < size().
  Row row(size_t i) const;

  // The type's description, with its slot names; null if it did not occur.
  const v1::Type* FindType(TypeId type) const;

  // Whether a limit ended the traversal before everything was read.
  bool truncated() const { return response_.truncated(); }

  const v1::TraverseResponse& response() const { return response_; }

 private:
  TraverseReader() = default;
  absl::Status Index();

  v1::TraverseResponse response_;
  std::vector<size_t> value_offsets_;    // one more than rows
  std::vector<size_t> payload_offsets_;  // the same; empty without payloads
  absl::flat_hash_map<uint32_t, int> types_;  // id -> place in the type table
};

}  // namespace heapd::client

#endif  // HEAPD_CLIENT_HEAPD_TRAVERSE_H_
