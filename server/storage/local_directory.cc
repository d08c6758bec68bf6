#include "server/storage/local_directory.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "heap/base/error.h"
#include "heap/base/status_macros.h"
#include "server/base/reasons.h"

namespace heapd::server {
namespace {

// What `error` (an errno) means for whoever wanted `what` done to a blob.
absl::Status StorageError(int error, absl::string_view what,
                          absl::string_view name) {
  const std::string message =
      absl::StrCat("cannot ", what, " '", name, "': ", std::strerror(error));
  switch (error) {
    case ENOENT:
      return absl::NotFoundError(message);
    case EEXIST:
      return absl::AlreadyExistsError(message);
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
      return MakeError(absl::StatusCode::kResourceExhausted,
                       reason::kStorageFull, message);
    default:
      return MakeError(absl::StatusCode::kUnavailable, reason::kStorage,
                       message);
  }
}

absl::Status CheckName(absl::string_view name) {
  if (IsBlobName(name)) return absl::OkStatus();
  return absl::InvalidArgumentError("not a name of a stored file");
}

std::string TemporaryName(absl::string_view name) {
  return absl::StrCat(".", name, ".tmp");
}

bool IsTemporaryName(absl::string_view entry) {
  return absl::StartsWith(entry, ".") && absl::EndsWith(entry, ".tmp") &&
         entry.size() > 5 && IsBlobName(entry.substr(1, entry.size() - 5));
}

// What Commit() does with a blob of the same name.
enum class Existing { kKeep, kReplace };

class FileWriter final : public BlobWriter {
 public:
  FileWriter(int directory, absl::string_view name, FileDescriptor file,
             Existing existing, std::stop_token stop)
      : directory_(directory),
        name_(name),
        file_(std::move(file)),
        existing_(existing),
        stop_(std::move(stop)) {}

  ~FileWriter() override {
    if (!committed_) unlinkat(directory_, TemporaryName(name_).c_str(), 0);
  }

  absl::Status Append(absl::string_view data) override {
    while (!data.empty()) {
      if (stop_.stop_requested()) return GivenUp();
      const ssize_t written = write(file_.get(), data.data(), data.size());
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) return StorageError(errno, "write", name_);
      data.remove_prefix(static_cast<size_t>(written));
    }
    return absl::OkStatus();
  }

  absl::Status Commit() override {
    if (stop_.stop_requested()) return GivenUp();
    if (fsync(file_.get()) != 0) return StorageError(errno, "flush", name_);
    if (Rename() != 0) return StorageError(errno, "rename", name_);
    committed_ = true;
    if (fsync(directory_) != 0) return StorageError(errno, "flush", name_);
    return absl::OkStatus();
  }

 private:
  static absl::Status GivenUp() { return absl::CancelledError("given up"); }

  int Rename() const {
    const std::string temporary = TemporaryName(name_);
    if (existing_ == Existing::kReplace) {
      return renameat(directory_, temporary.c_str(), directory_, name_.c_str());
    }
    const int result = renameat2(directory_, temporary.c_str(), directory_,
                                 name_.c_str(), RENAME_NOREPLACE);
    // Some file systems know no such rename. Create() looked already, and this
    // process has the directory for itself.
    if (result != 0 && errno == EINVAL) {
      return renameat(directory_, temporary.c_str(), directory_, name_.c_str());
    }
    return result;
  }

  const int directory_;  // the store's; it outlives its writers
  const std::string name_;
  const FileDescriptor file_;
  const Existing existing_;
  const std::stop_token stop_;
  bool committed_ = false;
};

class FileReader final : public BlobReader {
 public:
  FileReader(absl::string_view name, FileDescriptor file, uint64_t size_bytes)
      : name_(name), file_(std::move(file)), size_bytes_(size_bytes) {}

  uint64_t size_bytes() const override { return size_bytes_; }

  absl::StatusOr<size_t> Read(uint64_t offset,
                              absl::Span<char> buffer) const override {
    size_t filled = 0;
    while (filled < buffer.size() && offset + filled < size_bytes_) {
      const ssize_t count =
          pread(file_.get(), buffer.data() + filled, buffer.size() - filled,
                static_cast<off_t>(offset + filled));
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) return StorageError(errno, "read", name_);
      if (count == 0) break;
      filled += static_cast<size_t>(count);
    }
    return filled;
  }

 private:
  const std::string name_;
  const FileDescriptor file_;
  const uint64_t size_bytes_;
};

absl::Status CannotUse(absl::string_view key, const std::string& path,
                       absl::string_view why) {
  return absl::FailedPreconditionError(
      absl::StrCat(key, ": cannot use ", path, ": ", why));
}

}  // namespace

