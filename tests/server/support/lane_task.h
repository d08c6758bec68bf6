#ifndef HEAPD_TESTS_SERVER_SUPPORT_LANE_TASK_H_
#define HEAPD_TESTS_SERVER_SUPPORT_LANE_TASK_H_

#include <functional>
#include <utility>

#include "absl/synchronization/notification.h"
#include "server/host/mutator_lane.h"

namespace heapd::server {

// A lane task made of a function, that can be waited for.
class FunctionTask final : public LaneTask {
 public:
  explicit FunctionTask(std::function<void()> run) : run_(std::move(run)) {}

  Outcome Run() override {
    run_();
    return Outcome::kDone;
  }
  void Done() override { done_.Notify(); }

  void Wait() { done_.WaitForNotification(); }
  bool done() const { return done_.HasBeenNotified(); }

 private:
  const std::function<void()> run_;
  absl::Notification done_;
};

}  // namespace heapd::server

#endif  // HEAPD_TESTS_SERVER_SUPPORT_LANE_TASK_H_
