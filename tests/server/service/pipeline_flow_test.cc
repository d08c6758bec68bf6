#include "server/service/pipeline_flow.h"

#include <gtest/gtest.h>

#include <deque>
#include <random>

namespace heapd::server {
namespace {

using Action = PipelineFlow::Action;
using Step = PipelineFlow::Step;

constexpr size_t kSmall = 1000;
constexpr size_t kLarge = PipelineFlow::kGroupBytes + 1;

class PipelineFlowTest : public ::testing::Test {
 protected:
  // A request arrives, with nobody else at it.
  void Arrive(size_t bytes) {
    flow_.RequestArrived(bytes);
    EXPECT_TRUE(flow_.BeginAdvancing());
  }
  // The first request is read, and worked on.
  void BeginFirst(size_t bytes) {
    ASSERT_TRUE(flow_.BeginAdvancing());
    ExpectNext(Action::kRead);
    flow_.RequestArrived(bytes);
    ExpectNext(Action::kWork);
  }
  // The same, and the next one arrives meanwhile.
  void BeginFirstOfTwo(size_t next_bytes) {
    BeginFirst(kSmall);
    EXPECT_TRUE(flow_.BeginReadAhead());
    flow_.RequestArrived(next_bytes);
  }
  void ExpectNext(Action action) { EXPECT_EQ(flow_.Next().action, action); }

