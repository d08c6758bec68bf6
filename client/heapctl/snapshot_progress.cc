#include "client/heapctl/snapshot_progress.h"

#include <cmath>
#include <cstdint>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "client/heapctl/printer.h"
#include "client/heapd/proto_time.h"

namespace heapd::heapctl {
namespace {

constexpr absl::Duration kPace = absl::Seconds(1);

const char* PhaseWord(v1::SnapshotPhase phase) {
  switch (phase) {
    case v1::SNAPSHOT_PHASE_MARKING:
      return "marking";
    case v1::SNAPSHOT_PHASE_READING:
      return "reading";
    case v1::SNAPSHOT_PHASE_STORING:
      return "storing";
    default:
      return "writing";
  }
}

// As people wait: nobody wants milliseconds of an estimate.
std::string Roughly(absl::Duration duration) {
  return absl::FormatDuration(absl::Ceil(duration, absl::Seconds(1)));
}

}  // namespace

std::string DescribeProgress(const v1::Snapshot& snapshot) {
  switch (snapshot.state()) {
    case v1::SNAPSHOT_STATE_READY:
      return "ready";
    case v1::SNAPSHOT_STATE_FAILED:
      return absl::StrCat("failed: ", snapshot.error());
    case v1::SNAPSHOT_STATE_CANCELLED:
      return snapshot.error();
    default:
      break;
  }
  // Rounded down: what is not done is not 100 %.
  std::string text =
      absl::StrFormat("%-7s %3d %%", PhaseWord(snapshot.phase()),
                      static_cast<int>(snapshot.progress_ratio() * 100));
  if (snapshot.size_bytes() > 0) {
    absl::StrAppend(&text, ", ",
                    HumanBytes(static_cast<int64_t>(snapshot.size_bytes())));
  }
  if (snapshot.has_estimated_remaining_duration()) {
    absl::StrAppend(&text, ", about ",
                    Roughly(client::FromProtoDuration(
                        snapshot.estimated_remaining_duration())),
                    " left");
  }
  return text;
}

void ProgressLines::Show(const v1::Snapshot& snapshot, absl::Time now) {
  if (global_.output == OutputFormat::kJson) return;
  if (snapshot.phase() == last_phase_ && now < next_) return;
  std::string line = DescribeProgress(snapshot);
  if (line == last_) return;
  *global_.err << line << std::endl;
  last_ = std::move(line);
  last_phase_ = snapshot.phase();
  next_ = now + kPace;
}

}  // namespace heapd::heapctl
