#include "server/metrics/heap_visit.h"

#include <utility>

#include "absl/time/clock.h"
#include "server/host/heap_call.h"

namespace heapd::server {

class HeapVisit::Call final : public HeapCall {
 public:
  explicit Call(std::shared_ptr<HeapVisit> visit) : visit_(std::move(visit)) {}

 private:
  absl::Status Execute(HeapAccess& access) override {
    stats_ = access.heap.Stats();
    return absl::OkStatus();
  }
  void Complete(const absl::Status& status) override {
    if (!status.ok()) stats_.reset();
    visit_->End(std::move(stats_));
    delete this;
  }

  const std::shared_ptr<HeapVisit> visit_;
  std::optional<HeapStats> stats_;
};

void HeapVisit::Begin(const std::shared_ptr<HostedHeap>& hosted) {
  {
    const absl::MutexLock lock(&mu_);
    if (!is_idle_) return;
    is_idle_ = false;
  }
  HostedHeap::Submit(hosted, new Call(shared_from_this()));
}

void HeapVisit::End(std::optional<HeapStats> stats) {
  const absl::MutexLock lock(&mu_);
  is_idle_ = true;
  // A heap that is full of calls, or gone, keeps what it showed last.
  if (stats.has_value()) figures_ = Figures{*std::move(stats), absl::Now()};
}

std::optional<HeapVisit::Figures> HeapVisit::Await(absl::Duration timeout) {
  const absl::MutexLock lock(&mu_);
  mu_.AwaitWithTimeout(absl::Condition(&is_idle_), timeout);
  return figures_;
}

}  // namespace heapd::server
