#include "heap/hold/session.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <vector>

#include "heap/base/limits.h"
#include "tests/heap/status_matchers.h"

namespace heapd {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class SessionTest : public ::testing::Test {
 protected:
  SessionTest() { EXPECT_OK(account_.SetLimits(uint64_t{1} << 30, 0)); }

  void Hold(Index object) {
    ASSERT_FALSE(session_->Holds(object));
    ASSERT_TRUE(session_->Reserve());
    session_->HoldNew(object);
  }
  bool PushScope() { return session_->ReserveScope() && session_->PushScope(); }
  void HoldRange(Index first, Index last) {
    for (Index object = first; object <= last; ++object) Hold(object);
  }
  std::vector<Index> Holds() const {
    std::vector<Index> holds;
    session_->ForEachHold([&holds](Index object) { holds.push_back(object); });
    EXPECT_EQ(holds.size(), session_->hold_count());
    EXPECT_EQ(holds.size(), shared_.hold_total);
    return holds;
  }

  MemoryBudget budget_{uint64_t{1} << 40};
  MemoryAccount account_{&budget_};
  Session::Shared shared_;
  Session::List& listed_ = shared_.young;
  std::unique_ptr<Session> session_ =
      std::make_unique<Session>(&account_, &shared_, "label");
};

class YoungHoldsTest : public SessionTest {
 protected:
  std::vector<Index> YoungHolds() const {
    std::vector<Index> holds;
    session_->ForEachYoungHold([&](Index object) { holds.push_back(object); });
    return holds;
  }
  void Scavenge(bool all_promoted = false) {
    for (size_t i = listed_.size(); i-- > 0;) {
      listed_[i]->AfterScavenge(all_promoted);
    }
  }
};

TEST_F(YoungHoldsTest, AHoldIsLookedAtTwice) {
  Hold(1);
  EXPECT_THAT(YoungHolds(), ElementsAre(1));
  Scavenge();
  Hold(2);
  EXPECT_THAT(YoungHolds(), ElementsAre(1, 2));
  Scavenge();
  EXPECT_THAT(YoungHolds(), ElementsAre(2));
  EXPECT_THAT(listed_, ElementsAre(session_.get()));
  Scavenge();
  EXPECT_THAT(YoungHolds(), IsEmpty());
  EXPECT_THAT(listed_, IsEmpty());
}

TEST_F(YoungHoldsTest, NoneIsYoungAfterAllWerePromoted) {
  Hold(1);
  Scavenge(/*all_promoted=*/true);
  EXPECT_THAT(YoungHolds(), IsEmpty());
  EXPECT_THAT(listed_, IsEmpty());
  Hold(2);
  EXPECT_THAT(YoungHolds(), ElementsAre(2));
}

TEST_F(YoungHoldsTest, APoppedScopeTakesItsYoungHoldsWithIt) {
  Hold(1);
  ASSERT_TRUE(PushScope());
  Hold(2);
  Scavenge();
  Hold(3);
  std::vector<Index> dropped;
  session_->PopScope(&dropped);
  EXPECT_THAT(YoungHolds(), ElementsAre(1));
  Hold(4);
  EXPECT_THAT(YoungHolds(), ElementsAre(1, 4));
  session_->UndoHoldNew();
  session_->UndoPopScope(dropped);
  EXPECT_THAT(YoungHolds(), ElementsAre(1, 2, 3));
}

TEST_F(YoungHoldsTest, ClosingGapsMovesTheBorders) {
  HoldRange(1, 200);
  Scavenge();
  HoldRange(201, 300);
  Scavenge();
  HoldRange(301, 400);
  for (Index object = 1; object <= 190; ++object) session_->Release(object);
  for (Index object = 201; object <= 290; ++object) session_->Release(object);
  session_->Compact();
  std::vector<Index> expected;
  for (Index object = 291; object <= 400; ++object) expected.push_back(object);
  EXPECT_EQ(YoungHolds(), expected);
  Scavenge();
  HoldRange(500, 501);
  EXPECT_EQ(YoungHolds().size(), 102u);
}

TEST_F(YoungHoldsTest, ASessionThatGoesLeavesTheList) {
  auto other = std::make_unique<Session>(&account_, &shared_, "other");
  Hold(1);
  ASSERT_TRUE(other->Reserve());
  other->HoldNew(2);
  ASSERT_EQ(listed_.size(), 2u);
  session_.reset();
  EXPECT_THAT(listed_, ElementsAre(other.get()));
  other.reset();
  EXPECT_THAT(listed_, IsEmpty());
}

TEST_F(SessionTest, HoldsUntilItReleases) {
  Hold(3);
  Hold(4);
  EXPECT_TRUE(session_->Holds(3));
  EXPECT_NE(session_->Release(3), Session::npos);
  EXPECT_FALSE(session_->Holds(3));
  EXPECT_EQ(session_->Release(3), Session::npos);
  EXPECT_THAT(Holds(), ElementsAre(4));
}

// Capability row 12.
TEST_F(SessionTest, AScopeDropsItsHoldsOnly) {
  Hold(1);
  ASSERT_TRUE(PushScope());
  Hold(2);
  Hold(3);
  EXPECT_EQ(session_->depth(), 2u);
  std::vector<Index> dropped;
  session_->PopScope(&dropped);
  EXPECT_THAT(dropped, ElementsAre(2, 3));
  EXPECT_THAT(Holds(), ElementsAre(1));
  EXPECT_EQ(session_->depth(), 1u);
}

// Capability row 12.
TEST_F(SessionTest, ScopesNest) {
  for (Index scope = 1; scope <= 5; ++scope) {
    Hold(scope);
    ASSERT_TRUE(PushScope());
  }
  session_->PopScope(nullptr);
  EXPECT_THAT(Holds(), ElementsAre(1, 2, 3, 4, 5));
  session_->PopScope(nullptr);
  EXPECT_THAT(Holds(), ElementsAre(1, 2, 3, 4));
  session_->PopScope(nullptr);
  EXPECT_THAT(Holds(), ElementsAre(1, 2, 3));
}

TEST_F(SessionTest, AReleaseInAnOuterScopeLeavesTheInnerOne) {
  HoldRange(1, 3);
  ASSERT_TRUE(PushScope());
  HoldRange(4, 5);
  session_->Release(2);
  session_->PopScope(nullptr);
  EXPECT_THAT(Holds(), ElementsAre(1, 3));
}

TEST_F(SessionTest, AReleasedHoldIsAGapInWhatAScopeDrops) {
  ASSERT_TRUE(PushScope());
  HoldRange(1, 3);
  session_->Release(2);
  std::vector<Index> dropped;
  session_->PopScope(&dropped);
  EXPECT_THAT(dropped, ElementsAre(1, 0, 3));
  EXPECT_EQ(session_->hold_count(), 0u);
}

// Capability row 3.
TEST_F(SessionTest, ScopesAreCounted) {
  while (session_->depth() < kMaxScopes) ASSERT_TRUE(PushScope());
  EXPECT_FALSE(PushScope());
  session_->PopScope(nullptr);
  EXPECT_TRUE(PushScope());
}

TEST_F(SessionTest, FindsHoldsFarFromTheTop) {
  HoldRange(1, 1000);
  EXPECT_TRUE(session_->Holds(1));
  EXPECT_FALSE(session_->Holds(1001));
  EXPECT_EQ(session_->Release(500), 499u);
  EXPECT_FALSE(session_->Holds(500));
  Hold(500);
  EXPECT_TRUE(session_->Holds(500)) << "the index is kept up to date";
  EXPECT_EQ(session_->hold_count(), 1000u);
}

TEST_F(SessionTest, TheIndexFollowsScopes) {
  HoldRange(1, 40);
  ASSERT_TRUE(session_->Holds(1)) << "builds the index";
  ASSERT_TRUE(PushScope());
  HoldRange(41, 100);
  session_->PopScope(nullptr);
  EXPECT_FALSE(session_->Holds(60));
  EXPECT_TRUE(session_->Holds(40));
  Hold(60);
  EXPECT_EQ(session_->Release(60), 40u);
}

TEST_F(SessionTest, ASessionThatIsSmallAgainNeedsNoIndex) {
  Hold(1);
  ASSERT_TRUE(PushScope());
  HoldRange(2, 100);
  ASSERT_TRUE(session_->Holds(2));
  session_->PopScope(nullptr);
  EXPECT_TRUE(session_->Holds(1));
  EXPECT_FALSE(session_->Holds(2));
  HoldRange(2, 50);
  EXPECT_TRUE(session_->Holds(1));
}

TEST_F(SessionTest, ManyGapsAreClosedInEveryScope) {
  HoldRange(1, 100);
  ASSERT_TRUE(PushScope());
  ASSERT_TRUE(PushScope());
  HoldRange(101, 200);
  ASSERT_TRUE(PushScope());
  for (Index i = 1; i <= 200; ++i) {
    if (i % 10 != 0) session_->Release(i);
  }
  session_->Compact();
  EXPECT_EQ(session_->hold_count(), 20u);
  for (Index i = 10; i <= 200; i += 10) {
    EXPECT_TRUE(session_->Holds(i));
  }
  Hold(300);
  session_->PopScope(nullptr);
  EXPECT_EQ(session_->hold_count(), 20u);
  session_->PopScope(nullptr);
  EXPECT_EQ(session_->hold_count(), 10u);
  session_->PopScope(nullptr);
  EXPECT_EQ(session_->hold_count(), 10u);
  EXPECT_EQ(session_->Release(100), 9u);
}

TEST_F(SessionTest, FewGapsStay) {
  HoldRange(1, 200);
  session_->Release(1);
  session_->Compact();
  EXPECT_EQ(session_->Release(200), 199u);
}

TEST_F(SessionTest, MemoryIsChargedAndGivenBack) {
  HoldRange(1, 100'000);
  EXPECT_GE(account_.committed_bytes(), 400'000u);
  session_.reset();
  EXPECT_EQ(account_.committed_bytes(), 0u);
}

TEST_F(SessionTest, AnEmptiedSessionGivesItsMemoryBack) {
  Hold(1);
  ASSERT_TRUE(PushScope());
  HoldRange(2, 100'000);
  session_->PopScope(nullptr);
  session_->Compact();
  EXPECT_LE(account_.committed_bytes(), 1000u);
  EXPECT_THAT(Holds(), ElementsAre(1));
  HoldRange(2, 1000);
  EXPECT_EQ(session_->hold_count(), 1000u);
}

TEST_F(SessionTest, WithoutMemoryThereIsNoRoom) {
  ASSERT_OK(account_.SetLimits(1000, 0));
  Index object = 1;
  while (session_->Reserve()) session_->HoldNew(object++);
  EXPECT_GE(session_->hold_count(), 64u);
  EXPECT_LE(account_.committed_bytes(), 1000u);
  EXPECT_TRUE(session_->Holds(1));
}

TEST_F(SessionTest, ScopesAreChargedToTheHeap) {
  for (int i = 0; i < 10'000; ++i) ASSERT_TRUE(PushScope());
  EXPECT_GE(account_.committed_bytes(), 80'000u);
  ASSERT_OK(account_.SetLimits(account_.committed_bytes(), 0));
  while (session_->ReserveScope()) ASSERT_TRUE(session_->PushScope());
  EXPECT_LT(session_->depth(), kMaxScopes);
  session_.reset();
  EXPECT_EQ(account_.committed_bytes(), 0u);
}

TEST_F(SessionTest, EachStepCanBeTakenBack) {
  HoldRange(1, 50);
  ASSERT_TRUE(PushScope());
  HoldRange(51, 60);
  session_->Release(55);
  const std::vector<Index> before = Holds();

  ASSERT_TRUE(PushScope());
  Hold(61);
  const size_t position = session_->Release(3);
  std::vector<Index> inner;
  session_->PopScope(&inner);
  std::vector<Index> outer;
  session_->PopScope(&outer);
  EXPECT_EQ(session_->hold_count(), 49u);

  session_->UndoPopScope(outer);
  session_->UndoPopScope(inner);
  session_->UndoRelease(position, 3);
  session_->UndoHoldNew();
  session_->UndoPushScope();
  EXPECT_EQ(Holds(), before);
  EXPECT_EQ(session_->depth(), 2u);
  EXPECT_TRUE(session_->Holds(3));
  EXPECT_FALSE(session_->Holds(61));
  session_->PopScope(nullptr);
  EXPECT_EQ(session_->hold_count(), 50u);
}

TEST_F(SessionTest, AnIndexBuiltMeanwhileFollowsTheUndoing) {
  HoldRange(1, 40);
  ASSERT_TRUE(PushScope());
  HoldRange(41, 80);
  std::vector<Index> dropped;
  session_->PopScope(&dropped);
  ASSERT_FALSE(session_->Holds(41)) << "builds the index";
  session_->UndoPopScope(dropped);
  EXPECT_TRUE(session_->Holds(41));
  EXPECT_EQ(session_->Release(80), 79u);
}

TEST_F(SessionTest, ANewSessionHoldsNothingInOneScope) {
  EXPECT_THAT(Holds(), IsEmpty());
  EXPECT_EQ(session_->depth(), 1u);
  EXPECT_EQ(session_->label(), "label");
  EXPECT_EQ(session_->snapshot_id(), 0u);
}

}  // namespace
}  // namespace heapd
