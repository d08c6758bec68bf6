#ifndef HEAPD_SERVER_HOST_LEAK_WINDOW_H_
#define HEAPD_SERVER_HOST_LEAK_WINDOW_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <vector>

#include "absl/time/time.h"
#include "server/host/leak_classes.h"

namespace heapd::server {

// A heap after one major collection, or after the one of several after which
// the least lived.
struct LeakSample {
  absl::Time time;     // when the collection began
  absl::Duration age;  // the heap's at its end; rises
  uint64_t live_bytes = 0;
  absl::Duration duration;         // of the collection
  std::vector<LiveClass> classes;  // the largest, by id
  // Others than those have at most so much each.
  uint64_t other_class_bytes = 0;
};

// The last major collections of a heap, as points for the statistics. Those
// closer together than the spacing are one point. There are kMinPoints to
// kMaxPoints, which span the window's length if there are so many.
// Thread-compatible.
class LeakWindow {
 public:
  static constexpr size_t kMinPoints = 12;
  static constexpr size_t kMaxPoints = 64;

  // The spacing is raised to where kMaxPoints span the length. `kept_points`,
  // of kMinPoints to kMaxPoints: how many are kept though they span more.
  LeakWindow(absl::Duration length, absl::Duration spacing, size_t kept_points);

  // Whether that ended a point: the sample begins a new one, which does not
  // count yet.
  bool Add(const LeakSample& sample);

  // Whether there are enough points over a long enough time.
  bool is_full() const;
  size_t size() const { return points_.size(); }
  // From the first point to the last.
  absl::Duration span() const;
  // How many collections they are.
  uint32_t collection_count() const;
  absl::Duration length() const { return length_; }

  // Of the points: seconds of the heap's age, what lived, how long after the
  // collection before they began, and how long they took, in seconds.
  std::vector<double> times() const;
  std::vector<double> live_bytes() const;
  std::vector<double> intervals() const;
  std::vector<double> durations() const;
  const LeakSample& sample(size_t point) const { return points_[point].sample; }

 private:
  struct Point {
    LeakSample sample;
    absl::Duration begin_age;
    uint32_t collection_count = 1;
    absl::Duration interval;  // sums over the collections
    absl::Duration duration;
  };

  bool Joins(const LeakSample& sample) const;
  void Trim();

  const absl::Duration length_;
  const absl::Duration spacing_;
  const size_t kept_points_;
  std::deque<Point> points_;
  Point open_;
  bool has_open_ = false;
  absl::Duration last_age_;  // of the collection before; the heap's birth is 0
};

}  // namespace heapd::server

#endif  // HEAPD_SERVER_HOST_LEAK_WINDOW_H_
