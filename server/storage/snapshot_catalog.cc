#include "server/storage/snapshot_catalog.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "heap/base/check.h"
#include "heap/base/error.h"
#include "heap/base/status_macros.h"
#include "server/base/reasons.h"
#include "server/base/retry_delay.h"
#include "server/ops/logging.h"
#include "server/storage/snapshot_files.h"
#include "server/storage/snapshot_recording.h"

namespace heapd::server {
namespace {

constexpr size_t kKeptFailures = 100;

// What is said of a snapshot that says nothing of its end.
constexpr absl::Duration kUnknownEnd = absl::Seconds(1);

// What a reader reads is in use until it has gone.
class UsedReader final : public BlobReader {
 public:
  UsedReader(std::unique_ptr<BlobReader> reader, std::shared_ptr<void> use)
      : use_(std::move(use)), reader_(std::move(reader)) {}

  uint64_t size_bytes() const override { return reader_->size_bytes(); }
  absl::StatusOr<size_t> Read(uint64_t offset,
                              absl::Span<char> buffer) const override {
    return reader_->Read(offset, buffer);
  }

 private:
  const std::shared_ptr<void> use_;
  const std::unique_ptr<BlobReader> reader_;
};

}  // namespace

absl::Status SnapshotNotFound(const std::string& snapshot) {
  return MakeError(absl::StatusCode::kNotFound, reason::kSnapshotNotFound,
                   absl::StrCat("no snapshot '", snapshot, "'"));
}

absl::Status SnapshotDone(const SnapshotRecord& record) {
  return MakeError(absl::StatusCode::kFailedPrecondition, reason::kSnapshotDone,
                   absl::StrCat("snapshot '", record.snapshot,
                                record.state == SnapshotState::kReady
                                    ? "' is stored already"
                                    : "' has failed already"));
}

SnapshotCatalog::SnapshotCatalog(std::vector<std::unique_ptr<BlobStore>> stores,
                                 std::unique_ptr<SnapshotJournal> journal,
                                 const SnapshotCatalogOptions& options)
    : options_(options),
      stores_(std::move(stores)),
      journal_(std::move(journal)),
      budget_(options.captures),
      stores_to_load_(stores_.size()) {
  HEAPD_CHECK(!stores_.empty());
}

SnapshotCatalog::~SnapshotCatalog() {
  Close();
  if (loader_.joinable()) loader_.join();
}

absl::StatusOr<std::unique_ptr<SnapshotCatalog>> SnapshotCatalog::Open(
    std::unique_ptr<BlobStore> store, const SnapshotCatalogOptions& options) {
  std::vector<std::unique_ptr<BlobStore>> stores;
  stores.push_back(std::move(store));
  return Open(std::move(stores), nullptr, options);
}

absl::Status SnapshotCatalog::CheckFreeBytes(const BlobStore& store) const {
  HEAPD_ASSIGN_OR_RETURN(const uint64_t free_bytes, store.FreeBytes());
  if (free_bytes >= options_.min_free_bytes) return absl::OkStatus();
  return MakeError(absl::StatusCode::kResourceExhausted, reason::kStorageFull,
                   absl::StrCat("the snapshot storage has ", free_bytes,
                                " bytes free, below the floor of ",
                                options_.min_free_bytes));
}

absl::StatusOr<BlobStore*> SnapshotCatalog::FindStore(
    absl::string_view name) const {
  if (name.empty()) return stores_.front().get();
  std::vector<absl::string_view> known;
  for (const std::unique_ptr<BlobStore>& store : stores_) {
    if (store->name() == name) return store.get();
    known.push_back(store->name());
  }
  return InvalidField("destination",
                      absl::StrCat("is none that is configured; there are: ",
                                   absl::StrJoin(known, ", ")));
}

BlobStore& SnapshotCatalog::StoreOf(const SnapshotRecord& record) const {
  const absl::StatusOr<BlobStore*> store = FindStore(record.storage);
  HEAPD_CHECK(store.ok());
  return **store;
}

absl::Status SnapshotCatalog::NoteBegin(const SnapshotRecord& record) {
  if (journal_ == nullptr) return absl::OkStatus();
  return journal_->Add({record.snapshot, record.storage, record.compression});
}

absl::Status SnapshotCatalog::SaveBudget() {
  if (journal_ == nullptr || !options_.captures.any()) return absl::OkStatus();
  std::string text;
  {
    absl::MutexLock lock(&mu_);
    const auto nobody_saves = [this]() ABSL_SHARED_LOCKS_REQUIRED(mu_) {
      return !saving_budget_;
    };
    mu_.Await(absl::Condition(&nobody_saves));
    saving_budget_ = true;
    text = budget_.Write();
  }
  const absl::Status saved = journal_->WriteBudget(text);
  absl::MutexLock lock(&mu_);
  saving_budget_ = false;
  return saved;
}

void SnapshotCatalog::TakeBackCapture() {
  absl::MutexLock lock(&mu_);
  budget_.TakeBack();
}

absl::Status SnapshotCatalog::CheckBudget() const {
  absl::MutexLock lock(&mu_);
  return budget_.CheckBytes(options_.now());
}

void SnapshotCatalog::NoteEnd(const std::string& snapshot) {
  if (journal_ == nullptr) return;
  const absl::Status removed = journal_->Remove(snapshot);
  // The next start looks at it once more, and finds nothing to do.
  if (!removed.ok() && !absl::IsNotFound(removed)) {
    LogWarning("journal_entry_left",
               {{"snapshot", snapshot}, {"error", removed}});
  }
}

absl::Status SnapshotCatalog::DiscardBlobs(BlobStore& store,
                                           const std::string& snapshot,
                                           Compression compression) const {
  for (const std::string& name : {absl::StrCat(snapshot, kManifestEnding),
                                  SnapshotFile(snapshot, compression),
                                  absl::StrCat(snapshot, kIndexEnding)}) {
    HEAPD_RETURN_IF_ERROR(store.Discard(name));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<SnapshotRecording>> SnapshotCatalog::Begin(
    const SnapshotOrder& order) {
  HEAPD_ASSIGN_OR_RETURN(BlobStore* const store, FindStore(order.destination));
  HEAPD_RETURN_IF_ERROR(CheckFreeBytes(*store));
  SnapshotRecord record;
  record.create_time = options_.now();
  record.snapshot = NewSnapshotId(order.heap, record.create_time);
  record.heap = order.heap;
  record.heap_instance = order.heap_instance;
  record.label = order.label;
  record.requested_by = order.requested_by;
  record.includes_strings = order.include_strings;
  record.storage = std::string(store->name());
  record.compression = order.compression;
  record.reduction = order.reduction;
  record.trigger = order.trigger;
  record.rule = order.rule;
  record.phase = SnapshotPhase::kMarking;
  HEAPD_ASSIGN_OR_RETURN(std::stop_token stop, Register(record));
  // From here on its destructor takes the record out of WRITING.
  std::unique_ptr<SnapshotRecording> recording(
      new SnapshotRecording(this, store, record, std::move(stop)));
  const absl::Status opened = recording->Open();
  if (opened.ok()) return recording;
  // Nothing was done that the budget is for.
  TakeBackCapture();
  recording->Fail(opened);
  if (recording->record().state != SnapshotState::kCancelled) return opened;
  return absl::CancelledError(recording->record().error);
}

absl::StatusOr<std::stop_token> SnapshotCatalog::Register(
    const SnapshotRecord& record) {
  absl::MutexLock lock(&mu_);
  if (running_ >= options_.max_running) {
    return WithRetryDelay(
        MakeError(absl::StatusCode::kResourceExhausted,
                  reason::kSnapshotRunning,
                  absl::StrCat(running_, " snapshots are being taken")),
        BoundedRetryDelay(NextEnd()));
  }
  HEAPD_RETURN_IF_ERROR(budget_.Begin(options_.now()));
  ++running_;
  Entry& entry = entries_[record.snapshot];
  entry.record = record;
  entry.stop = std::stop_source();
  if (closed_) entry.stop.request_stop();
  return entry.stop.get_token();
}

absl::Status SnapshotCatalog::Cancel(const std::string& snapshot,
                                     absl::string_view by) {
  std::stop_source stop(std::nostopstate);
  {
    absl::MutexLock lock(&mu_);
    const auto found = entries_.find(snapshot);
    if (found == entries_.end()) return SnapshotNotFound(snapshot);
    Entry& entry = found->second;
    if (entry.record.state == SnapshotState::kCancelled) {
      return absl::OkStatus();
    }
    if (entry.record.state != SnapshotState::kWriting) {
      return SnapshotDone(entry.record);
    }
    if (entry.cancelled_by.empty()) entry.cancelled_by = std::string(by);
    stop = entry.stop;
  }
  // Without the lock: what it ends is woken here.
  stop.request_stop();
  return absl::OkStatus();
}

absl::Duration SnapshotCatalog::NextEnd() const {
  absl::Duration next = absl::InfiniteDuration();
  for (const auto& [id, entry] : entries_) {
    if (entry.record.state != SnapshotState::kWriting) continue;
    next = std::min(next, entry.record.estimated_remaining);
  }
  return next == absl::InfiniteDuration() ? kUnknownEnd : next;
}

std::string SnapshotCatalog::CancelledBy(const std::string& snapshot) const {
  absl::MutexLock lock(&mu_);
  const auto found = entries_.find(snapshot);
  HEAPD_CHECK(found != entries_.end());
  return found->second.cancelled_by;
}

void SnapshotCatalog::Publish(const SnapshotRecord& record) {
  absl::MutexLock lock(&mu_);
  Entry& entry = entries_[record.snapshot];
  const bool ends = entry.record.state == SnapshotState::kWriting &&
                    record.state != SnapshotState::kWriting;
  if (record.size_bytes > entry.record.size_bytes) {
    budget_.AddBytes(record.size_bytes - entry.record.size_bytes,
                     options_.now());
  }
  entry.record = record;
  ++entry.version;
  if (!ends) return;
  entry.stop = std::stop_source(std::nostopstate);
  if (record.state == SnapshotState::kReady) ++stored_;
  --running_;
  ForgetOldFailures();
}

void SnapshotCatalog::ForgetOldFailures() {
  size_t failures = 0;
  auto oldest = entries_.end();
  for (auto it = entries_.begin(); it != entries_.end(); ++it) {
    const SnapshotState state = it->second.record.state;
    if (state != SnapshotState::kFailed && state != SnapshotState::kCancelled) {
      continue;
    }
    ++failures;
    if (oldest == entries_.end() ||
        it->second.record.create_time < oldest->second.record.create_time) {
      oldest = it;
    }
  }
  if (failures > kKeptFailures) entries_.erase(oldest);
}

absl::StatusOr<SnapshotRecord> SnapshotCatalog::Get(
    const std::string& snapshot) const {
  absl::MutexLock lock(&mu_);
  const auto found = entries_.find(snapshot);
  if (found == entries_.end()) return SnapshotNotFound(snapshot);
  return found->second.record;
}

absl::StatusOr<SnapshotRecord> SnapshotCatalog::AwaitChange(
    const std::string& snapshot, absl::Duration timeout,
    uint64_t& version) const {
  absl::MutexLock lock(&mu_);
  const auto changed = [&]() ABSL_SHARED_LOCKS_REQUIRED(mu_) {
    const auto found = entries_.find(snapshot);
    return closed_ || found == entries_.end() ||
           found->second.version != version;
  };
  mu_.AwaitWithTimeout(absl::Condition(&changed), timeout);
  const auto found = entries_.find(snapshot);
  if (found == entries_.end()) return SnapshotNotFound(snapshot);
  version = found->second.version;
  return found->second.record;
}

void SnapshotCatalog::AwaitStored(absl::Duration timeout,
                                  uint64_t& stored) const {
  absl::MutexLock lock(&mu_);
  const auto more = [&]() ABSL_SHARED_LOCKS_REQUIRED(mu_) {
    return closed_ || stored_ != stored;
  };
  mu_.AwaitWithTimeout(absl::Condition(&more), timeout);
  stored = stored_;
}

absl::StatusOr<SnapshotCatalog::UsedSnapshot> SnapshotCatalog::Use(
    const std::string& snapshot) const {
  absl::MutexLock lock(&mu_);
  const auto found = entries_.find(snapshot);
  if (found == entries_.end() || found->second.being_deleted) {
    return SnapshotNotFound(snapshot);
  }
  const Entry& entry = found->second;
  const SnapshotState state = entry.record.state;
  if (state == SnapshotState::kReady) {
    return UsedSnapshot{entry.record, entry.use};
  }
  const char* const why = state == SnapshotState::kWriting
                              ? "' is still being written"
                          : state == SnapshotState::kFailed ? "' failed"
                                                            : "' was cancelled";
  return MakeError(absl::StatusCode::kFailedPrecondition,
                   reason::kSnapshotNotReady,
                   absl::StrCat("snapshot '", snapshot, why));
}

absl::StatusOr<std::unique_ptr<BlobReader>> SnapshotCatalog::OpenSnapshot(
    const std::string& snapshot) const {
  HEAPD_ASSIGN_OR_RETURN(UsedSnapshot used, Use(snapshot));
  HEAPD_ASSIGN_OR_RETURN(
      std::unique_ptr<BlobReader> reader,
      StoreOf(used.record)
          .Open(SnapshotFile(snapshot, used.record.compression)));
  return std::make_unique<UsedReader>(std::move(reader), std::move(used.use));
}

std::vector<SnapshotRecord> SnapshotCatalog::Ready() const {
  std::vector<SnapshotRecord> ready;
  absl::MutexLock lock(&mu_);
  for (const auto& [id, entry] : entries_) {
    if (entry.record.state != SnapshotState::kReady) continue;
    if (!entry.being_deleted) ready.push_back(entry.record);
  }
  return ready;
}

void SnapshotCatalog::Close() {
  std::vector<std::stop_source> recordings;
  {
    absl::MutexLock lock(&mu_);
    closed_ = true;
    for (const auto& [id, entry] : entries_) {
      if (entry.stop.stop_possible()) recordings.push_back(entry.stop);
    }
  }
  // Without the lock: what they end is woken here.
  for (std::stop_source& stop : recordings) stop.request_stop();
  for (const std::unique_ptr<BlobStore>& store : stores_) store->Close();
}

bool SnapshotCatalog::closed() const {
  absl::MutexLock lock(&mu_);
  return closed_;
}

}  // namespace heapd::server