absl::StatusOr<std::unique_ptr<LocalDirectory>> LocalDirectory::OpenDirectory(
    const std::string& path, absl::string_view name, absl::string_view key) {
  if (mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) {
    return CannotUse(key, path, std::strerror(errno));
  }
  FileDescriptor directory(
      open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory.valid()) return CannotUse(key, path, std::strerror(errno));
  if (faccessat(directory.get(), ".", W_OK | X_OK, AT_EACCESS) != 0) {
    return CannotUse(key, path, std::strerror(errno));
  }
  if (flock(directory.get(), LOCK_EX | LOCK_NB) != 0) {
    return CannotUse(
        key, path,
        errno == EWOULDBLOCK ? "another heapd uses it" : std::strerror(errno));
  }
  std::unique_ptr<LocalDirectory> store(
      new LocalDirectory(name, std::move(directory)));
  HEAPD_RETURN_IF_ERROR(store->RemoveLeftovers());
  return store;
}

absl::StatusOr<std::vector<std::string>> LocalDirectory::Entries() const {
  // A descriptor of its own: closedir() closes it, and reading moves it.
  const int descriptor =
      openat(directory_.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return StorageError(errno, "list", ".");
  const std::unique_ptr<DIR, int (*)(DIR*)> list(fdopendir(descriptor),
                                                 &closedir);
  std::vector<std::string> names;
  errno = 0;
  while (const dirent* entry = readdir(list.get())) {
    const absl::string_view name = entry->d_name;
    if (entry->d_type != DT_DIR && name != "." && name != "..") {
      names.emplace_back(name);
    }
    errno = 0;
  }
  if (errno != 0) return StorageError(errno, "list", ".");
  std::sort(names.begin(), names.end());
  return names;
}

absl::Status LocalDirectory::RemoveLeftovers() {
  HEAPD_ASSIGN_OR_RETURN(const std::vector<std::string> names, Entries());
  for (const std::string& name : names) {
    if (IsTemporaryName(name) &&
        unlinkat(directory_.get(), name.c_str(), 0) != 0) {
      return StorageError(errno, "remove", name);
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<BlobWriter>> LocalDirectory::Create(
    absl::string_view name, std::stop_token stop) {
  HEAPD_RETURN_IF_ERROR(CheckName(name));
  struct stat attributes;
  if (fstatat(directory_.get(), std::string(name).c_str(), &attributes,
              AT_SYMLINK_NOFOLLOW) == 0) {
    return StorageError(EEXIST, "create", name);
  }
  HEAPD_ASSIGN_OR_RETURN(FileDescriptor file, MakeTemporary(name));
  return std::make_unique<FileWriter>(directory_.get(), name, std::move(file),
                                      Existing::kKeep, std::move(stop));
}

absl::StatusOr<FileDescriptor> LocalDirectory::MakeTemporary(
    absl::string_view name) const {
  FileDescriptor file(
      openat(directory_.get(), TemporaryName(name).c_str(),
             O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!file.valid()) return StorageError(errno, "create", name);
  return file;
}

absl::Status LocalDirectory::Replace(absl::string_view name,
                                     absl::string_view data) {
  HEAPD_RETURN_IF_ERROR(CheckName(name));
  HEAPD_ASSIGN_OR_RETURN(FileDescriptor file, MakeTemporary(name));
  FileWriter writer(directory_.get(), name, std::move(file), Existing::kReplace,
                    std::stop_token());
  HEAPD_RETURN_IF_ERROR(writer.Append(data));
  return writer.Commit();
}

absl::StatusOr<std::unique_ptr<BlobReader>> LocalDirectory::Open(
    absl::string_view name) const {
  HEAPD_RETURN_IF_ERROR(CheckName(name));
  // O_NONBLOCK: a planted pipe must not stop us.
  FileDescriptor file(openat(directory_.get(), std::string(name).c_str(),
                             O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (!file.valid()) return StorageError(errno, "open", name);
  struct stat attributes;
  if (fstat(file.get(), &attributes) != 0) {
    return StorageError(errno, "open", name);
  }
  if (!S_ISREG(attributes.st_mode)) return StorageError(EINVAL, "open", name);
  return std::make_unique<FileReader>(
      name, std::move(file), static_cast<uint64_t>(attributes.st_size));
}

absl::Status LocalDirectory::Delete(absl::string_view name) {
  HEAPD_RETURN_IF_ERROR(CheckName(name));
  if (unlinkat(directory_.get(), std::string(name).c_str(), 0) != 0) {
    return StorageError(errno, "delete", name);
  }
  return absl::OkStatus();
}

absl::Status LocalDirectory::Discard(absl::string_view name) {
  HEAPD_RETURN_IF_ERROR(CheckName(name));
  for (const std::string& entry : {TemporaryName(name), std::string(name)}) {
    if (unlinkat(directory_.get(), entry.c_str(), 0) != 0 && errno != ENOENT) {
      return StorageError(errno, "delete", name);
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<std::string>> LocalDirectory::List() const {
  HEAPD_ASSIGN_OR_RETURN(std::vector<std::string> names, Entries());
  const auto end =
      std::remove_if(names.begin(), names.end(),
                     [](const std::string& name) { return !IsBlobName(name); });
  names.erase(end, names.end());
  return names;
}

absl::StatusOr<uint64_t> LocalDirectory::FreeBytes() const {
  struct statvfs attributes;
  if (fstatvfs(directory_.get(), &attributes) != 0) {
    return StorageError(errno, "measure", ".");
  }
  return uint64_t{attributes.f_bavail} * attributes.f_frsize;
}

}  // namespace heapd::server
