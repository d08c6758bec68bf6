#ifndef HEAPD_SERVER_HOST_REQUEST_TABLE_H_
#define HEAPD_SERVER_HOST_REQUEST_TABLE_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "heap/base/sharded_map.h"
#include "server/host/answer_budget.h"

namespace heapd::server {

struct RequestTableLimits {
  size_t max_requests = 65536;
  // Of one heap, with what the table itself takes; less if its share of the
  // budget is less.
  uint64_t max_bytes = uint64_t{64} << 20;
  absl::Duration max_age = absl::Minutes(10);
  AnswerBudget* budget = nullptr;  // of the daemon; null: there is none
};

// Answers of the last mutating requests that came with an id, so that a retry
// is answered from memory and not applied twice. Only success is remembered: a
// call that failed has changed nothing and is simply tried again.
//
// When memory runs short, the oldest large answers go first, and their ids
// stay: a retry is then told that the request was applied. Only when ids alone
// are too many, too old or too large are they forgotten, the oldest first, and
// such a retry is applied again. No call takes a time that grows with the
// number of ids.
//
// Thread-compatible.
class RequestTable {
 public:
  explicit RequestTable(const RequestTableLimits& limits = {});
  ~RequestTable();
  RequestTable(const RequestTable&) = delete;
  RequestTable& operator=(const RequestTable&) = delete;

  // The answer to an earlier request with this id, or null; valid until the
  // next call. `fingerprint` stands for the request's content:
  // INVALID_ARGUMENT (REQUEST_ID_REUSED) when it is another;
  // FAILED_PRECONDITION (ANSWER_FORGOTTEN) when its answer has gone.
  absl::StatusOr<const std::string*> Find(absl::string_view request_id,
                                          uint64_t fingerprint, absl::Time now);

  // REQUIRES: Find() has just said that there is none.
  void Add(absl::string_view request_id, uint64_t fingerprint,
           std::string answer, absl::Time now);

  // Forgets some of what is too old, or over a share that got smaller. Whether
  // there is more of it.
  bool Trim(absl::Time now);
  // From then on Trim() has something to do; it has at once if memory_bytes()
  // is over max_bytes().
  absl::Time NextEnd() const;

  size_t size() const { return entries_.size(); }
  // What ids, answers and the table take, about.
  uint64_t memory_bytes() const { return bytes_; }
  uint64_t max_bytes() const;

 private:
  struct Entry {
    std::string id;
    std::string answer;
    uint64_t fingerprint;
    absl::Time time;
    bool has_answer;
  };

  bool IsOld(const Entry& entry, absl::Time now) const {
    return now - entry.time > limits_.max_age;
  }
  // The entry with this id; null when there is none.
  const Entry* FindEntry(absl::string_view request_id) const;
  bool IsOverLimits() const {
    return entries_.size() > limits_.max_requests || bytes_ > max_bytes();
  }
  // Makes the table smaller by the oldest large answer, or by the oldest entry
  // if there is none or there are too many. REQUIRES: it is over its limits.
  void ShrinkOnce();
  void ForgetFirst();
  void Count(int64_t change);
  static uint64_t BytesOf(const Entry& entry);
  static uint64_t HashOf(absl::string_view request_id);

  const RequestTableLimits limits_;
  // Oldest first; the first one has the number first_number_.
  std::deque<Entry> entries_;
  uint64_t first_number_ = 0;
  // The number of an entry by the hash of its id. Two ids with one hash are not
  // to be expected; the older one would be forgotten.
  ShardedMap<uint64_t> numbers_;
  // The numbers of entries whose answers have memory of their own.
  std::deque<uint64_t> large_;
  uint64_t bytes_ = 0;
};

}  // namespace heapd::server

#endif  // HEAPD_SERVER_HOST_REQUEST_TABLE_H_
