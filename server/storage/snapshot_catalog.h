#ifndef HEAPD_SERVER_STORAGE_SNAPSHOT_CATALOG_H_
#define HEAPD_SERVER_STORAGE_SNAPSHOT_CATALOG_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "server/storage/blob_store.h"
#include "server/storage/capture_budget.h"
#include "server/storage/comparison.h"
#include "server/storage/compression.h"
#include "server/storage/snapshot_filter.h"
#include "server/storage/snapshot_journal.h"
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
  std::string destination = {};  // empty for the first store
  Compression compression = Compression::kNone;
  SnapshotReduction reduction = {};
  SnapshotTrigger trigger = SnapshotTrigger::kRequested;
  std::string rule = {};
};

// One page of a list.
struct SnapshotPage {
  std::vector<SnapshotRecord> snapshots;
  std::string next_page_token;  // empty on the last page
};

struct SnapshotCatalogOptions {
  int max_running = 2;
  uint64_t min_free_bytes = uint64_t{64} << 20;
  // How long a store that could not be read rests before it is asked again:
  // this at first, twice as long each time, up to a minute.
  absl::Duration load_pause = absl::Seconds(1);
  // Counted in the journal's directory. Without a journal, or before it has
  // counts, those snapshots count that the stores have.
  CaptureLimits captures = {};
  // What the time is; a test brings its own.
  std::function<absl::Time()> now = [] { return absl::Now(); };
};

// All snapshots: those being written, those stored, and the last that failed or
// were cancelled.
//
// A stored snapshot is three blobs of one store: ID.heapsnapshot (with .zst or
// .gz behind it), ID.nodes (NodeIndexBuilder) and ID.manifest.json. The
// manifest is written last and deleted first, so a snapshot without one does
// not exist, and the catalog is what the manifests in the stores say. Ids from
// callers are looked up here and never become names.
//
// Stores that are reached over a network are read by a thread of its own, again
// and again until they could be: they may be slow, or out of reach, when the
// daemon starts. Until then their snapshots are not listed. What cannot be
// removed from them when a snapshot is given up or deleted, that thread tries
// again.
//
// Thread-safe. Its lock is a leaf of the lock order and never held while a
// store is called.
class SnapshotCatalog {
 public:
  // Reads every manifest; what is no manifest is logged and left. Then removes
  // what snapshots that the journal has, and that have no manifest, left behind
  // in their stores. There is at least one store, and no two of one name; the
  // first is where snapshots go that name none. `journal` may be null.
  static absl::StatusOr<std::unique_ptr<SnapshotCatalog>> Open(
      std::vector<std::unique_ptr<BlobStore>> stores,
      std::unique_ptr<SnapshotJournal> journal,
      const SnapshotCatalogOptions& options);
  static absl::StatusOr<std::unique_ptr<SnapshotCatalog>> Open(
      std::unique_ptr<BlobStore> store, const SnapshotCatalogOptions& options);
  // As Close(); waits for the thread.
  ~SnapshotCatalog();
  SnapshotCatalog(const SnapshotCatalog&) = delete;
  SnapshotCatalog& operator=(const SnapshotCatalog&) = delete;

  // Starts a snapshot in the state WRITING. The catalog outlives the
  // recording. RESOURCE_EXHAUSTED (SNAPSHOT_RUNNING), (SNAPSHOT_QUOTA), both
  // with the time after which it may help to ask again, or (STORAGE_FULL);
  // INVALID_ARGUMENT (INVALID_FIELD, destination); errors of the store.
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

  // Newest first; `page_size` over 0. Leaves out those of heaps for which
  // `shows` is false. INVALID_ARGUMENT (INVALID_FIELD, page_token) for a token
  // that this did not give.
  absl::StatusOr<SnapshotPage> List(
      const SnapshotFilter& filter, size_t page_size,
      absl::string_view page_token,
      absl::FunctionRef<bool(absl::string_view)> shows = [](absl::string_view) {
        return true;
      }) const ABSL_LOCKS_EXCLUDED(mu_);

  // The .heapsnapshot file. FAILED_PRECONDITION (SNAPSHOT_NOT_READY).
  absl::StatusOr<std::unique_ptr<BlobReader>> OpenSnapshot(
      const std::string& snapshot) const ABSL_LOCKS_EXCLUDED(mu_);

