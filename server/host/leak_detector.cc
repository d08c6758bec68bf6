#include "server/host/leak_detector.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "absl/types/span.h"
#include "server/host/leak_growth.h"

namespace heapd::server {
namespace {

// How much longer the second window is.
constexpr int kLongWindow = 6;
// How many points it keeps where collections are rare.
constexpr size_t kLongKeptPoints = 36;
// How sure the rank test has to be to begin a suspicion, and to keep it.
constexpr double kSure = 0.999;
constexpr double kPossible = 0.9;
// Verdicts in a row that begin one: at least, and of so many points one.
constexpr size_t kConfirmations = 3;
constexpr size_t kConfirmationsOfPoints = 8;
// How old a heap has to be, in windows: what it has at first is no leak.
constexpr int kWarmUpWindows = 2;
// The part of the window that has to be quiet to end one.
constexpr double kQuietPart = 0.25;

absl::Duration LimitIn(double live_bytes, double slope_per_second,
                       uint64_t limit_bytes) {
  if (slope_per_second <= 0) return absl::InfiniteDuration();
  const double room = static_cast<double>(limit_bytes) - live_bytes;
  return absl::Seconds(std::max(room, 0.0) / slope_per_second);
}

double MedianOfLastThird(const std::vector<double>& values) {
  std::vector<double> last(
      values.end() - static_cast<ptrdiff_t>(values.size() / 3), values.end());
  return Median(absl::MakeSpan(last));
}

}  // namespace

absl::string_view NameOf(LeakState state) {
  switch (state) {
    case LeakState::kTooEarly:
      return "too_early";
    case LeakState::kSteady:
      return "steady";
    case LeakState::kSuspected:
      return "suspected";
  }
  return "unknown";
}

LeakDetector::LeakDetector(const LeakOptions& options)
    : options_(options),
      scales_{{LeakWindow(options.window, options.sample_interval,
                          LeakWindow::kMinPoints),
               {}},
              {LeakWindow(kLongWindow * options.window, options.sample_interval,
                          kLongKeptPoints),
               {}}} {}

void LeakDetector::Add(LeakSample sample) {
  absl::MutexLock lock(&mu_);
  added_.push_back(std::move(sample));
}

LeakVerdict LeakDetector::verdict() const {
  absl::MutexLock lock(&mu_);
  return verdict_;
}

std::vector<LeakVerdict> LeakDetector::Judge(uint64_t limit_bytes) {
  absl::MutexLock judge_lock(&judge_mu_);
  std::vector<LeakSample> added;
  {
    absl::MutexLock lock(&mu_);
    added = std::exchange(added_, {});
  }
  std::vector<LeakVerdict> changes;
  for (const LeakSample& sample : added) {
    if (!Take(sample)) continue;
    const LeakState state = NextState(sample);
    const bool began_or_ended =
        (state == LeakState::kSuspected) != (state_ == LeakState::kSuspected);
    if (state != state_) state_since_ = sample.time;
    state_ = state;
    LeakVerdict verdict;
    FillIn(suspecting_ != nullptr ? *suspecting_ : scales_[0], limit_bytes,
           &verdict);
    if (began_or_ended) changes.push_back(verdict);
    absl::MutexLock lock(&mu_);
    verdict_ = std::move(verdict);
  }
  return changes;
}

bool LeakDetector::Take(const LeakSample& sample) {
  Scale& shorter = scales_[0];
  Scale& longer = scales_[1];
  const bool is_news = shorter.window.Add(sample);
  if (longer.window.Add(sample)) FormOpinion(0, &longer);
  if (is_news) FormOpinion(PeakBefore(), &shorter);
  return is_news;
}

double LeakDetector::PeakBefore() const {
  const LeakWindow& longer = scales_[1].window;
  const absl::Duration begin = scales_[0].window.sample(0).age;
  uint64_t peak = 0;
  for (size_t i = 0; i < longer.size() && longer.sample(i).age < begin; ++i) {
    peak = std::max(peak, longer.sample(i).live_bytes);
  }
  return static_cast<double>(peak);
}

bool LeakDetector::IsWarm(const LeakWindow& window) const {
  return window.is_full() && window.sample(window.size() - 1).age >=
                                 kWarmUpWindows * options_.window;
}

void LeakDetector::FormOpinion(double peak_bytes, Scale* scale) const {
  Opinion& opinion = scale->opinion;
  const std::vector<double> times = scale->window.times();
  const std::vector<double> live = scale->window.live_bytes();
  const Trend trend = FitTrend(times, live);
  const double slope = trend.slope_per_second;
  const double growth = slope * (times.back() - times.front());
  opinion.live_bytes = trend;
  opinion.bytes_at_end = ValueAtEnd(times, live, slope);
  const double floor =
      std::max(static_cast<double>(options_.min_growth_bytes),
               options_.min_growth_ratio * (opinion.bytes_at_end - growth));
  opinion.may_grow = IsWarm(scale->window) && growth >= floor / 2 &&
                     trend.confidence_of_rise() >= kPossible;
  // Of what grows the last third has the most, by five sixths of the growth if
  // it is steady; what was there before, and is back again, is not news.
  const bool grows = opinion.may_grow && growth >= floor &&
                     trend.confidence_of_rise() >= kSure &&
                     MedianOfLastThird(live) > peak_bytes + growth / 2 &&
                     RisesThroughout(times, live, slope);
  opinion.grows_for = grows ? opinion.grows_for + 1 : 0;
}

const LeakDetector::Scale* LeakDetector::FindConfirmed() const {
  for (const Scale& scale : scales_) {
    const size_t enough =
        std::max(kConfirmations, scale.window.size() / kConfirmationsOfPoints);
    if (scale.opinion.grows_for >= enough) return &scale;
  }
  return nullptr;
}

LeakState LeakDetector::NextState(const LeakSample& sample) {
  if (suspecting_ == nullptr) suspecting_ = FindConfirmed();
  if (suspecting_ != nullptr) return AfterSuspicion(sample);
  // Later on a window can have too few points again, after a long pause.
  return IsWarm(scales_[0].window) || state_ == LeakState::kSteady
             ? LeakState::kSteady
             : LeakState::kTooEarly;
}

LeakState LeakDetector::AfterSuspicion(const LeakSample& sample) {
  if (suspecting_->opinion.may_grow) {
    quiet_since_ = absl::InfiniteDuration();
    return LeakState::kSuspected;
  }
  quiet_since_ = std::min(quiet_since_, sample.age);
  // Rare collections make a window longer than it is asked to be.
  const absl::Duration window =
      std::max(suspecting_->window.length(), suspecting_->window.span());
  if (sample.age - quiet_since_ < kQuietPart * window) {
    return LeakState::kSuspected;
  }
  // What has become too slow for one window need not be for the other.
  suspecting_ = FindConfirmed();
  quiet_since_ = absl::InfiniteDuration();
  return suspecting_ == nullptr ? LeakState::kSteady : LeakState::kSuspected;
}

void LeakDetector::FillIn(const Scale& scale, uint64_t limit_bytes,
                          LeakVerdict* verdict) const {
  const LeakWindow& window = scale.window;
  const std::vector<double> times = window.times();
  verdict->state = state_;
  verdict->since = state_since_;
  if (state_ != LeakState::kTooEarly) {
    verdict->confidence = scale.opinion.live_bytes.confidence_of_rise();
  }
  verdict->live_bytes = scale.opinion.live_bytes;
  verdict->interval = FitTrend(times, window.intervals());
  verdict->duration = FitTrend(times, window.durations());
  verdict->collection_count = window.collection_count();
  verdict->window = window.span();
  if (state_ != LeakState::kSuspected) return;
  verdict->time_to_limit =
      LimitIn(scale.opinion.bytes_at_end,
              scale.opinion.live_bytes.slope_per_second, limit_bytes);
  verdict->growing_classes = FindGrowingClasses(window, classes_);
}

}  // namespace heapd::server
