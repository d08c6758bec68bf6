#ifndef HEAPD_SERVER_STORAGE_PROGRESS_METER_H_
#define HEAPD_SERVER_STORAGE_PROGRESS_METER_H_

#include <cstdint>

#include "absl/time/time.h"
#include "server/storage/snapshot_record.h"

namespace heapd::server {

// How much of a snapshot is done, and how much longer it will take. Phases have
// fixed shares of the whole; what is still to be stored is estimated from the
// pace of what has been stored. Single-threaded.
class ProgressMeter {
 public:
  // A phase begins; harmless when it has begun already. They come in the order
  // of the enum.
  void Enter(SnapshotPhase phase, absl::Time now);
  // Of the phase that goes on, `done` of `total` steps are taken. What is
  // behind that already counts as nothing: the ratio never falls.
  void Advance(uint64_t done, uint64_t total);
  // The file is complete, and its index is. Both belong to kStoring.
  void FileStored() { Reach(kFileStored); }
  void IndexStored() { Reach(kIndexStored); }
  void Finish() { ratio_ = 1; }

  SnapshotPhase phase() const { return phase_; }
  // 0 to 1, which Finish() alone reaches.
  double ratio() const { return ratio_; }
  // InfiniteDuration() before there is something to judge by.
  absl::Duration Remaining(absl::Time now) const;

 private:
  // Where phases begin and parts of the last one end. Of a million objects on a
  // local disk marking took a twentieth of the time and reading an eighth.
  static constexpr double kReadingBegins = 0.05;
  static constexpr double kStoringBegins = 0.2;
  static constexpr double kFileWritten = 0.9;
  static constexpr double kFileStored = 0.93;
  static constexpr double kIndexStored = 0.98;

  void Reach(double ratio);

  SnapshotPhase phase_ = SnapshotPhase::kNone;
  absl::Time storing_since_;
  double ratio_ = 0;
};

}  // namespace heapd::server

#endif  // HEAPD_SERVER_STORAGE_PROGRESS_METER_H_