  // FAILED_PRECONDITION (SNAPSHOT_RUNNING) while it is written. One that is
  // being read is readable to the end in a directory, but not in an object
  // store.
  absl::Status Delete(const std::string& snapshot) ABSL_LOCKS_EXCLUDED(mu_);
  // The same for one that is READY and that nobody reads: from now on nobody
  // can. `permit` is asked then, before anything is done; what it refuses
  // stays. FAILED_PRECONDITION (SNAPSHOT_IN_USE), and it stays.
  absl::Status DeleteUnused(const std::string& snapshot,
                            absl::FunctionRef<absl::Status()> permit)
      ABSL_LOCKS_EXCLUDED(mu_);
  const SnapshotCatalogOptions& options() const { return options_; }
  // What counts against options().captures.
  CaptureBudget::Usage capture_usage() const ABSL_LOCKS_EXCLUDED(mu_) {
    const absl::MutexLock lock(&mu_);
    return budget_.UsageAt(options_.now());
  }
  // How many are being written.
  int running() const ABSL_LOCKS_EXCLUDED(mu_) {
    const absl::MutexLock lock(&mu_);
    return running_;
  }
  // Every READY snapshot, in no order.
  std::vector<SnapshotRecord> Ready() const ABSL_LOCKS_EXCLUDED(mu_);

  // Has a snapshot that is being written given up, at the wish of `by`: soon it
  // is CANCELLED, with nothing of it in its store. OK for one that is already;
  // FAILED_PRECONDITION (SNAPSHOT_DONE) when it is READY or FAILED.
  absl::Status Cancel(const std::string& snapshot, absl::string_view by)
      ABSL_LOCKS_EXCLUDED(mu_);

  // Waits for the store. FAILED_PRECONDITION (SNAPSHOT_NOT_READY);
  // INVALID_ARGUMENT (DIFFERENT_HEAPS, DIFFERENT_REDUCTIONS).
  absl::StatusOr<Comparison> Compare(const std::string& base_snapshot,
                                     const std::string& snapshot) const
      ABSL_LOCKS_EXCLUDED(mu_);

  // Waits until more snapshots than `stored` have been stored or loaded (0 at
  // first; set to how many are), the catalog is closed, or `timeout` has
  // passed.
  void AwaitStored(absl::Duration timeout, uint64_t& stored) const
      ABSL_LOCKS_EXCLUDED(mu_);

  // Waits until every store has been read and remains are removed from it;
  // false after `timeout`.
  bool AwaitLoaded(absl::Duration timeout) const ABSL_LOCKS_EXCLUDED(mu_);

  // Ends every wait and every recording, now and from now on.
  void Close() ABSL_LOCKS_EXCLUDED(mu_);
  bool closed() const ABSL_LOCKS_EXCLUDED(mu_);

 private:
  friend class SnapshotRecording;

  struct Entry {
    SnapshotRecord record;
    uint64_t version = 1;
    // While it is being written.
    std::stop_source stop{std::nostopstate};
    std::string cancelled_by = {};  // empty: nobody did
    // Whoever reads it has this too.
    std::shared_ptr<void> use = std::make_shared<char>();
    bool being_deleted = false;  // by DeleteUnused(): nobody may read it
  };

  SnapshotCatalog(std::vector<std::unique_ptr<BlobStore>> stores,
                  std::unique_ptr<SnapshotJournal> journal,
                  const SnapshotCatalogOptions& options);

  // ---- snapshot_loading.cc ----
  absl::Status LoadLocal() ABSL_LOCKS_EXCLUDED(mu_);
  // What the thread does.
  void LoadRemote() ABSL_LOCKS_EXCLUDED(mu_);
  // What a snapshot that was given up or deleted has left in a remote store, to
  // be tried again by the thread.
  void KeepLeftover(const SnapshotRecord& record) ABSL_LOCKS_EXCLUDED(mu_);
  // Whether nothing is to be tried again.
  bool RemoveLeftovers() ABSL_LOCKS_EXCLUDED(mu_);
  // Removes remains and reads the manifests of one store.
  absl::Status LoadStore(BlobStore& store) ABSL_LOCKS_EXCLUDED(mu_);
  absl::Status RemoveRemains(BlobStore& store, const JournalEntry& entry);
  absl::Status Load(const BlobStore& store) ABSL_LOCKS_EXCLUDED(mu_);
  absl::StatusOr<SnapshotRecord> LoadManifest(
      const BlobStore& store, const std::string& snapshot) const;

