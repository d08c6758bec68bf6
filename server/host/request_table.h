#ifndef HEAPD_SERVER_HOST_REQUEST_TABLE_H_
#define HEAPD_SERVER_HOST_REQUEST_TABLE_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace heapd::server {

struct RequestTableLimits {
  size_t max_requests = 65536;
  size_t max_answer_bytes = size_t{64} << 20;
  absl::Duration max_age = absl::Minutes(10);
};

// Answers of the last mutating requests that came with an id, so that a retry
// is answered from memory and not applied twice. Only success is remembered: a
// call that failed has changed nothing and is simply tried again. The oldest
// are forgotten first. Thread-compatible.
class RequestTable {
 public:
  explicit RequestTable(const RequestTableLimits& limits = {})
      : limits_(limits) {}

  // The answer to an earlier request with this id, or null; valid until the
  // next call. `fingerprint` stands for the request's content:
  // INVALID_ARGUMENT (REQUEST_ID_REUSED) when it is another.
  absl::StatusOr<const std::string*> Find(absl::string_view request_id,
                                          uint64_t fingerprint, absl::Time now);

  // REQUIRES: Find() has just said that there is none.
  void Add(absl::string_view request_id, uint64_t fingerprint,
           std::string answer, absl::Time now);

  size_t size() const { return entries_.size(); }
  size_t answer_bytes() const { return answer_bytes_; }

 private:
  struct Entry {
    uint64_t fingerprint;
    absl::Time time;
    std::string answer;
  };

  void ForgetOld(absl::Time now);
  void ForgetFirst();

  const RequestTableLimits limits_;
  absl::flat_hash_map<std::string, Entry> entries_;
  std::deque<std::string> order_;  // ids, oldest first
  size_t answer_bytes_ = 0;
};

}  // namespace heapd::server

#endif  // HEAPD_SERVER_HOST_REQUEST_TABLE_H_
