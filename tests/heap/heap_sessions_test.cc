// Sessions, scopes and holds as callers see them.

#include <gtest/gtest.h>

#include "heap/base/limits.h"
#include "tests/heap/heap_fixture.h"

namespace heapd {
namespace {

class HeapSessionsTest : public HeapTest {};

// Capability row 12.
TEST_F(HeapSessionsTest, OnePopReleasesAHundredThousandObjects) {
  const Ref outer = New();
  ASSERT_EQ(*heap_->PushScope(kSession), 2u);
  for (int i = 0; i < 100'000; ++i) New();
  EXPECT_EQ(Collect().object_count_after, 100'001u);
  ASSERT_EQ(*heap_->PopScope(kSession), 1u);
  EXPECT_EQ(Collect().object_count_after, 1u);
  EXPECT_TRUE(IsThere(outer));
}

// Capability row 12.
TEST_F(HeapSessionsTest, ScopesCloseInReverseOrder) {
  std::vector<Ref> refs;
  for (int depth = 0; depth < 5; ++depth) {
    refs.push_back(New());
    ASSERT_OK(heap_->PushScope(kSession));
  }
  for (int depth = 5; depth-- > 1;) {
    ASSERT_OK(heap_->PopScope(kSession));
    Collect();
    EXPECT_TRUE(IsThere(refs[depth]));
    ASSERT_OK(heap_->PopScope(kSession));
    Collect();
    EXPECT_FALSE(IsThere(refs[depth]));
    ASSERT_OK(heap_->PushScope(kSession));
  }
}

// Capability row 12.
TEST_F(HeapSessionsTest, APopCanCarryAnObjectOut) {
  ASSERT_OK(heap_->PushScope(kSession));
  const Ref carried = New();
  const Ref dropped = New();
  ASSERT_OK(heap_->PopScope(kSession, carried));
  Collect();
  EXPECT_TRUE(IsThere(carried));
  EXPECT_FALSE(IsThere(dropped));
  Release(carried);
}

TEST_F(HeapSessionsTest, CarryingWhatAnOuterScopeHoldsHoldsItOnce) {
  const Ref ref = New();
  ASSERT_OK(heap_->PushScope(kSession));
  ASSERT_OK(heap_->PopScope(kSession, ref));
  EXPECT_EQ(heap_->Stats().hold_count, 1u);
}

TEST_F(HeapSessionsTest, CarryingAStaleRefPopsNothing) {
  const Ref stale = New();
  Release(stale);
  Collect();
  ASSERT_OK(heap_->PushScope(kSession));
  const Ref kept = New();
  EXPECT_THAT(heap_->PopScope(kSession, stale),
              HasReason(reason::kObjectCollected));
  Collect();
  EXPECT_TRUE(IsThere(kept));
}

TEST_F(HeapSessionsTest, TheFirstScopeEndsWithTheSession) {
  EXPECT_THAT(heap_->PopScope(kSession), HasReason(reason::kLastScope));
  EXPECT_TRUE(absl::IsFailedPrecondition(heap_->PopScope(kSession).status()));
}

// Capability row 3.
TEST_F(HeapSessionsTest, ScopesAreCounted) {
  for (size_t depth = 2; depth <= kMaxScopes; ++depth) {
    ASSERT_EQ(*heap_->PushScope(kSession), depth);
  }
  EXPECT_THAT(heap_->PushScope(kSession), HasReason(reason::kScopeCount));
  EXPECT_OK(heap_->PopScope(kSession));
}

TEST_F(HeapSessionsTest, ASessionHoldsAnObjectOnce) {
  const Ref ref = New();
  ASSERT_OK(heap_->Hold(kSession, ref));
  EXPECT_EQ(heap_->Stats().hold_count, 1u);
  Release(ref);
  EXPECT_THAT(heap_->Release(kSession, ref), HasReason(reason::kNotHeld));
}

TEST_F(HeapSessionsTest, AnObjectLivesWhileAnySessionHoldsIt) {
  ASSERT_OK(heap_->OpenSession(8, "other"));
  const Ref ref = New();
  ASSERT_OK(heap_->Hold(8, ref));
  Release(ref);
  Collect();
  EXPECT_TRUE(IsThere(ref));
  ASSERT_OK(heap_->CloseSession(8));
  Collect();
  EXPECT_FALSE(IsThere(ref));
}

TEST_F(HeapSessionsTest, ClosingASessionDropsWhatOnlyItHeld) {
  const Ref rooted = New();
  const Ref held = New();
  ASSERT_OK(heap_->Root("root", rooted));
  ASSERT_OK(heap_->PushScope(kSession));
  New();
  ASSERT_OK(heap_->CloseSession(kSession));
  EXPECT_FALSE(heap_->HasSession(kSession));
  EXPECT_EQ(Collect().object_count_after, 1u);
  EXPECT_TRUE(IsThere(rooted));
  EXPECT_FALSE(IsThere(held));
}

TEST_F(HeapSessionsTest, AClosedSessionIsNotFound) {
  const Ref ref = New();
  ASSERT_OK(heap_->CloseSession(kSession));
  const auto expired = HasReason(reason::kSessionExpired);
  EXPECT_THAT(heap_->CloseSession(kSession), expired);
  EXPECT_THAT(heap_->PushScope(kSession), expired);
  EXPECT_THAT(heap_->PopScope(kSession), expired);
  EXPECT_THAT(heap_->Hold(kSession, ref), expired);
  EXPECT_THAT(heap_->Release(kSession, ref), expired);
  EXPECT_THAT(heap_->Allocate(kSession, type_, "", 0, {}), expired);
  EXPECT_THAT(heap_->AllocateString(kSession, ""), expired);
  EXPECT_THAT(heap_->Copy(kSession, ref, 0, 1), expired);
  EXPECT_THAT(heap_->PushScope(0), IsInvalid("session"));
}

TEST_F(HeapSessionsTest, ManyReleasesKeepTheRest) {
  std::vector<Ref> refs;
  for (int i = 0; i < 10'000; ++i) refs.push_back(New());
  for (int i = 0; i < 10'000; ++i) {
    if (i % 100 != 0) Release(refs[i]);
  }
  EXPECT_EQ(heap_->Stats().hold_count, 100u);
  EXPECT_EQ(Collect().object_count_after, 100u);
  for (int i = 0; i < 10'000; i += 100) EXPECT_TRUE(IsThere(refs[i]));
}

}  // namespace
}  // namespace heapd
