#include "server/auth/memory_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "heap/base/status_macros.h"

namespace heapd::server {
namespace {

absl::Status Failed(absl::string_view what) {
  return absl::InternalError(absl::StrCat("a file in memory cannot be ", what,
                                          ": ", std::strerror(errno)));
}

// A descriptor of a new file in memory.
absl::StatusOr<int> MakeFile(absl::string_view content, int64_t modified_at) {
  const int descriptor = memfd_create("heapd", MFD_CLOEXEC);
  if (descriptor < 0) return Failed("made");
  const timespec times[2] = {{modified_at, 0}, {modified_at, 0}};
  while (!content.empty()) {
    const ssize_t count = write(descriptor, content.data(), content.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) {
      absl::Status status = Failed("written");
      close(descriptor);
      return status;
    }
    content.remove_prefix(static_cast<size_t>(count));
  }
  if (futimens(descriptor, times) != 0) {
    absl::Status status = Failed("dated");
    close(descriptor);
    return status;
  }
  return descriptor;
}

}  // namespace

MemoryFile::MemoryFile(int descriptor, int64_t modified_at)
    : descriptor_(descriptor),
      modified_at_(modified_at),
      path_(absl::StrCat("/proc/self/fd/", descriptor)) {}

MemoryFile::MemoryFile(MemoryFile&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)),
      modified_at_(other.modified_at_),
      path_(std::move(other.path_)) {}

MemoryFile::~MemoryFile() {
  if (descriptor_ >= 0) close(descriptor_);
}

absl::StatusOr<MemoryFile> MemoryFile::Create(absl::string_view content) {
  const int64_t now = absl::ToUnixSeconds(absl::Now());
  HEAPD_ASSIGN_OR_RETURN(const int descriptor, MakeFile(content, now));
  MemoryFile file(descriptor, now);
  if (access(file.path_.c_str(), R_OK) != 0) {
    return Failed(absl::StrCat("read at ", file.path_));
  }
  return file;
}

absl::Status MemoryFile::Replace(absl::string_view content) {
  const int64_t modified_at =
      std::max(modified_at_ + 1, absl::ToUnixSeconds(absl::Now()));
  HEAPD_ASSIGN_OR_RETURN(const int fresh, MakeFile(content, modified_at));
  const int replaced = dup3(fresh, descriptor_, O_CLOEXEC);
  absl::Status status =
      replaced < 0 ? Failed("put in place") : absl::OkStatus();
  close(fresh);
  if (status.ok()) modified_at_ = modified_at;
  return status;
}

}  // namespace heapd::server
