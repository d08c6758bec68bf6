#ifndef HEAPD_SERVER_HOST_ACTION_HISTORY_H_
#define HEAPD_SERVER_HOST_ACTION_HISTORY_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace heapd::server {

// What was done by itself with which heap, and when, for the limits that such
// actions have. Single-threaded.
class ActionHistory {
 public:
  // Times that are kept of one thing done with one heap.
  static constexpr size_t kMaxTimes = 1000;
  // Pairs of a thing and a heap; those that were done longest ago go first.
  static constexpr size_t kMaxEntries = 4096;

  // INVALID_ARGUMENT for what Format() did not write.
  static absl::StatusOr<ActionHistory> Parse(absl::string_view text);
  // A JSON object.
  std::string Format() const;

  // How often `what` was done with `heap` since then; at most kMaxTimes.
  int64_t CountSince(absl::string_view what, absl::string_view heap,
                     absl::Time since) const;

  void Add(absl::string_view what, absl::string_view heap, absl::Time time);

  // The heap was deleted.
  void Forget(absl::string_view heap);

  // Whether it has changed since this was asked, or read.
  bool TakeChanged() { return std::exchange(changed_, false); }

 private:
  using Key = std::pair<std::string, std::string>;  // what, heap

  void DropOldest();

  std::map<Key, std::deque<absl::Time>> times_;  // ascending; none is empty
  bool changed_ = false;
};

}  // namespace heapd::server

#endif  // HEAPD_SERVER_HOST_ACTION_HISTORY_H_
