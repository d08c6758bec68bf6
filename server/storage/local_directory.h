#ifndef HEAPD_SERVER_STORAGE_LOCAL_DIRECTORY_H_
#define HEAPD_SERVER_STORAGE_LOCAL_DIRECTORY_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "server/storage/blob_store.h"
#include "server/storage/file_descriptor.h"

namespace heapd::server {

// Blobs as files of one directory, mode 0600.
//
// Everything happens below a descriptor of the directory and follows no
// symbolic link, so that neither a name nor a planted link leads out of it. A
// blob is written to ".NAME.tmp", which is no blob's name, then flushed,
// renamed and the directory flushed. Thread-safe.
class LocalDirectory final : public BlobStore {
 public:
  // Opens `path`, making it with mode 0700 if it is missing (its parent must
  // be there), takes it for this process alone and removes what unfinished
  // writes of an earlier one left. `key` is what errors say was configured.
  static absl::StatusOr<std::unique_ptr<LocalDirectory>> OpenDirectory(
      const std::string& path, absl::string_view name = "local",
      absl::string_view key = "snapshots.directory");

  absl::string_view name() const override { return name_; }
  using BlobStore::Create;
  absl::StatusOr<std::unique_ptr<BlobWriter>> Create(
      absl::string_view name, std::stop_token stop) override;
  // A small blob that is there may become another one, whole: after a crash it
  // is the former or the latter. REQUIRES: nobody else writes it.
  absl::Status Replace(absl::string_view name, absl::string_view data);
  absl::StatusOr<std::unique_ptr<BlobReader>> Open(
      absl::string_view name) const override;
  absl::Status Delete(absl::string_view name) override;
  absl::Status Discard(absl::string_view name) override;
  absl::StatusOr<std::vector<std::string>> List() const override;
  absl::StatusOr<uint64_t> FreeBytes() const override;

 private:
  LocalDirectory(absl::string_view name, FileDescriptor directory)
      : name_(name), directory_(std::move(directory)) {}

  // Names of all entries that are no directories, "." and ".." left out.
  absl::StatusOr<std::vector<std::string>> Entries() const;
  absl::Status RemoveLeftovers();
  absl::StatusOr<FileDescriptor> MakeTemporary(absl::string_view name) const;

  const std::string name_;
  const FileDescriptor directory_;
};

}  // namespace heapd::server

#endif  // HEAPD_SERVER_STORAGE_LOCAL_DIRECTORY_H_
