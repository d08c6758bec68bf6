#include "server/host/request_table.h"

#include <algorithm>
#include <utility>

#include "absl/hash/hash.h"
#include "heap/base/check.h"
#include "heap/base/error.h"
#include "server/base/reasons.h"

namespace heapd::server {
namespace {

// An entry in the deque, and its number in the map with the room beside it.
constexpr uint64_t kEntryBytes = 144;
// Entries that one call forgets beside what it came for: more than one, so that
// the table gets smaller however many are added.
constexpr size_t kForgottenByCall = 8;
// What is forgotten in one go when no call asks for it: about 50 microseconds.
constexpr size_t kForgottenByTrim = 256;

// What a text takes beside the object itself, about.
uint64_t AllocatedBytes(const std::string& text) {
  constexpr uint64_t kOwnRoom = 15;
  constexpr uint64_t kAllocationBytes = 17;  // and the end of the text
  return text.capacity() > kOwnRoom ? text.capacity() + kAllocationBytes : 0;
}

}  // namespace

RequestTable::RequestTable(const RequestTableLimits& limits) : limits_(limits) {
  if (limits_.budget != nullptr) limits_.budget->CountTables(1);
}

RequestTable::~RequestTable() {
  Count(-static_cast<int64_t>(bytes_));
  if (limits_.budget != nullptr) limits_.budget->CountTables(-1);
}

uint64_t RequestTable::HashOf(absl::string_view request_id) {
  return absl::HashOf(request_id);
}

absl::StatusOr<const std::string*> RequestTable::Find(
    absl::string_view request_id, uint64_t fingerprint, absl::Time now) {
  const Entry* const entry = FindEntry(request_id);
  if (entry == nullptr || IsOld(*entry, now)) return nullptr;
  if (entry->fingerprint != fingerprint) {
    return MakeError(absl::StatusCode::kInvalidArgument,
                     reason::kRequestIdReused,
                     "request_id: it came with another request before; use a "
                     "new id for each request");
  }
  if (!entry->has_answer) {
    return MakeError(absl::StatusCode::kFailedPrecondition,
                     reason::kAnswerForgotten,
                     "request_id: the request was applied, but its answer is "
                     "not kept any more; read what it changed");
  }
  return &entry->answer;
}

void RequestTable::Add(absl::string_view request_id, uint64_t fingerprint,
                       std::string answer, absl::Time now) {
  const bool fits = AllocatedBytes(answer) <= max_bytes();
  if (!fits) std::string().swap(answer);  // with its memory
  // The number of an entry that is too old is replaced; the entry stays until
  // its turn to be forgotten.
  const uint64_t hash = HashOf(request_id);
  const uint64_t number = first_number_ + entries_.size();
  if (numbers_.contains(hash)) numbers_.Extract(hash);
  numbers_.Insert(hash, number);
  entries_.push_back({std::string(request_id), std::move(answer), fingerprint,
                      now, /*has_answer=*/fits});
  if (AllocatedBytes(entries_.back().answer) > 0) large_.push_back(number);
  const uint64_t added = BytesOf(entries_.back());
  Count(static_cast<int64_t>(added));
  // As much as was added, and a little more for a share that got smaller; the
  // rest of that is for Trim().
  const uint64_t before = bytes_;
  for (size_t i = 0;
       IsOverLimits() && (i < kForgottenByCall || before - bytes_ < added);
       ++i) {
    ShrinkOnce();
  }
}

bool RequestTable::Trim(absl::Time now) {
  for (size_t i = 0; i < kForgottenByTrim; ++i) {
    if (NextEnd() < now) {
      ForgetFirst();
    } else if (IsOverLimits()) {
      ShrinkOnce();
    } else {
      return false;
    }
  }
  return true;
}

absl::Time RequestTable::NextEnd() const {
  return entries_.empty() ? absl::InfiniteFuture()
                          : entries_.front().time + limits_.max_age;
}

uint64_t RequestTable::max_bytes() const {
  return limits_.budget == nullptr
             ? limits_.max_bytes
             : std::min(limits_.max_bytes, limits_.budget->share_bytes());
}

const RequestTable::Entry* RequestTable::FindEntry(
    absl::string_view request_id) const {
  const uint64_t* const number = numbers_.Find(HashOf(request_id));
  if (number == nullptr) return nullptr;
  const Entry& entry = entries_[*number - first_number_];
  return entry.id == request_id ? &entry : nullptr;
}

void RequestTable::ShrinkOnce() {
  if (entries_.size() > limits_.max_requests || large_.empty()) {
    ForgetFirst();
    return;
  }
  Entry& entry = entries_[large_.front() - first_number_];
  large_.pop_front();
  Count(-static_cast<int64_t>(AllocatedBytes(entry.answer)));
  std::string().swap(entry.answer);
  entry.has_answer = false;
}

void RequestTable::ForgetFirst() {
  const Entry& first = entries_.front();
  const uint64_t hash = HashOf(first.id);
  const uint64_t* const number = numbers_.Find(hash);
  if (number != nullptr && *number == first_number_) numbers_.Extract(hash);
  if (!large_.empty() && large_.front() == first_number_) large_.pop_front();
  Count(-static_cast<int64_t>(BytesOf(first)));
  entries_.pop_front();
  ++first_number_;
}

uint64_t RequestTable::BytesOf(const Entry& entry) {
  return kEntryBytes + AllocatedBytes(entry.id) + AllocatedBytes(entry.answer);
}

void RequestTable::Count(int64_t change) {
  bytes_ += static_cast<uint64_t>(change);
  if (limits_.budget != nullptr) limits_.budget->CountBytes(change);
}

}  // namespace heapd::server
