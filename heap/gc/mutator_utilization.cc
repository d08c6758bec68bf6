#include "heap/gc/mutator_utilization.h"

#include <algorithm>

namespace heapd {
namespace {

double RatioOf(absl::Duration mutator, absl::Duration all) {
  if (all <= absl::ZeroDuration()) return 1;
  return std::clamp(absl::FDivDuration(mutator, all), 0.0, 1.0);
}

}  // namespace

MutatorUtilization::MutatorUtilization() {
  windows_[0].length = absl::Milliseconds(10);
  windows_[1].length = absl::Milliseconds(100);
  windows_[2].length = absl::Seconds(1);
}

void MutatorUtilization::AddPause(absl::Duration end, absl::Duration duration) {
  for (Window& window : windows_) AddTo(&window, {end, duration});
}

void MutatorUtilization::EndMajor(absl::Duration end, absl::Duration pauses) {
  const absl::Duration all = end - last_major_end_;
  const absl::Duration mutator = all - pauses;
  const bool first = average_pause_ + average_mutator_ == absl::ZeroDuration();
  average_pause_ = first ? pauses : (average_pause_ + pauses) / 2;
  average_mutator_ = first ? mutator : (average_mutator_ + mutator) / 2;
  last_major_end_ = end;
  current_ = RatioOf(mutator, all);
  average_ = RatioOf(average_mutator_, average_mutator_ + average_pause_);
}

// Of all places of a window, one that ends with a pause has the most pause in
// it: moved so that it does, a window loses nothing that it had.
void MutatorUtilization::AddTo(Window* window, const Pause& pause) {
  window->pauses.push_back(pause);
  window->paused += pause.duration;
  const absl::Duration start = pause.end - window->length;
  while (window->pauses.front().end <= start) {
    window->paused -= window->pauses.front().duration;
    window->pauses.pop_front();
  }
  const Pause& oldest = window->pauses.front();
  const absl::Duration outside =
      std::max(start - (oldest.end - oldest.duration), absl::ZeroDuration());
  const absl::Duration mutator = window->length - (window->paused - outside);
  window->minimum = std::min(window->minimum, RatioOf(mutator, window->length));
}

}  // namespace heapd
