#ifndef HEAPD_SERVER_STORAGE_SPILL_FILE_H_
#define HEAPD_SERVER_STORAGE_SPILL_FILE_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "heap/snapshot/snapshot_spill.h"
#include "server/storage/file_descriptor.h"

namespace heapd::server {

// A file without a name, mode 0600, that is gone with this object or the
// process: what a snapshot has read of a heap and not written yet. It has no
// payload, but names, and contents of strings if those were asked for.
// Single-threaded.
class SpillFile final : public SnapshotSpill {
 public:
  // In a directory that is there. UNAVAILABLE (STORAGE).
  static absl::StatusOr<std::unique_ptr<SpillFile>> Create(
      const std::string& directory);

  // UNAVAILABLE (STORAGE); RESOURCE_EXHAUSTED (STORAGE_FULL).
  absl::Status Append(absl::string_view bytes) override;
  absl::StatusOr<size_t> Read(uint64_t offset,
                              absl::Span<char> buffer) override;

 private:
  explicit SpillFile(FileDescriptor file) : file_(std::move(file)) {}

  const FileDescriptor file_;
};

}  // namespace heapd::server

#endif  // HEAPD_SERVER_STORAGE_SPILL_FILE_H_
