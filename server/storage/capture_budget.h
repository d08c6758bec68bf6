#ifndef HEAPD_SERVER_STORAGE_CAPTURE_BUDGET_H_
#define HEAPD_SERVER_STORAGE_CAPTURE_BUDGET_H_

#include <cstdint>
#include <map>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace heapd::server {

// 0: any number.
struct CaptureLimits {
  uint64_t max_per_hour = 0;       // snapshots that begin
  uint64_t max_bytes_per_day = 0;  // of their files, as they are stored

  bool any() const { return max_per_hour != 0 || max_bytes_per_day != 0; }
};

// How many snapshots began within the last hour and how much was written within
// the last day, whoever asked. What failed or was cancelled counts, with what
// it had written: the work that the limits are for was done.
//
// Counted by the minute, so that it is never more than 1,441 numbers; what was
// done in a minute counts until all of it is an hour, or a day, old. A clock
// that is set back makes it count longer. Thread-compatible.
class CaptureBudget {
 public:
  explicit CaptureBudget(const CaptureLimits& limits) : limits_(limits) {}

  // What counts against the limits. Nothing is counted without any.
  struct Usage {
    uint64_t captures = 0;  // within the last hour
    uint64_t bytes = 0;     // within the last day
  };
  Usage UsageAt(absl::Time now) const;

  // Counts one that begins. RESOURCE_EXHAUSTED (SNAPSHOT_QUOTA), with the time
  // after which one may begin if none does until then.
  absl::Status Begin(absl::Time now);
  // Takes the last Begin() back: it came to nothing.
  void TakeBack();
  // Counts bytes that were written.
  void AddBytes(uint64_t bytes, absl::Time now);
  // RESOURCE_EXHAUSTED (SNAPSHOT_QUOTA) when more was written than may be.
  absl::Status CheckBytes(absl::Time now) const;
  // Counts one of an earlier process.
  void AddFormer(absl::Time began, uint64_t bytes, absl::Time now);

  // As JSON, and back. INVALID_ARGUMENT for what is no such text, and then
  // nothing has changed. What `now` is before counts as now.
  std::string Write() const;
  absl::Status Read(absl::string_view text, absl::Time now);

 private:
  struct Tally {
    uint64_t captures = 0;
    uint64_t bytes = 0;
  };
  using Minutes = std::map<int64_t, Tally>;  // by minute since 1970

  void Forget(absl::Time now);
  // When so much will have gone from a window that one may begin.
  absl::Time FreeTime(uint64_t Tally::*what, uint64_t limit,
                      absl::Duration window, absl::Time now) const;

  const CaptureLimits limits_;
  Minutes minutes_;
};

}  // namespace heapd::server

#endif  // HEAPD_SERVER_STORAGE_CAPTURE_BUDGET_H_
