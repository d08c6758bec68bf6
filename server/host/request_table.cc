#include "server/host/request_table.h"

#include <utility>

#include "heap/base/check.h"
#include "heap/base/error.h"
#include "server/base/reasons.h"

namespace heapd::server {

absl::StatusOr<const std::string*> RequestTable::Find(
    absl::string_view request_id, uint64_t fingerprint, absl::Time now) {
  ForgetOld(now);
  const auto found = entries_.find(request_id);
  if (found == entries_.end()) return nullptr;
  if (found->second.fingerprint != fingerprint) {
    return MakeError(absl::StatusCode::kInvalidArgument,
                     reason::kRequestIdReused,
                     "request_id: it came with another request before; use a "
                     "new id for each request");
  }
  return &found->second.answer;
}

void RequestTable::Add(absl::string_view request_id, uint64_t fingerprint,
                       std::string answer, absl::Time now) {
  // An answer over the whole limit would only push the others out.
  if (answer.size() > limits_.max_answer_bytes) return;
  answer_bytes_ += answer.size();
  order_.emplace_back(request_id);
  const bool is_new = entries_
                          .try_emplace(order_.back(), Entry{fingerprint, now,
                                                            std::move(answer)})
                          .second;
  HEAPD_CHECK(is_new);
  while (entries_.size() > limits_.max_requests ||
         answer_bytes_ > limits_.max_answer_bytes) {
    ForgetFirst();
  }
}

void RequestTable::ForgetOld(absl::Time now) {
  while (!order_.empty() &&
         now - entries_.at(order_.front()).time > limits_.max_age) {
    ForgetFirst();
  }
}

void RequestTable::ForgetFirst() {
  const auto found = entries_.find(order_.front());
  answer_bytes_ -= found->second.answer.size();
  entries_.erase(found);
  order_.pop_front();
}

}  // namespace heapd::server
