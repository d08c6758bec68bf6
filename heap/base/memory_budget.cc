#include "heap/base/memory_budget.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "heap/base/check.h"
#include "heap/base/error.h"

namespace heapd {

uint64_t MemoryBudget::charged_bytes() const {
  absl::MutexLock lock(&mu_);
  return charged_bytes_;
}

bool MemoryBudget::Recharge(uint64_t from, uint64_t to, bool always) {
  if (from == to) return true;
  absl::MutexLock lock(&mu_);
  HEAPD_CHECK(charged_bytes_ >= from);
  const uint64_t others = charged_bytes_ - from;
  const bool fits = others <= total_bytes_ && to <= total_bytes_ - others;
  if (to > from && !fits && !always) return false;
  charged_bytes_ = others + to;
  return true;
}

MemoryAccount::~MemoryAccount() {
  budget_->Recharge(std::max(committed_bytes(), reservation_bytes()), 0);
}

absl::Status MemoryAccount::SetLimits(uint64_t limit_bytes,
                                      uint64_t reservation_bytes) {
  const uint64_t committed = committed_bytes();
  if (!budget_->Recharge(std::max(committed, this->reservation_bytes()),
                         std::max(committed, reservation_bytes))) {
    return MakeError(absl::StatusCode::kResourceExhausted, reason::kBudget,
                     absl::StrCat("a reservation of ", reservation_bytes,
                                  " bytes does not fit the daemon's budget of ",
                                  budget_->total_bytes(), " bytes"));
  }
  limit_bytes_.store(limit_bytes, std::memory_order_relaxed);
  reservation_bytes_.store(reservation_bytes, std::memory_order_relaxed);
  return absl::OkStatus();
}

bool MemoryAccount::Take(uint64_t bytes) {
  const uint64_t committed = committed_bytes();
  const uint64_t limit = limit_bytes();
  const uint64_t reservation = reservation_bytes();
  const bool fits_limit = committed <= limit && bytes <= limit - committed;
  if (!fits_limit ||
      !budget_->Recharge(std::max(committed, reservation),
                         std::max(committed + bytes, reservation))) {
    refused_bytes_ = bytes;
    refused_by_limit_ = !fits_limit;
    return false;
  }
  committed_bytes_.store(committed + bytes, std::memory_order_relaxed);
  return true;
}

void MemoryAccount::Give(uint64_t bytes) {
  const uint64_t committed = committed_bytes();
  HEAPD_CHECK(bytes <= committed);
  const uint64_t reservation = reservation_bytes();
  budget_->Recharge(std::max(committed, reservation),
                    std::max(committed - bytes, reservation));
  committed_bytes_.store(committed - bytes, std::memory_order_relaxed);
}

void MemoryAccount::TakeAgain(uint64_t bytes) {
  const uint64_t committed = committed_bytes();
  const uint64_t reservation = reservation_bytes();
  budget_->Recharge(std::max(committed, reservation),
                    std::max(committed + bytes, reservation), /*always=*/true);
  committed_bytes_.store(committed + bytes, std::memory_order_relaxed);
}

absl::Status MemoryAccount::Exhausted() const {
  if (refused_by_limit_) {
    return MakeError(
        absl::StatusCode::kResourceExhausted, reason::kHeapLimit,
        absl::StrCat("the heap is full: it has ", committed_bytes(), " of ",
                     limit_bytes(), " bytes and needs ", refused_bytes_,
                     " more; release objects or raise its limit"));
  }
  return MakeError(absl::StatusCode::kResourceExhausted, reason::kBudget,
                   absl::StrCat("the daemon's budget of ",
                                budget_->total_bytes(), " bytes is used up"));
}

}  // namespace heapd
