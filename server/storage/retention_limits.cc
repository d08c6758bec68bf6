#include "server/storage/retention_limits.h"

#include <algorithm>
#include <map>
#include <string>
#include <tuple>
#include <utility>

namespace heapd::server {
namespace {

// What is left of the snapshots while limits are applied, newest first.
class Remaining {
 public:
  explicit Remaining(std::vector<SnapshotRecord> ready)
      : records_(std::move(ready)) {
    std::sort(records_.begin(), records_.end(),
              [](const SnapshotRecord& a, const SnapshotRecord& b) {
                return std::tie(b.create_time, b.snapshot) <
                       std::tie(a.create_time, a.snapshot);
              });
  }

  // Takes out those for which `is_over` is true; it is asked from the newest.
  template <typename Predicate>
  void TakeOut(absl::string_view limit, Predicate is_over) {
    std::vector<SnapshotRecord> kept;
    for (SnapshotRecord& record : records_) {
      if (is_over(record)) {
        excess_.push_back({std::move(record), limit});
      } else {
        kept.push_back(std::move(record));
      }
    }
    records_ = std::move(kept);
  }

  std::vector<ExcessSnapshot> TakeExcess() {
    std::sort(excess_.begin(), excess_.end(),
              [](const ExcessSnapshot& a, const ExcessSnapshot& b) {
                return std::tie(a.record.create_time, a.record.snapshot) <
                       std::tie(b.record.create_time, b.record.snapshot);
              });
    return std::move(excess_);
  }

 private:
  std::vector<SnapshotRecord> records_;
  std::vector<ExcessSnapshot> excess_;
};

}  // namespace

std::vector<ExcessSnapshot> FindExcess(std::vector<SnapshotRecord> ready,
                                       const RetentionLimits& limits,
                                       absl::Time now) {
  Remaining remaining(std::move(ready));
  remaining.TakeOut("snapshots.max_age", [&](const SnapshotRecord& record) {
    return now - record.create_time > limits.max_age;
  });
  if (limits.max_count != 0) {
    std::map<std::pair<std::string, std::string>, uint64_t> counts;
    remaining.TakeOut("snapshots.max_count", [&](const SnapshotRecord& record) {
      return ++counts[{record.storage, record.heap}] > limits.max_count;
    });
  }
  if (limits.max_bytes != 0) {
    // By destination; once one does not fit, no older one stays either, or a
    // small old one would outlive a large newer one.
    std::map<std::string, uint64_t> bytes;
    remaining.TakeOut("snapshots.max_bytes", [&](const SnapshotRecord& record) {
      const auto [sum, is_newest] = bytes.try_emplace(record.storage, 0);
      sum->second += record.size_bytes;
      return !is_newest && sum->second > limits.max_bytes;
    });
  }
  return remaining.TakeExcess();
}

}  // namespace heapd::server
