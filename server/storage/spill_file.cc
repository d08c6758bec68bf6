#include "server/storage/spill_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "heap/base/error.h"
#include "server/base/reasons.h"

namespace heapd::server {
namespace {

absl::Status SpillError(int error, absl::string_view what) {
  const bool is_full = error == ENOSPC || error == EDQUOT || error == EFBIG;
  return MakeError(
      is_full ? absl::StatusCode::kResourceExhausted
              : absl::StatusCode::kUnavailable,
      is_full ? reason::kStorageFull : reason::kStorage,
      absl::StrCat("cannot ", what, " a temporary file for the snapshot: ",
                   std::strerror(error)));
}

// Some file systems know no files without names.
int OpenNamedAndUnlink(const std::string& directory) {
  std::string path = absl::StrCat(directory, "/.spill-XXXXXX");
  const int file = mkostemp(path.data(), O_CLOEXEC);
  if (file >= 0) unlink(path.c_str());
  return file;
}

}  // namespace

absl::StatusOr<std::unique_ptr<SpillFile>> SpillFile::Create(
    const std::string& directory) {
  int file = open(directory.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  if (file < 0 && (errno == EOPNOTSUPP || errno == EISDIR)) {
    file = OpenNamedAndUnlink(directory);
  }
  if (file < 0) return SpillError(errno, "make");
  return std::unique_ptr<SpillFile>(new SpillFile(FileDescriptor(file)));
}

absl::Status SpillFile::Append(absl::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = write(file_.get(), bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return SpillError(errno, "write");
    bytes.remove_prefix(static_cast<size_t>(written));
  }
  return absl::OkStatus();
}

absl::StatusOr<size_t> SpillFile::Read(uint64_t offset,
                                       absl::Span<char> buffer) {
  for (;;) {
    const ssize_t count = pread(file_.get(), buffer.data(), buffer.size(),
                                static_cast<off_t>(offset));
    if (count >= 0) return static_cast<size_t>(count);
    if (errno != EINTR) return SpillError(errno, "read");
  }
}

}  // namespace heapd::server
