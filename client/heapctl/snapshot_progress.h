#ifndef HEAPD_CLIENT_HEAPCTL_SNAPSHOT_PROGRESS_H_
#define HEAPD_CLIENT_HEAPCTL_SNAPSHOT_PROGRESS_H_

#include <string>

#include "absl/time/time.h"
#include "client/heapctl/global_options.h"
#include "heapd/v1/snapshot_service.pb.h"

namespace heapd::heapctl {

// How far a snapshot is, for people: "storing   62 %, 48.0 MiB, about 3s left",
// "ready".
std::string DescribeProgress(const v1::Snapshot& snapshot);

// Writes how far a snapshot is to standard error, a line for each phase and
// otherwise one a second at most, so that standard output stays the result.
// Nothing with --output json. Single-threaded.
class ProgressLines {
 public:
  // `global` outlives this.
  explicit ProgressLines(const GlobalOptions* global) : global_(*global) {}

  // `now` comes from one clock and does not fall.
  void Show(const v1::Snapshot& snapshot, absl::Time now);

 private:
  const GlobalOptions& global_;
  std::string last_;  // that was written
  v1::SnapshotPhase last_phase_ = v1::SNAPSHOT_PHASE_UNSPECIFIED;
  absl::Time next_ = absl::InfinitePast();
};

}  // namespace heapd::heapctl

#endif  // HEAPD_CLIENT_HEAPCTL_SNAPSHOT_PROGRESS_H_
