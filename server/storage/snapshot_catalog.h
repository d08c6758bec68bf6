#ifndef HEAPD_SERVER_STORAGE_SNAPSHOT_CATALOG_H_
#define HEAPD_SERVER_STORAGE_SNAPSHOT_CATALOG_H_

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "server/storage/blob_store.h"
#include "server/storage/comparison.h"
#include "server/storage/snapshot_record.h"

namespace heapd::server {

class SnapshotRecording;

// What a snapshot is asked for with.
struct SnapshotOrder {
  std::string heap;           // a valid heap id
  std::string heap_instance;  // see SnapshotRecord
  std::string label;          // UTF-8
  std::string requested_by;
  bool include_strings = false;
};

// One page of a list.
struct SnapshotPage {
  std::vector<SnapshotRecord> snapshots;
  std::string next_page_token;  // empty on the last page
};

struct SnapshotCatalogOptions {
  int max_running = 2;
  uint64_t min_free_bytes = uint64_t{64} << 20;
};

// All snapshots: those being written, those stored, and the last that failed.
//
// A stored snapshot is three blobs: ID.heapsnapshot, ID.nodes
// (NodeIndexBuilder) and ID.manifest.json. The manifest is written last and
// deleted first, so a snapshot without one does not exist, and the catalog is
// what the manifests in the store say. Ids from callers are looked up here and
// never become names.
//
// Thread-safe. Its lock is a leaf of the lock order and never held while the
// store is called.
class SnapshotCatalog {
 public:
  // Reads every manifest of `store`; what is no manifest is logged and left.
  static absl::StatusOr<std::unique_ptr<SnapshotCatalog>> Open(
      std::unique_ptr<BlobStore> store, const SnapshotCatalogOptions& options);
  SnapshotCatalog(const SnapshotCatalog&) = delete;
  SnapshotCatalog& operator=(const SnapshotCatalog&) = delete;

  // Starts a snapshot in the state WRITING. The catalog outlives the
  // recording. RESOURCE_EXHAUSTED (SNAPSHOT_RUNNING), (STORAGE_FULL); errors
  // of the store.
  absl::StatusOr<std::unique_ptr<SnapshotRecording>> Begin(
      const SnapshotOrder& order) ABSL_LOCKS_EXCLUDED(mu_);

  // NOT_FOUND (SNAPSHOT_NOT_FOUND).
  absl::StatusOr<SnapshotRecord> Get(const std::string& snapshot) const
      ABSL_LOCKS_EXCLUDED(mu_);

  // Waits until the snapshot has changed after `version` (0 at first; set to
  // what is returned), it is deleted, the catalog is closed, or `timeout` has
  // passed. NOT_FOUND as Get().
  absl::StatusOr<SnapshotRecord> AwaitChange(const std::string& snapshot,
                                             absl::Duration timeout,
                                             uint64_t& version) const
      ABSL_LOCKS_EXCLUDED(mu_);

  // Newest first; `heap` empty for all; `page_size` over 0. Leaves out those of
  // heaps for which `shows` is false. INVALID_ARGUMENT (INVALID_FIELD,
  // page_token) for a token that this did not give.
  absl::StatusOr<SnapshotPage> List(
      absl::string_view heap, size_t page_size, absl::string_view page_token,
      absl::FunctionRef<bool(absl::string_view)> shows =
          [](absl::string_view) { return true; }) const
      ABSL_LOCKS_EXCLUDED(mu_);

  // The .heapsnapshot file. FAILED_PRECONDITION (SNAPSHOT_NOT_READY).
  absl::StatusOr<std::unique_ptr<BlobReader>> OpenSnapshot(
      const std::string& snapshot) const ABSL_LOCKS_EXCLUDED(mu_);

  // FAILED_PRECONDITION (SNAPSHOT_RUNNING) while it is written.
  absl::Status Delete(const std::string& snapshot) ABSL_LOCKS_EXCLUDED(mu_);

  // Waits for the store. FAILED_PRECONDITION (SNAPSHOT_NOT_READY);
  // INVALID_ARGUMENT (DIFFERENT_HEAPS).
  absl::StatusOr<std::vector<ComparisonRow>> Compare(
      const std::string& base_snapshot, const std::string& snapshot) const
      ABSL_LOCKS_EXCLUDED(mu_);

  // Ends every wait, now and from now on.
  void Close() ABSL_LOCKS_EXCLUDED(mu_);
  bool closed() const ABSL_LOCKS_EXCLUDED(mu_);

 private:
  friend class SnapshotRecording;

  struct Entry {
    SnapshotRecord record;
    uint64_t version = 1;
  };

  SnapshotCatalog(std::unique_ptr<BlobStore> store,
                  const SnapshotCatalogOptions& options)
      : options_(options), store_(std::move(store)) {}

  absl::Status Load() ABSL_LOCKS_EXCLUDED(mu_);
  absl::StatusOr<SnapshotRecord> LoadManifest(
      const std::string& snapshot) const;
  absl::Status CheckFreeBytes() const;
  // Adds the record of a new snapshot and counts it as running.
  absl::Status Register(const SnapshotRecord& record) ABSL_LOCKS_EXCLUDED(mu_);
  // Takes over what a recording knows now.
  void Publish(const SnapshotRecord& record) ABSL_LOCKS_EXCLUDED(mu_);
  void ForgetOldFailures() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  absl::StatusOr<SnapshotRecord> GetReady(const std::string& snapshot) const
      ABSL_LOCKS_EXCLUDED(mu_);
  absl::StatusOr<std::unique_ptr<NodeIndexReader>> OpenIndex(
      const std::string& snapshot) const;

  const SnapshotCatalogOptions options_;
  const std::unique_ptr<BlobStore> store_;
  mutable absl::Mutex mu_;
  std::map<std::string, Entry> entries_ ABSL_GUARDED_BY(mu_);
  int running_ ABSL_GUARDED_BY(mu_) = 0;
  bool closed_ ABSL_GUARDED_BY(mu_) = false;
};

// NOT_FOUND (SNAPSHOT_NOT_FOUND), as the catalog answers.
absl::Status SnapshotNotFound(const std::string& snapshot);

}  // namespace heapd::server

#endif  // HEAPD_SERVER_STORAGE_SNAPSHOT_CATALOG_H_
