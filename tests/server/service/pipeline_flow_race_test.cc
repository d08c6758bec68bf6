#include <gtest/gtest.h>

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <utility>

#include "server/service/pipeline_flow.h"

namespace heapd::server {
namespace {

constexpr int kRequests = 5000;
constexpr size_t kBytes = 1000;

// A stream whose events two threads take from one queue, as gRPC's do. What the
// stream itself has is touched without a lock: the flow says by whom and when.
class FakeStream {
 public:
  // Until it ends.
  void Run() {
    Advance();
    std::thread other([this] { TakeEvents(); });
    TakeEvents();
    other.join();
  }

  int worked() const { return worked_; }
  int written() const { return written_; }

 private:
  using Action = PipelineFlow::Action;

  void Post(std::function<void()> event) {
    {
      const std::lock_guard<std::mutex> lock(mu_);
      events_.push_back(std::move(event));
    }
    changed_.notify_one();
  }

  void TakeEvents() {
    while (true) {
      std::function<void()> event;
      {
        std::unique_lock<std::mutex> lock(mu_);
        changed_.wait(lock, [this] { return ended_ || !events_.empty(); });
        if (events_.empty()) return;
        event = std::move(events_.front());
        events_.pop_front();
      }
      event();
    }
  }

  void Advance() {
    if (!flow_.BeginAdvancing()) return;
    while (true) {
      switch (flow_.Next().action) {
        case Action::kWork:
          Work();
          break;
        case Action::kWrite:
          Write();
          break;
        case Action::kRead:
          Read();
          break;
        case Action::kFinish:
          End();
          return;
        case Action::kNone:
          return;
      }
    }
  }

  void Read() {
    Post([this] {
      if (read_++ < kRequests) {
        flow_.RequestArrived(kBytes);
      } else {
        flow_.RequestsEnded();
      }
      Advance();
    });
  }

  // Every third one waits for its heap.
  void Work() {
    const bool waits = ++worked_ % 3 == 0;
    if (flow_.BeginReadAhead()) Read();
    if (waits) {
      Post([this] { Complete(); });
    } else {
      Complete();
    }
  }
  void Complete() {
    if (flow_.AnswerReady(kBytes).action == Action::kWrite) Write();
  }

  void Write() {
    Post([this] {
      ++written_;
      flow_.AnswerWritten();
      Advance();
    });
  }

  void End() {
    {
      const std::lock_guard<std::mutex> lock(mu_);
      ended_ = true;
    }
    changed_.notify_all();
  }

  PipelineFlow flow_;
  int read_ = 0;
  int worked_ = 0;
  int written_ = 0;

  std::mutex mu_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> events_;
  bool ended_ = false;
};

TEST(PipelineFlowRaceTest, TwoThreadsBringEveryRequestToItsAnswer) {
  for (int run = 0; run < 5; ++run) {
    FakeStream stream;
    stream.Run();
    EXPECT_EQ(stream.worked(), kRequests);
    EXPECT_EQ(stream.written(), kRequests);
  }
}

}  // namespace
}  // namespace heapd::server
