#include "client/heapload/load/worker.h"

#include <pthread.h>

#include <utility>

namespace heapd::heapload {

Worker::Worker(const WorkerOptions& options, const RunClock& clock,
               const Schedule& schedule,
               const std::vector<v1::ObjectService::Stub*>& stubs,
               std::unique_ptr<Profile> profile, WorkspaceKeeper& keeper,
               ErrorClasses& classes)
    : profile_(std::move(profile)),
      sent_(options.shape),
      received_(options.shape),
      answers_(options.sender.max_in_flight),
      sender_(options.sender, clock, schedule, stubs, *profile_, keeper, sent_,
              queue_, answers_),
      receiver_(clock, options.receiver, classes, received_, queue_, answers_) {
}

void Worker::Start(const std::atomic<bool>& stop) {
  receiving_ = std::thread([this] {
    pthread_setname_np(pthread_self(), "load-receive");
    receiver_.Run();
    // The queue ends last: the sender shuts it down when it is done.
    done_.store(true, std::memory_order_release);
  });
  sending_ = std::thread([this, &stop] {
    pthread_setname_np(pthread_self(), "load-send");
    sender_.Run(stop);
  });
}

void Worker::Join() {
  sending_.join();
  receiving_.join();
}

}  // namespace heapd::heapload
