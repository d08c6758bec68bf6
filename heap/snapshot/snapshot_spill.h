#ifndef HEAPD_HEAP_SNAPSHOT_SNAPSHOT_SPILL_H_
#define HEAPD_HEAP_SNAPSHOT_SNAPSHOT_SPILL_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace heapd {

// Where the graph of a snapshot stands between the reading of the heap and the
// writing of the file: 17 to 19 bytes for an object with two or three refs.
// Appended to first, read afterwards. Single-threaded. The first error ends the
// snapshot.
class SnapshotSpill {
 public:
  virtual ~SnapshotSpill() = default;

  virtual absl::Status Append(absl::string_view bytes) = 0;
  // Fills `buffer` from `offset` as far as there is something; how much.
  virtual absl::StatusOr<size_t> Read(uint64_t offset,
                                      absl::Span<char> buffer) = 0;
};

// Keeps it in memory, which nobody is charged for.
class MemorySpill final : public SnapshotSpill {
 public:
  absl::Status Append(absl::string_view bytes) override {
    bytes_.append(bytes.data(), bytes.size());
    return absl::OkStatus();
  }
  absl::StatusOr<size_t> Read(uint64_t offset,
                              absl::Span<char> buffer) override {
    if (offset >= bytes_.size()) return size_t{0};
    const size_t count =
        std::min<uint64_t>(buffer.size(), bytes_.size() - offset);
    std::copy_n(bytes_.data() + offset, count, buffer.data());
    return count;
  }

  size_t size() const { return bytes_.size(); }

 private:
  std::string bytes_;
};

}  // namespace heapd

#endif  // HEAPD_HEAP_SNAPSHOT_SNAPSHOT_SPILL_H_
