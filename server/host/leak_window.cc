#include "server/host/leak_window.h"

#include <algorithm>
#include <utility>

namespace heapd::server {
namespace {

// Of the points' times a little less than kMaxPoints fit into the length, since
// a point can take longer than the spacing to end.
constexpr int kPointsOfLength = 60;

}  // namespace

LeakWindow::LeakWindow(absl::Duration length, absl::Duration spacing,
                       size_t kept_points)
    : length_(length),
      spacing_(std::max(spacing, length / kPointsOfLength)),
      kept_points_(kept_points) {}

bool LeakWindow::Joins(const LeakSample& sample) const {
  return has_open_ && sample.age - open_.begin_age < spacing_;
}

bool LeakWindow::Add(const LeakSample& sample) {
  const absl::Duration interval = sample.age - last_age_;
  last_age_ = sample.age;
  if (Joins(sample)) {
    ++open_.collection_count;
    open_.interval += interval;
    open_.duration += sample.duration;
    if (sample.live_bytes < open_.sample.live_bytes) open_.sample = sample;
    return false;
  }
  const bool ended = has_open_;
  if (ended) points_.push_back(std::move(open_));
  open_ = {sample, sample.age, 1, interval, sample.duration};
  has_open_ = true;
  if (ended) Trim();
  return ended;
}

void LeakWindow::Trim() {
  const auto is_one_too_many = [this] {
    if (points_.size() > kMaxPoints) return true;
    if (points_.size() <= kept_points_) return false;
    return points_.back().sample.age - points_[1].sample.age >= length_;
  };
  while (is_one_too_many()) points_.pop_front();
}

bool LeakWindow::is_full() const {
  // A point less: of those that are as close as they can be, none is missing.
  return points_.size() >= kMinPoints && span() + spacing_ >= length_;
}

absl::Duration LeakWindow::span() const {
  if (points_.empty()) return absl::ZeroDuration();
  return points_.back().sample.age - points_.front().sample.age;
}

uint32_t LeakWindow::collection_count() const {
  uint32_t count = 0;
  for (const Point& point : points_) count += point.collection_count;
  return count;
}

std::vector<double> LeakWindow::times() const {
  std::vector<double> times;
  for (const Point& point : points_) {
    times.push_back(absl::ToDoubleSeconds(point.sample.age));
  }
  return times;
}

std::vector<double> LeakWindow::live_bytes() const {
  std::vector<double> values;
  for (const Point& point : points_) {
    values.push_back(static_cast<double>(point.sample.live_bytes));
  }
  return values;
}

std::vector<double> LeakWindow::intervals() const {
  std::vector<double> values;
  for (const Point& point : points_) {
    values.push_back(absl::ToDoubleSeconds(point.interval) /
                     point.collection_count);
  }
  return values;
}

std::vector<double> LeakWindow::durations() const {
  std::vector<double> values;
  for (const Point& point : points_) {
    values.push_back(absl::ToDoubleSeconds(point.duration) /
                     point.collection_count);
  }
  return values;
}

}  // namespace heapd::server
