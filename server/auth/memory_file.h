#ifndef HEAPD_SERVER_AUTH_MEMORY_FILE_H_
#define HEAPD_SERVER_AUTH_MEMORY_FILE_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace heapd::server {

// A file that exists in this process's memory only, for a library that wants to
// read a secret from a path: nothing is left behind on a disk, whatever becomes
// of the process. Thread-compatible; anybody may read the path at any time.
class MemoryFile {
 public:
  // INTERNAL where the system gives no such file, or /proc is missing.
  static absl::StatusOr<MemoryFile> Create(absl::string_view content);

  ~MemoryFile();
  MemoryFile(MemoryFile&& other) noexcept;
  MemoryFile& operator=(MemoryFile&&) = delete;

  // Where this process reads it. Stays the same.
  const std::string& path() const { return path_; }

  // Puts other content in its place at once: who opens the path reads the one
  // or the other. The time of modification grows by a second or more, so that
  // two reads between which it did not grow saw the same content.
  absl::Status Replace(absl::string_view content);

 private:
  MemoryFile(int descriptor, int64_t modified_at);

  int descriptor_ = -1;
  int64_t modified_at_ = 0;  // seconds since 1970
  std::string path_;
};

}  // namespace heapd::server

#endif  // HEAPD_SERVER_AUTH_MEMORY_FILE_H_