  PipelineFlow flow_;
};

// Reads, works and writes with one request at a time.
TEST_F(PipelineFlowTest, ACallerWhoWaitsIsAnsweredAtOnce) {
  ASSERT_TRUE(flow_.BeginAdvancing());
  ExpectNext(Action::kRead);
  ExpectNext(Action::kNone);
  for (int i = 0; i < 5; ++i) {
    Arrive(kSmall);
    EXPECT_EQ(flow_.Next().action, Action::kWork);
    EXPECT_TRUE(flow_.BeginReadAhead());
    EXPECT_EQ(flow_.AnswerReady(kSmall).action, Action::kNone);
    const Step step = flow_.Next();
    EXPECT_EQ(step.action, Action::kWrite);
    EXPECT_FALSE(step.more_follows);
    ExpectNext(Action::kNone);
    flow_.AnswerWritten();
  }
}

TEST_F(PipelineFlowTest, AnAnswerIsKeptBackWhileASmallRequestThatIsHereIsDone) {
  ASSERT_TRUE(flow_.BeginAdvancing());
  ExpectNext(Action::kRead);
  flow_.RequestArrived(kSmall);
  const Step first = flow_.Next();
  EXPECT_EQ(first.action, Action::kWork);
  EXPECT_TRUE(flow_.BeginReadAhead());
  // On another thread, meanwhile.
  flow_.RequestArrived(kSmall);
  EXPECT_FALSE(flow_.BeginAdvancing());
  EXPECT_EQ(flow_.AnswerReady(kSmall).action, Action::kNone);
  const Step second = flow_.Next();
  EXPECT_EQ(second.action, Action::kWork);
  EXPECT_NE(second.place, first.place);
  EXPECT_EQ(flow_.AnswerReady(kSmall).action, Action::kNone);
  const Step write = flow_.Next();
  EXPECT_EQ(write.action, Action::kWrite);
  EXPECT_EQ(write.place, first.place);
  EXPECT_TRUE(write.more_follows);
  flow_.AnswerWritten();
  const Step last = flow_.Next();
  EXPECT_EQ(last.place, second.place);
  EXPECT_FALSE(last.more_follows);
}

TEST_F(PipelineFlowTest, ARequestThatHasToWaitKeepsNoAnswerBack) {
  BeginFirstOfTwo(kSmall);
  flow_.AnswerReady(kSmall);
  ExpectNext(Action::kWork);
  // Not answered yet: it waits.
  const Step write = flow_.Next();
  EXPECT_EQ(write.action, Action::kWrite);
  EXPECT_FALSE(write.more_follows);
  ExpectNext(Action::kRead);
  ExpectNext(Action::kNone);
  flow_.AnswerWritten();
  // By the thread that ended its wait.
  EXPECT_EQ(flow_.AnswerReady(kSmall).action, Action::kWrite);
}

TEST_F(PipelineFlowTest, ALongRequestKeepsNoAnswerBack) {
  BeginFirstOfTwo(kLarge);
  flow_.AnswerReady(kSmall);
  const Step write = flow_.Next();
  EXPECT_EQ(write.action, Action::kWrite);
  EXPECT_FALSE(write.more_follows);
  ExpectNext(Action::kWork);
}

TEST_F(PipelineFlowTest, BesideALongRequestOrAnswerNothingIsBegun) {
  BeginFirst(kLarge);
  EXPECT_FALSE(flow_.BeginReadAhead());
  flow_.AnswerReady(kLarge);
  ExpectNext(Action::kWrite);
  ExpectNext(Action::kNone);
  flow_.AnswerWritten();
  ASSERT_TRUE(flow_.BeginAdvancing());
  ExpectNext(Action::kRead);
}

TEST_F(PipelineFlowTest, ACallerWhoDoesNotReadIsNotWorkedForWithoutEnd) {
  ASSERT_TRUE(flow_.BeginAdvancing());
  int worked = 0;
  for (Step step = flow_.Next(); step.action != Action::kNone;
       step = flow_.Next()) {
    if (step.action == Action::kRead) flow_.RequestArrived(kSmall);
    if (step.action == Action::kWork) {
      ++worked;
      if (flow_.BeginReadAhead()) flow_.RequestArrived(kSmall);
      flow_.AnswerReady(kSmall);
    }
  }
  EXPECT_EQ(worked, PipelineFlow::kMaxPending);
}

TEST_F(PipelineFlowTest, WhatWasBegunIsAnsweredBeforeTheEnd) {
  BeginFirstOfTwo(kSmall);
  flow_.Stop(absl::UnavailableError("drain"));
  flow_.Stop(absl::CancelledError("later"));
  flow_.AnswerReady(kSmall);
  // And not the one that was not begun.
  ExpectNext(Action::kWrite);
  ExpectNext(Action::kNone);
  flow_.AnswerWritten();
  ASSERT_TRUE(flow_.BeginAdvancing());
  ExpectNext(Action::kFinish);
  EXPECT_EQ(flow_.end_status(), absl::UnavailableError("drain"));
  EXPECT_FALSE(flow_.BeginAdvancing());
}

TEST_F(PipelineFlowTest, ARequestWithoutAnAnswerEndsTheStream) {
  BeginFirst(kSmall);
  flow_.Stop(absl::UnauthenticatedError("revoked"));
  flow_.AnswerDropped();
  ExpectNext(Action::kFinish);
}

TEST_F(PipelineFlowTest, ACallerWhoIsDoneGetsItsAnswersAndOk) {
  BeginFirst(kSmall);
  EXPECT_TRUE(flow_.BeginReadAhead());
  flow_.RequestsEnded();
  flow_.AnswerReady(kSmall);
  ExpectNext(Action::kWrite);
  flow_.AnswerWritten();
  ExpectNext(Action::kFinish);
  EXPECT_EQ(flow_.end_status(), absl::OkStatus());
}

// Whatever the order of events: answers in the order of the requests, never two
// writes, works or reads at a time, and no answer that is given to the
// transport with more to follow stays the last one.
TEST_F(PipelineFlowTest, RandomEventsLeadToTheEndInOrder) {
  for (uint32_t seed = 1; seed <= 2000; ++seed) {
    std::mt19937 random(seed);
    PipelineFlow flow;
    int to_send = 40;
    int kept_back = 0;
    bool reading = false;
    bool working = false;
    bool writing = false;
    std::deque<int> begun;  // places, oldest first
    bool finished = false;
    const auto size = [&random] { return random() % 8 == 0 ? kLarge : kSmall; };
    const auto write = [&](const Step& step) {
      ASSERT_FALSE(writing);
      ASSERT_EQ(step.place, begun.front());
      writing = true;
      kept_back = step.more_follows ? kept_back + 1 : 0;
      ASSERT_LE(kept_back, PipelineFlow::kMaxKeptBack);
    };
    // With what happens inside a step.
    const auto advance = [&] {
      ASSERT_TRUE(flow.BeginAdvancing());
      while (true) {
        const Step step = flow.Next();
        if (step.action == Action::kNone) return;
        if (step.action == Action::kFinish) {
          finished = true;
          return;
        }
        if (step.action == Action::kRead) {
          ASSERT_FALSE(reading);
          reading = true;
        } else if (step.action == Action::kWrite) {
          write(step);
        } else {
          ASSERT_FALSE(working);
          begun.push_back(step.place);
          ASSERT_LE(begun.size(), size_t{PipelineFlow::kMaxPending});
          if (flow.BeginReadAhead()) {
            ASSERT_FALSE(reading);
            reading = true;
          }
          working = random() % 4 == 0;
          if (!working) {
            ASSERT_EQ(flow.AnswerReady(size()).action, Action::kNone);
          }
        }
        // Another thread's.
        if (reading && to_send > 0 && random() % 2 == 0) {
          reading = false;
          --to_send;
          flow.RequestArrived(size());
          ASSERT_FALSE(flow.BeginAdvancing());
        }
      }
    };
    advance();
    while (!finished) {
      const uint32_t event = random() % 3;
      if (event == 0 && reading) {
        reading = false;
        if (to_send > 0) {
          --to_send;
          flow.RequestArrived(size());
        } else {
          flow.RequestsEnded();
        }
        advance();
      } else if (event == 1 && working) {
        working = false;
        const Step step = flow.AnswerReady(size());
        if (step.action == Action::kWrite) write(step);
      } else if (event == 2 && writing) {
        writing = false;
        begun.pop_front();
        flow.AnswerWritten();
        advance();
      }
      // Something is on its way, or no event would ever come.
      ASSERT_TRUE(finished || reading || working || writing) << seed;
      ASSERT_TRUE(kept_back == 0 || writing || working) << seed;
    }
    EXPECT_EQ(to_send, 0);
    EXPECT_TRUE(begun.empty());
    EXPECT_EQ(kept_back, 0);
  }
}

}  // namespace
}  // namespace heapd::server
