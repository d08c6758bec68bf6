#include "server/host/admission.h"

#include <gtest/gtest.h>

#include <memory>
#include <vector>

#include "heap/base/error.h"
#include "server/base/retry_delay.h"

namespace heapd::server {
namespace {

using Ticket = Admission::Ticket;

constexpr WorkBounds kNone = {WorkBounds::kMaxCalls, WorkBounds::kMaxBytes};

class AdmissionTest : public ::testing::Test {
 protected:
  absl::Status Admit(Ticket* ticket, uint64_t bytes = 1,
                     CallClass call_class = CallClass::kAdminister,
                     uint64_t session = 0) {
    return admission_->Admit(call_class, bytes, {heap_, nullptr, session},
                             ticket);
  }
  void Limit(const AdmissionLimits& limits) {
    admission_ = std::make_unique<Admission>(limits, &counters_);
  }
  // How many calls of a class are admitted beside each other.
  int Room(CallClass call_class, uint64_t session = 0) {
    std::vector<std::unique_ptr<Ticket>> tickets;
    do {
      tickets.push_back(std::make_unique<Ticket>());
    } while (Admit(tickets.back().get(), 1, call_class, session).ok());
    return static_cast<int>(tickets.size()) - 1;
  }

  AdmissionCounters counters_;
  std::shared_ptr<HeapInFlight> heap_ = std::make_shared<HeapInFlight>();
  std::unique_ptr<Admission> admission_;
};

TEST_F(AdmissionTest, RefusesTheCallOverTheBound) {
  Limit({{2, 1000}, kNone, kNone});
  Ticket a, b, c;
  EXPECT_TRUE(Admit(&a).ok());
  EXPECT_TRUE(Admit(&b).ok());
  const absl::Status refused = Admit(&c);
  EXPECT_EQ(refused.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(ReasonOf(refused), "OVERLOADED");
  EXPECT_TRUE(RetryDelayOf(refused).has_value());
  a.Release();
  EXPECT_TRUE(Admit(&c).ok());
}

TEST_F(AdmissionTest, RefusesBytesOverTheBound) {
  Limit({{10, 1000}, kNone, kNone});
  Ticket a, b;
  EXPECT_TRUE(Admit(&a, 900).ok());
  EXPECT_EQ(ReasonOf(Admit(&b, 101)), "OVERLOADED");
  EXPECT_EQ(admission_->bytes(), 900u);
  EXPECT_EQ(admission_->calls(), 1);
  EXPECT_TRUE(Admit(&b, 100).ok());
  EXPECT_FALSE(b.Grow(1).ok());
}

TEST_F(AdmissionTest, ACallThatIsAloneMayPassTheBound) {
  Limit({{10, 1000}, {10, 500}, {10, 100}});
  Ticket a, b;
  EXPECT_TRUE(Admit(&a, 2000, CallClass::kAllocate, 7).ok());
  EXPECT_TRUE(a.Grow(2000).ok());
  EXPECT_FALSE(Admit(&b).ok());
}

// Capability row 72: allocations first, then reads, then administration.
TEST_F(AdmissionTest, EachClassHasItsShareOfTheDaemonOfAHeapAndOfASession) {
  const WorkBounds bounds = {16, 1000};
  for (const AdmissionLimits& limits :
       {AdmissionLimits{bounds, kNone, kNone},
        AdmissionLimits{kNone, bounds, kNone},
        AdmissionLimits{kNone, kNone, bounds}}) {
    Limit(limits);
    EXPECT_EQ(Room(CallClass::kAllocate, 7), 12);
    EXPECT_EQ(Room(CallClass::kRead, 7), 14);
    EXPECT_EQ(Room(CallClass::kAdminister, 7), 16);
  }
}

TEST_F(AdmissionTest, AClientCanFreeWhileOthersBurst) {
  Limit({{16, 1000}, kNone, kNone});
  std::vector<std::unique_ptr<Ticket>> burst;
  do {
    burst.push_back(std::make_unique<Ticket>());
  } while (Admit(burst.back().get(), 1, CallClass::kAllocate).ok());
  Ticket release, look;
  EXPECT_TRUE(Admit(&release, 1, CallClass::kRead).ok());
  EXPECT_TRUE(Admit(&look, 1, CallClass::kAdminister).ok());
  EXPECT_TRUE(admission_->IsFull());
}

TEST_F(AdmissionTest, SharesOfBytesAreLikeThoseOfCalls) {
  Limit({{100, 800}, kNone, kNone});
  Ticket first, allocate, read, administer;
  ASSERT_TRUE(Admit(&first, 600).ok());
  EXPECT_FALSE(Admit(&allocate, 1, CallClass::kAllocate).ok());
  EXPECT_TRUE(Admit(&read, 100, CallClass::kRead).ok());
  EXPECT_FALSE(read.Grow(1).ok());
  EXPECT_TRUE(Admit(&administer, 100).ok());
}

TEST_F(AdmissionTest, OneHeapAndOneSessionLeaveRoomForOthers) {
  Limit({{100, 1000}, {8, 1000}, {4, 1000}});
  Ticket other_session, other_heap;
  std::vector<std::unique_ptr<Ticket>> mine;
  const auto fill = [&](uint64_t session) {
    do {
      mine.push_back(std::make_unique<Ticket>());
    } while (Admit(mine.back().get(), 1, CallClass::kAdminister, session).ok());
  };
  fill(7);
  EXPECT_EQ(admission_->calls(), 4);
  EXPECT_TRUE(Admit(&other_session, 1, CallClass::kAdminister, 8).ok());
  fill(0);
  EXPECT_EQ(heap_->calls(), 8);
  heap_ = std::make_shared<HeapInFlight>();
  EXPECT_TRUE(Admit(&other_heap).ok());
}

TEST_F(AdmissionTest, WhatIsRefusedLeavesNothingBehind) {
  Limit({{100, 1000}, {100, 100}, {1, 1000}});
  Ticket a, b;
  ASSERT_TRUE(Admit(&a, 10, CallClass::kAdminister, 7).ok());
  EXPECT_FALSE(Admit(&b, 10, CallClass::kAdminister, 7).ok());
  EXPECT_FALSE(Admit(&b, 200, CallClass::kAdminister, 8).ok());
  EXPECT_EQ(admission_->calls(), 1);
  EXPECT_EQ(heap_->calls(), 1);
}

TEST_F(AdmissionTest, EverythingIsGivenBack) {
  Limit({{10, 1000}, {10, 1000}, {10, 1000}});
  {
    Ticket a;
    ASSERT_TRUE(Admit(&a, 10, CallClass::kRead, 7).ok());
    ASSERT_TRUE(a.Grow(20).ok());
    a.GrowAnyway(5000);
    EXPECT_EQ(admission_->bytes(), 5030u);
    EXPECT_EQ(heap_->bytes(), 5030u);
    a.ShrinkGrowth(100);
    EXPECT_EQ(admission_->bytes(), 110u);
    a.ShrinkGrowth(200);
    EXPECT_EQ(heap_->bytes(), 110u);
  }
  EXPECT_EQ(admission_->bytes(), 0u);
  EXPECT_EQ(admission_->calls(), 0);
  EXPECT_EQ(heap_->calls(), 0);
  EXPECT_EQ(admission_->peak_calls(), 1);
  EXPECT_EQ(admission_->peak_bytes(), 5030u);
}

TEST_F(AdmissionTest, AnAnswerOutlivesItsHeap) {
  Limit({{10, 1000}, {10, 1000}, kNone});
  Ticket a;
  ASSERT_TRUE(Admit(&a).ok());
  heap_.reset();
  a.Release();
  EXPECT_EQ(admission_->calls(), 0);
}

TEST_F(AdmissionTest, CountsWhatItDid) {
  Limit({{100, 1000}, {100, 1000}, {1, 1000}});
  Ticket a, b;
  ASSERT_TRUE(Admit(&a, 1, CallClass::kRead, 7).ok());
  ASSERT_FALSE(Admit(&b, 1, CallClass::kAllocate, 7).ok());
  const AdmissionCounters::Figures figures = counters_.Read();
  const auto number = [](auto value) { return static_cast<size_t>(value); };
  EXPECT_EQ(figures.admitted[number(CallClass::kRead)], 1u);
  EXPECT_EQ(figures.refused[number(RefusalReason::kSessionCalls)]
                           [number(CallClass::kAllocate)],
            1u);
}

TEST_F(AdmissionTest, TheTimeToRetryIsWithinSensibleBounds) {
  EXPECT_EQ(RetryDelayOf(Overloaded("x", absl::Nanoseconds(1))),
            absl::Milliseconds(1));
  EXPECT_EQ(RetryDelayOf(Overloaded("x", absl::Milliseconds(1.5))),
            absl::Milliseconds(2));
  EXPECT_EQ(RetryDelayOf(Overloaded("x", absl::Hours(1))), absl::Seconds(10));
}

}  // namespace
}  // namespace heapd::server
