#ifndef HEAPD_SERVER_STORAGE_SNAPSHOT_JOURNAL_H_
#define HEAPD_SERVER_STORAGE_SNAPSHOT_JOURNAL_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "server/storage/compression.h"
#include "server/storage/local_directory.h"

namespace heapd::server {

// A snapshot that is being written.
struct JournalEntry {
  std::string snapshot;  // the id
  std::string destination;
  Compression compression = Compression::kNone;
};

// Notes in a local directory which snapshots are being written, before the
// first byte goes out and until they are stored or removed. After SIGKILL the
// next process finds there what to remove: an object store keeps, and charges
// for, parts of uploads that nobody completes. Keeps, too, how many snapshots
// were taken. Thread-safe.
class SnapshotJournal {
 public:
  // Makes the directory if it is missing and takes it for this process alone.
  static absl::StatusOr<std::unique_ptr<SnapshotJournal>> Open(
      const std::string& directory);

  // Durable when it returns.
  absl::Status Add(const JournalEntry& entry);
  absl::Status Remove(absl::string_view snapshot);
  // What a CaptureBudget has counted; replaces what was there, and is durable
  // when it returns. One caller at a time.
  absl::Status WriteBudget(absl::string_view text);
  // NOT_FOUND if nothing was written yet.
  absl::StatusOr<std::string> ReadBudget() const;
  // All of them; what cannot be read is logged and left.
  absl::StatusOr<std::vector<JournalEntry>> Entries() const;

 private:
  explicit SnapshotJournal(std::unique_ptr<LocalDirectory> files)
      : files_(std::move(files)) {}

  absl::StatusOr<JournalEntry> Read(const std::string& file) const;

  const std::unique_ptr<LocalDirectory> files_;
};

}  // namespace heapd::server

#endif  // HEAPD_SERVER_STORAGE_SNAPSHOT_JOURNAL_H_
