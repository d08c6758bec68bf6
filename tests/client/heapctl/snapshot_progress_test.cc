#include "client/heapctl/snapshot_progress.h"

#include <sstream>

#include "gtest/gtest.h"

namespace heapd::heapctl {
namespace {

const absl::Time kStart = absl::FromUnixSeconds(1000);

v1::Snapshot Storing(double ratio) {
  v1::Snapshot snapshot;
  snapshot.set_state(v1::SNAPSHOT_STATE_WRITING);
  snapshot.set_phase(v1::SNAPSHOT_PHASE_STORING);
  snapshot.set_progress_ratio(ratio);
  snapshot.set_size_bytes(3 << 19);
  return snapshot;
}

TEST(SnapshotProgressTest, SaysWhatIsDoneAndHowMuchIsLeft) {
  v1::Snapshot snapshot = Storing(0.999);
  EXPECT_EQ(DescribeProgress(snapshot), "storing  99 %, 1.5 MiB");
  snapshot.mutable_estimated_remaining_duration()->set_nanos(1);
  EXPECT_EQ(DescribeProgress(snapshot),
            "storing  99 %, 1.5 MiB, about 1s left");
  snapshot.set_state(v1::SNAPSHOT_STATE_READY);
  EXPECT_EQ(DescribeProgress(snapshot), "ready");
  snapshot.set_error("no room");
  snapshot.set_state(v1::SNAPSHOT_STATE_FAILED);
  EXPECT_EQ(DescribeProgress(snapshot), "failed: no room");
  snapshot.set_error("cancelled by bob");
  snapshot.set_state(v1::SNAPSHOT_STATE_CANCELLED);
  EXPECT_EQ(DescribeProgress(snapshot), "cancelled by bob");
}

TEST(SnapshotProgressTest, WritesEachPhaseAndOtherwiseOneLineASecond) {
  std::ostringstream err;
  GlobalOptions global;
  global.err = &err;
  ProgressLines lines(&global);
  v1::Snapshot snapshot = Storing(0.5);
  snapshot.set_size_bytes(0);
  snapshot.set_phase(v1::SNAPSHOT_PHASE_READING);
  lines.Show(snapshot, kStart);
  lines.Show(Storing(0.5), kStart);
  lines.Show(Storing(0.6), kStart + absl::Milliseconds(999));
  lines.Show(Storing(0.7), kStart + absl::Seconds(1));
  // What has not changed is not said again.
  lines.Show(Storing(0.7), kStart + absl::Seconds(9));
  EXPECT_EQ(err.str(),
            "reading  50 %\n"
            "storing  50 %, 1.5 MiB\n"
            "storing  70 %, 1.5 MiB\n");
}

TEST(SnapshotProgressTest, ProgramsThatReadJsonSeeNone) {
  std::ostringstream err;
  GlobalOptions global;
  global.err = &err;
  global.output = OutputFormat::kJson;
  ProgressLines(&global).Show(Storing(0.5), kStart);
  EXPECT_EQ(err.str(), "");
}

}  // namespace
}  // namespace heapd::heapctl
