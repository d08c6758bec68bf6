#include "server/storage/state_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "heap/base/check.h"
#include "heap/base/status_macros.h"
#include "server/storage/blob_store.h"
#include "server/storage/file_descriptor.h"

namespace heapd::server {
namespace {

absl::Status Failed(absl::string_view what, absl::string_view name) {
  return absl::UnavailableError(
      absl::StrCat("cannot ", what, " ", name, ": ", std::strerror(errno)));
}

absl::StatusOr<FileDescriptor> OpenDirectory(const std::string& directory,
                                             absl::string_view name) {
  FileDescriptor opened(
      open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!opened.valid()) return Failed("open the directory of", name);
  return opened;
}

absl::Status WriteAll(int file, absl::string_view content,
                      absl::string_view name) {
  while (!content.empty()) {
    const ssize_t written = write(file, content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return Failed("write", name);
    content.remove_prefix(static_cast<size_t>(written));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status WriteStateFile(const std::string& directory,
                            absl::string_view name, absl::string_view content) {
  HEAPD_CHECK(IsBlobName(name));
  HEAPD_ASSIGN_OR_RETURN(const FileDescriptor folder,
                         OpenDirectory(directory, name));
  // As LocalDirectory names what is being written.
  const std::string temporary = absl::StrCat(".", name, ".tmp");
  unlinkat(folder.get(), temporary.c_str(), 0);
  const FileDescriptor file(
      openat(folder.get(), temporary.c_str(),
             O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!file.valid()) return Failed("create", name);
  HEAPD_RETURN_IF_ERROR(WriteAll(file.get(), content, name));
  if (fsync(file.get()) != 0) return Failed("flush", name);
  if (renameat(folder.get(), temporary.c_str(), folder.get(),
               std::string(name).c_str()) != 0) {
    return Failed("rename", name);
  }
  if (fsync(folder.get()) != 0) return Failed("flush", name);
  return absl::OkStatus();
}

absl::StatusOr<std::string> ReadStateFile(const std::string& directory,
                                          absl::string_view name,
                                          size_t max_bytes) {
  HEAPD_CHECK(IsBlobName(name));
  HEAPD_ASSIGN_OR_RETURN(const FileDescriptor folder,
                         OpenDirectory(directory, name));
  const FileDescriptor file(
      openat(folder.get(), std::string(name).c_str(),
             O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (!file.valid() && errno == ENOENT) {
    return absl::NotFoundError(absl::StrCat("there is no ", name));
  }
  if (!file.valid()) return Failed("open", name);
  struct stat attributes;
  if (fstat(file.get(), &attributes) != 0) return Failed("read", name);
  if (!S_ISREG(attributes.st_mode)) {
    return absl::InvalidArgumentError(absl::StrCat(name, " is no file"));
  }
  std::string content(max_bytes + 1, '\0');
  size_t filled = 0;
  while (filled < content.size()) {
    const ssize_t count =
        read(file.get(), content.data() + filled, content.size() - filled);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return Failed("read", name);
    if (count == 0) break;
    filled += static_cast<size_t>(count);
  }
  if (filled > max_bytes) {
    return absl::InvalidArgumentError(
        absl::StrCat(name, " has over ", max_bytes, " bytes"));
  }
  content.resize(filled);
  return content;
}

}  // namespace heapd::server
