#ifndef HEAPD_SERVER_HOST_LEAK_WATCH_H_
#define HEAPD_SERVER_HOST_LEAK_WATCH_H_

#include "absl/time/time.h"

namespace heapd::server {

// When a suspected leak of one heap shall be seen in a snapshot: once as it
// becomes suspected, and once some time later, so that the two can be compared,
// also when the suspicion has ended by then. A suspicion that begins before
// that is the same episode. Single-threaded.
class LeakWatch {
 public:
  enum class Due { kNothing, kFirst, kSecond };

  // The second one comes `second_after` the first; zero for no second.
  explicit LeakWatch(absl::Duration second_after)
      : second_after_(second_after) {}

  Due Look(absl::Time now, bool is_suspected) {
    const bool begins = is_suspected && !was_suspected_;
    was_suspected_ = is_suspected;
    if (now >= second_time_) {
      second_time_ = absl::InfiniteFuture();
      return Due::kSecond;
    }
    if (!begins || second_time_ != absl::InfiniteFuture()) return Due::kNothing;
    if (second_after_ > absl::ZeroDuration())
      second_time_ = now + second_after_;
    return Due::kFirst;
  }

 private:
  const absl::Duration second_after_;
  bool was_suspected_ = false;
  absl::Time second_time_ = absl::InfiniteFuture();  // none is due
};

}  // namespace heapd::server

#endif  // HEAPD_SERVER_HOST_LEAK_WATCH_H_
