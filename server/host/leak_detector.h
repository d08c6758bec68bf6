#ifndef HEAPD_SERVER_HOST_LEAK_DETECTOR_H_
#define HEAPD_SERVER_HOST_LEAK_DETECTOR_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "server/host/leak_classes.h"
#include "server/host/leak_verdict.h"
#include "server/host/leak_window.h"

namespace heapd::server {

// Says whether one heap grows without end, from what lives after its major
// collections. Two windows look at them: one of LeakOptions::window, and one
// six times as long for what grows slowly, which also remembers how much lived
// before. A heap is
//
//             it grows, as often in a row as an
//             eighth of the window has points
//    TOO_EARLY ──▶ STEADY ─────────────────────────▶ SUSPECTED
//                    ▲                                   │
//                    └── no growth for a quarter ────────┘
//                        of the window
//
// It grows if a rank test is sure of it (99.9 %), by more than the floors of
// LeakOptions, in every third of the window, not slower and slower, and to more
// than lived before. The first two windows of a heap's life are its warm-up.
// README.md of this folder has how often that is right.
//
// Thread-safe. Add() is for whoever has the heap's lane and does next to
// nothing; Judge() takes tens of microseconds, and about a millisecond while
// the heap is suspected.
class LeakDetector {
 public:
  explicit LeakDetector(const LeakOptions& options);
  LeakDetector(const LeakDetector&) = delete;
  LeakDetector& operator=(const LeakDetector&) = delete;

  // Numbers for LeakSample::classes.
  LeakClasses& classes() { return classes_; }

  // Notes a major collection. In the order of their ends.
  void Add(LeakSample sample) ABSL_LOCKS_EXCLUDED(mu_);
  // Looks at what was added since the last time. Returns the verdicts by which
  // a suspicion began or ended, in their order; usually none. `limit_bytes`: of
  // the heap, now.
  std::vector<LeakVerdict> Judge(uint64_t limit_bytes)
      ABSL_LOCKS_EXCLUDED(judge_mu_, mu_);

  // As of the last Judge().
  LeakVerdict verdict() const ABSL_LOCKS_EXCLUDED(mu_);

 private:
  // What one window says.
  struct Opinion {
    Trend live_bytes;
    double bytes_at_end = 0;
    bool may_grow = false;  // less than `grows` asks for
    size_t grows_for = 0;   // verdicts in a row that it grows
  };
  struct Scale {
    LeakWindow window;
    Opinion opinion;
  };

  // Takes one sample; whether anything ended a point.
  bool Take(const LeakSample& sample) ABSL_EXCLUSIVE_LOCKS_REQUIRED(judge_mu_);
  // Whether there is enough to judge by.
  bool IsWarm(const LeakWindow& window) const;
  // `peak_bytes`: the most that lived before the window.
  void FormOpinion(double peak_bytes, Scale* scale) const;
  // The most that lived after collections before the short window.
  double PeakBefore() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(judge_mu_);
  LeakState NextState(const LeakSample& sample)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(judge_mu_);
  // The window that has said often enough in a row that the heap grows; null if
  // none has.
  const Scale* FindConfirmed() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(judge_mu_);
  LeakState AfterSuspicion(const LeakSample& sample)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(judge_mu_);
  void FillIn(const Scale& scale, uint64_t limit_bytes,
              LeakVerdict* verdict) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(judge_mu_);

  const LeakOptions options_;
  LeakClasses classes_;

  // One thread at a time judges; before mu_ in the lock order.
  absl::Mutex judge_mu_;
  Scale scales_[2] ABSL_GUARDED_BY(judge_mu_);  // the short one first
  // Which of them suspects, and since when (age of the heap) it does not any
  // more; infinite while it does.
  const Scale* suspecting_ ABSL_GUARDED_BY(judge_mu_) = nullptr;
  absl::Duration quiet_since_ ABSL_GUARDED_BY(judge_mu_) =
      absl::InfiniteDuration();
  LeakState state_ ABSL_GUARDED_BY(judge_mu_) = LeakState::kTooEarly;
  absl::Time state_since_ ABSL_GUARDED_BY(judge_mu_) = absl::InfinitePast();

  mutable absl::Mutex mu_;  // a leaf of the lock order
  std::vector<LeakSample> added_ ABSL_GUARDED_BY(mu_);
  LeakVerdict verdict_ ABSL_GUARDED_BY(mu_);
};

}  // namespace heapd::server

#endif  // HEAPD_SERVER_HOST_LEAK_DETECTOR_H_
