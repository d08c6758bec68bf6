#include "server/host/worker_pool.h"

#include <gtest/gtest.h>
#include <pthread.h>
#include <sys/resource.h>

#include <atomic>
#include <string>

#include "absl/synchronization/blocking_counter.h"

namespace heapd::server {
namespace {

TEST(WorkerPoolTest, RunsJobsInOrderOnItsNamedThread) {
  WorkerPool pool("clerk", 1);
  std::string order;
  std::string name;
  absl::BlockingCounter left(2);
  pool.Post([&] {
    order += "a";
    char buffer[16];
    pthread_getname_np(pthread_self(), buffer, sizeof(buffer));
    name = buffer;
    left.DecrementCount();
  });
  pool.Post([&] {
    order += "b";
    left.DecrementCount();
  });
  left.Wait();
  EXPECT_EQ(order, "ab");
  EXPECT_EQ(name, "clerk-0");
}

// Capability row 30.
TEST(WorkerPoolTest, ThreadsAreAsNiceAsAskedFor) {
  const auto nice_of = [](int nice) {
    int found = -1;
    WorkerPool pool("clerk", 1, nice);
    pool.Post([&found] { found = getpriority(PRIO_PROCESS, 0); });
    pool.Stop();
    return found;
  };
  const int own = getpriority(PRIO_PROCESS, 0);
  EXPECT_EQ(nice_of(0), own);
  EXPECT_EQ(nice_of(19), 19);
}

TEST(WorkerPoolTest, StopRunsWhatIsQueuedAndWhatThatPosts) {
  std::atomic<int> ran{0};
  {
    WorkerPool pool("clerk", 2);
    for (int i = 0; i < 50; ++i) {
      pool.Post([&] {
        ++ran;
        pool.Post([&] { ++ran; });
      });
    }
    pool.Stop();
    pool.Stop();
  }
  EXPECT_EQ(ran, 100);
}

}  // namespace
}  // namespace heapd::server
