#ifndef HEAPD_TESTS_SERVER_SUPPORT_LANE_BLOCKER_H_
#define HEAPD_TESTS_SERVER_SUPPORT_LANE_BLOCKER_H_

#include <gtest/gtest.h>

#include <memory>
#include <thread>
#include <utility>

#include "absl/synchronization/notification.h"
#include "server/host/hosted_heap.h"

namespace heapd::server {

// Holds the lane of a heap from its creation to its end.
class LaneBlocker {
 public:
  explicit LaneBlocker(std::shared_ptr<HostedHeap> hosted)
      : thread_([this, hosted = std::move(hosted)] {
          EXPECT_TRUE(
              RunAndWait(hosted, {}, hosted->long_pool(), [this](HeapAccess&) {
                blocked_.Notify();
                unblock_.WaitForNotification();
                return absl::OkStatus();
              }).ok());
        }) {
    blocked_.WaitForNotification();
  }
  ~LaneBlocker() {
    unblock_.Notify();
    thread_.join();
  }
  LaneBlocker(const LaneBlocker&) = delete;
  LaneBlocker& operator=(const LaneBlocker&) = delete;

 private:
  absl::Notification blocked_;
  absl::Notification unblock_;
  std::thread thread_;
};

}  // namespace heapd::server

#endif  // HEAPD_TESTS_SERVER_SUPPORT_LANE_BLOCKER_H_