  // Counts what began earlier, from the journal or the stores.
  void LoadBudget() ABSL_LOCKS_EXCLUDED(mu_);

  // ---- For recordings ----
  // The journal's notes.
  absl::Status NoteBegin(const SnapshotRecord& record);
  void NoteEnd(const std::string& snapshot);
  absl::Time Now() const { return options_.now(); }
  // Makes durable what has been counted, where there is a journal.
  absl::Status SaveBudget() ABSL_LOCKS_EXCLUDED(mu_);
  // A snapshot came to nothing before anything was done for it.
  void TakeBackCapture() ABSL_LOCKS_EXCLUDED(mu_);
  absl::Status CheckBudget() const ABSL_LOCKS_EXCLUDED(mu_);
  // Leaves nothing of a snapshot in its store.
  absl::Status DiscardBlobs(BlobStore& store, const std::string& snapshot,
                            Compression compression) const;
  absl::Status CheckFreeBytes(const BlobStore& store) const;

  // The store of that name; empty for the first.
  absl::StatusOr<BlobStore*> FindStore(absl::string_view name) const;
  // The store of a snapshot that is here.
  BlobStore& StoreOf(const SnapshotRecord& record) const;
  // Adds the record of a new snapshot and counts it as running. What tells it
  // to give up.
  absl::StatusOr<std::stop_token> Register(const SnapshotRecord& record)
      ABSL_LOCKS_EXCLUDED(mu_);
  // How long the next that runs takes to its end, about.
  absl::Duration NextEnd() const ABSL_SHARED_LOCKS_REQUIRED(mu_);
  // Who cancelled it; empty if nobody did.
  std::string CancelledBy(const std::string& snapshot) const
      ABSL_LOCKS_EXCLUDED(mu_);
  // Takes over what a recording knows now.
  void Publish(const SnapshotRecord& record) ABSL_LOCKS_EXCLUDED(mu_);
  void ForgetOldFailures() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  // One that is READY, and that DeleteUnused() leaves alone while this exists.
  struct UsedSnapshot {
    SnapshotRecord record;
    std::shared_ptr<void> use;
  };
  absl::StatusOr<UsedSnapshot> Use(const std::string& snapshot) const
      ABSL_LOCKS_EXCLUDED(mu_);
  // Of one that is READY.
  absl::Status DeleteBlobs(const SnapshotRecord& record)
      ABSL_LOCKS_EXCLUDED(mu_);
  absl::StatusOr<std::unique_ptr<NodeIndexReader>> OpenIndex(
      const SnapshotRecord& record) const;

  const SnapshotCatalogOptions options_;
  const std::vector<std::unique_ptr<BlobStore>> stores_;
  const std::unique_ptr<SnapshotJournal> journal_;  // null: there is none
  // What the journal had at the start; each entry is its store's loader's.
  std::vector<JournalEntry> remains_;
  mutable absl::Mutex mu_;
  std::map<std::string, Entry> entries_ ABSL_GUARDED_BY(mu_);
  int running_ ABSL_GUARDED_BY(mu_) = 0;
  uint64_t stored_ ABSL_GUARDED_BY(mu_) = 0;  // and loaded, since the start
  CaptureBudget budget_ ABSL_GUARDED_BY(mu_);
  // Whether what is loaded was not counted before.
  bool counts_loaded_ ABSL_GUARDED_BY(mu_) = true;
  bool saving_budget_ ABSL_GUARDED_BY(mu_) = false;  // somebody is
  size_t stores_to_load_ ABSL_GUARDED_BY(mu_);
  std::vector<SnapshotRecord> leftovers_ ABSL_GUARDED_BY(mu_);
  bool closed_ ABSL_GUARDED_BY(mu_) = false;
  std::thread loader_;
};

// NOT_FOUND (SNAPSHOT_NOT_FOUND), as the catalog answers.
absl::Status SnapshotNotFound(const std::string& snapshot);
// FAILED_PRECONDITION (SNAPSHOT_DONE) for one that is READY or FAILED.
absl::Status SnapshotDone(const SnapshotRecord& record);

}  // namespace heapd::server

#endif  // HEAPD_SERVER_STORAGE_SNAPSHOT_CATALOG_H_
