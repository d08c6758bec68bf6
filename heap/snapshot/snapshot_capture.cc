#include "heap/snapshot/snapshot_capture.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "heap/base/check.h"
#include "heap/base/status_macros.h"

namespace heapd {
namespace {

// What a snapshot may take beside the heap unless told otherwise: a share of
// what the heap uses, and this at least.
constexpr uint64_t kMinMaxBytes = uint64_t{64} << 20;
constexpr uint64_t kUsedShare = 7;

// Of a copy of the types, for each.
constexpr uint64_t kTypeBytes = 8;

// How long a collection waits for a reader that does not read.
constexpr int64_t kStuckNanos = 3'000'000'000;

int64_t Now() {
  return std::chrono::steady_clock::now().time_since_epoch().count();
}

uint64_t MaxBytes(const HeapParts& parts, const SnapshotOptions& options) {
  if (options.max_bytes != 0) return options.max_bytes;
  return std::max(kMinMaxBytes, parts.used_bytes() / kUsedShare);
}

}  // namespace

absl::StatusOr<std::shared_ptr<SnapshotCapture>> SnapshotCapture::Create(
    HeapParts* parts, MemoryAccount* account, MemoryBudget* budget,
    const SnapshotOptions& options) {
  if (!parts->snapshot_ids.Prepare(
          parts->table.end(),
          parts->table.live_count() + parts->sessions.size(),
          options.reserve)) {
    return account->Exhausted();
  }
  std::shared_ptr<SnapshotCapture> capture(
      new SnapshotCapture(parts, budget, options, MaxBytes(*parts, options)));
  if (!capture->Prepare()) return capture->budget_.Exhausted();
  return capture;
}

SnapshotCapture::SnapshotCapture(HeapParts* parts, MemoryBudget* budget,
                                 const SnapshotOptions& options,
                                 uint64_t max_bytes)
    : parts_(parts),
      memory_budget_(budget),
      options_(options),
      budget_(budget, max_bytes, options.reserve),
      saved_(&parts->table, &budget_),
      texts_(parts, &budget_, &options_) {}

bool SnapshotCapture::Prepare() {
  const uint64_t bytes = HoldsCapture::BytesFor(*parts_) +
                         NodeNumbering::BytesFor(parts_->table.end()) +
                         parts_->types.size() * kTypeBytes;
  if (!saved_.is_usable() || !budget_.Take(bytes)) return false;
  holds_.emplace(parts_);
  types_ = parts_->types.All();
  return true;
}

void SnapshotCapture::OnMarked(std::function<void()> on_done) {
  absl::MutexLock lock(&mu_);
  if (state_ != State::kMarking) return;
  on_done_ = std::move(on_done);
  last_read_nanos_.store(Now(), std::memory_order_relaxed);
  state_ = State::kReading;
}

void SnapshotCapture::GiveUpIfStuck() {
  if (Now() - last_read_nanos_.load(std::memory_order_relaxed) < kStuckNanos) {
    return;
  }
  GiveUp(absl::UnavailableError(
      "what was read of the heap could not be put aside in time"));
}

void SnapshotCapture::Finish() {
  absl::MutexLock lock(&mu_);
  HEAPD_CHECK(state_ != State::kMarking);
  on_done_ = nullptr;
  while (state_ == State::kReading) {
    const size_t before = unspilled_.capacity();
    ReadPiece();
    if (state_ == State::kFailed) return;
    if (!budget_.Take(unspilled_.capacity() - before)) {
      End(State::kFailed, budget_.Exhausted());
    }
  }
}

void SnapshotCapture::Abandon() {
  GiveUp(absl::CancelledError("the heap was deleted"));
}

void SnapshotCapture::GiveUp(const absl::Status& why) {
  std::function<void()> on_done;
  {
    absl::MutexLock lock(&mu_);
    if (state_ == State::kRead || state_ == State::kFailed) return;
    End(State::kFailed, why);
    on_done = std::exchange(on_done_, nullptr);
  }
  if (on_done) on_done();
}

void SnapshotCapture::BeforeWrite(Index index) {
  if (!texts_.is_needed() || IsDone() || texts_.Save(index)) return;
  GiveUp(budget_.Exhausted());
}

void SnapshotCapture::End(State state, const absl::Status& status) {
  state_ = state;
  status_ = status;
  if (!status.ok()) unspilled_.clear();
  saved_.Free();
  done_.store(true, std::memory_order_release);
}

void SnapshotCapture::ReadPiece() {
  if (!walk_.has_value()) {
    numbering_.emplace(parts_->marks);
    walk_.emplace(parts_, &types_, &saved_, &*numbering_,
                  texts_.is_needed() ? &texts_ : nullptr,
                  options_.piece_objects);
  }
  walk_->ReadPiece(&unspilled_);
  last_read_nanos_.store(Now(), std::memory_order_relaxed);
  // What could not be saved may have been read as it is now.
  if (saved_.is_lost()) {
    End(State::kFailed, budget_.Exhausted());
  } else if (walk_->IsDone()) {
    End(State::kRead, absl::OkStatus());
  }
}

SnapshotCapture::ReadProgress SnapshotCapture::read_progress() const {
  absl::MutexLock lock(&mu_);
  if (!walk_.has_value()) return {};
  return {walk_->object_count(), numbering_->count()};
}

absl::Status SnapshotCapture::ReadInto(SnapshotSpill* spill) {
  for (;;) {
    std::string bytes;
    HEAPD_RETURN_IF_ERROR(Next(&bytes));
    if (bytes.empty()) return absl::OkStatus();
    // Without the lock: the spill may wait for a disk.
    const absl::Status spilled = spill->Append(bytes);
    if (!spilled.ok()) {
      GiveUp(spilled);
      return spilled;
    }
  }
}

absl::Status SnapshotCapture::Next(std::string* bytes) {
  std::function<void()> on_done;
  absl::Status status;
  {
    absl::MutexLock lock(&mu_);
    const auto is_marked = [this]() ABSL_SHARED_LOCKS_REQUIRED(mu_) {
      return state_ != State::kMarking;
    };
    mu_.Await(absl::Condition(&is_marked));
    while (state_ == State::kReading && unspilled_.empty()) ReadPiece();
    status = status_;
    bytes->swap(unspilled_);
    if (IsDone()) on_done = std::exchange(on_done_, nullptr);
  }
  if (on_done) on_done();
  return status;
}

}  // namespace heapd
