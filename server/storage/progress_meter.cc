#include "server/storage/progress_meter.h"

#include <algorithm>

namespace heapd::server {
namespace {

// Of storing: what a pace can be judged by.
constexpr double kLeastStored = 0.02;

}  // namespace

void ProgressMeter::Enter(SnapshotPhase phase, absl::Time now) {
  if (phase_ == phase) return;
  phase_ = phase;
  if (phase == SnapshotPhase::kReading) Reach(kReadingBegins);
  if (phase != SnapshotPhase::kStoring) return;
  storing_since_ = now;
  Reach(kStoringBegins);
}

void ProgressMeter::Advance(uint64_t done, uint64_t total) {
  const double part = total == 0
                          ? 0
                          : std::min(1.0, static_cast<double>(done) /
                                              static_cast<double>(total));
  if (phase_ == SnapshotPhase::kReading) {
    Reach(kReadingBegins + part * (kStoringBegins - kReadingBegins));
  } else if (phase_ == SnapshotPhase::kStoring) {
    Reach(kStoringBegins + part * (kFileWritten - kStoringBegins));
  }
}

absl::Duration ProgressMeter::Remaining(absl::Time now) const {
  const double stored = (ratio_ - kStoringBegins) / (1 - kStoringBegins);
  if (phase_ != SnapshotPhase::kStoring || stored < kLeastStored) {
    return absl::InfiniteDuration();
  }
  return (now - storing_since_) * ((1 - stored) / stored);
}

void ProgressMeter::Reach(double ratio) { ratio_ = std::max(ratio_, ratio); }

}  // namespace heapd::server
