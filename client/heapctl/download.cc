#include "client/heapctl/download.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "client/heapd/status_macros.h"

namespace heapd::heapctl {
namespace {

// A new file that is removed again unless it is kept.
class PartialFile {
 public:
  static absl::StatusOr<PartialFile> Create(const std::string& target) {
    std::string path = absl::StrCat(target, ".XXXXXX");
    const int file_descriptor = mkostemp(path.data(), O_CLOEXEC);
    if (file_descriptor < 0) {
      return absl::ErrnoToStatus(errno, absl::StrCat("creating ", target));
    }
    return PartialFile(std::move(path), file_descriptor);
  }

  ~PartialFile() {
    if (file_descriptor_ >= 0) close(file_descriptor_);
    if (!path_.empty()) unlink(path_.c_str());
  }
  PartialFile(PartialFile&& other) noexcept
      : path_(std::exchange(other.path_, "")),
        file_descriptor_(std::exchange(other.file_descriptor_, -1)) {}
  PartialFile(const PartialFile&) = delete;
  PartialFile& operator=(const PartialFile&) = delete;

  int file_descriptor() const { return file_descriptor_; }

  absl::Status KeepAs(const std::string& target) {
    if (close(std::exchange(file_descriptor_, -1)) != 0 ||
        rename(path_.c_str(), target.c_str()) != 0) {
      return absl::ErrnoToStatus(errno, absl::StrCat("writing ", target));
    }
    path_.clear();
    return absl::OkStatus();
  }

 private:
  PartialFile(std::string path, int file_descriptor)
      : path_(std::move(path)), file_descriptor_(file_descriptor) {}

  std::string path_;
  int file_descriptor_;
};

const char* Ending(v1::SnapshotCompression compression) {
  switch (compression) {
    case v1::SNAPSHOT_COMPRESSION_ZSTD:
      return ".zst";
    case v1::SNAPSHOT_COMPRESSION_GZIP:
      return ".gz";
    default:
      return "";
  }
}

// The id comes from outside; as a name it must stay in this directory.
absl::StatusOr<std::string> DefaultFile(client::SnapshotClient& client,
                                        const std::string& snapshot) {
  if (snapshot.empty() || snapshot.front() == '.' ||
      snapshot.find('/') != std::string::npos) {
    return absl::InvalidArgumentError(
        absl::StrCat("give --file: '", snapshot, "' is no name for a file"));
  }
  HEAPD_CLIENT_ASSIGN_OR_RETURN(const v1::Snapshot described,
                                client.Get(snapshot));
  return absl::StrCat(snapshot, ".heapsnapshot",
                      Ending(described.compression()));
}

}  // namespace

absl::StatusOr<std::string> DownloadSnapshot(const GlobalOptions& global,
                                             client::SnapshotClient& client,
                                             const std::string& snapshot,
                                             const std::string& file,
                                             absl::Duration timeout) {
  if (file == "-") {
    HEAPD_CLIENT_RETURN_IF_ERROR(
        client.DownloadTo(snapshot, timeout, *global.out));
    return file;
  }
  std::string target = file;
  if (target.empty()) {
    HEAPD_CLIENT_ASSIGN_OR_RETURN(target, DefaultFile(client, snapshot));
  }
  HEAPD_CLIENT_ASSIGN_OR_RETURN(PartialFile partial,
                                PartialFile::Create(target));
  HEAPD_CLIENT_RETURN_IF_ERROR(
      client.DownloadTo(snapshot, timeout, partial.file_descriptor()));
  HEAPD_CLIENT_RETURN_IF_ERROR(partial.KeepAs(target));
  return target;
}

}  // namespace heapd::heapctl
