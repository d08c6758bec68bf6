#include "server/host/admission.h"

#include "absl/strings/str_cat.h"
#include "heap/base/error.h"
#include "server/base/reasons.h"
#include "server/base/retry_delay.h"

namespace heapd::server {
namespace {

// Long beside a call, short beside a person.
constexpr absl::Duration kRetryDelay = absl::Milliseconds(100);

}  // namespace

absl::Status Overloaded(absl::string_view what, absl::Duration delay) {
  return WithRetryDelay(
      MakeError(absl::StatusCode::kResourceExhausted, reason::kOverloaded,
                absl::StrCat("too much is in flight (", what,
                             "); nothing was done, try again later")),
      delay);
}

absl::Status Admission::Admit(uint64_t bytes, Ticket* ticket) {
  if (calls_.fetch_add(1, std::memory_order_relaxed) >= max_calls_) {
    calls_.fetch_sub(1, std::memory_order_relaxed);
    return Overloaded("calls", kRetryDelay);
  }
  if (!TakeBytes(bytes, 0)) {
    calls_.fetch_sub(1, std::memory_order_relaxed);
    return Overloaded("bytes", kRetryDelay);
  }
  ticket->admission_ = this;
  ticket->bytes_ = bytes;
  return absl::OkStatus();
}

bool Admission::TakeBytes(uint64_t bytes, uint64_t own) {
  const uint64_t before = bytes_.fetch_add(bytes, std::memory_order_relaxed);
  if (before + bytes <= max_bytes_ || before == own) return true;
  bytes_.fetch_sub(bytes, std::memory_order_relaxed);
  return false;
}

absl::Status Admission::Ticket::Grow(uint64_t bytes) {
  if (!admission_->TakeBytes(bytes, bytes_)) {
    return Overloaded("bytes", kRetryDelay);
  }
  bytes_ += bytes;
  return absl::OkStatus();
}

void Admission::Ticket::GrowAnyway(uint64_t bytes) {
  admission_->bytes_.fetch_add(bytes, std::memory_order_relaxed);
  bytes_ += bytes;
}

void Admission::Ticket::Release() {
  if (admission_ == nullptr) return;
  admission_->calls_.fetch_sub(1, std::memory_order_relaxed);
  admission_->bytes_.fetch_sub(bytes_, std::memory_order_relaxed);
  admission_ = nullptr;
  bytes_ = 0;
}

}  // namespace heapd::server
