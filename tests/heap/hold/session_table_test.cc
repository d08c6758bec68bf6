#include "heap/hold/session_table.h"

#include <gtest/gtest.h>

#include <string>

#include "heap/base/limits.h"
#include "tests/heap/status_matchers.h"

namespace heapd {
namespace {

class SessionTableTest : public ::testing::Test {
 protected:
  SessionTableTest() { EXPECT_OK(account_.SetLimits(uint64_t{1} << 40, 0)); }

  MemoryBudget budget_{uint64_t{1} << 40};
  MemoryAccount account_{&budget_};
  SessionTable sessions_{&account_};
};

TEST_F(SessionTableTest, FindsWhatIsOpen) {
  ASSERT_OK(sessions_.Open(5, "worker"));
  ASSERT_NE(sessions_.Find(5), nullptr);
  EXPECT_EQ(sessions_.Find(5)->label(), "worker");
  EXPECT_EQ(sessions_.Find(6), nullptr);
  EXPECT_EQ(sessions_.size(), 1u);
}

TEST_F(SessionTableTest, ClosingGivesEverythingBack) {
  ASSERT_OK(sessions_.Open(5, "worker"));
  ASSERT_TRUE(sessions_.Find(5)->Reserve());
  EXPECT_GT(account_.committed_bytes(), kSessionBytes);
  EXPECT_NE(sessions_.Close(5), nullptr);
  EXPECT_EQ(sessions_.Close(5), nullptr);
  EXPECT_EQ(sessions_.Find(5), nullptr);
  EXPECT_EQ(account_.committed_bytes(), 0u);
}

TEST_F(SessionTableTest, WhatIsClosedHasLeftTheHeapBeforeItsMemoryIsFreed) {
  ASSERT_OK(sessions_.Open(5, ""));
  ASSERT_OK(sessions_.Open(6, ""));
  for (Index object = 1; object <= 100; ++object) {
    for (const uint64_t id : {5, 6}) {
      ASSERT_TRUE(sessions_.Find(id)->Reserve());
      sessions_.Find(id)->HoldNew(object);
    }
  }
  EXPECT_EQ(sessions_.hold_count(), 200u);
  const uint64_t both = account_.committed_bytes();
  const std::unique_ptr<Session> closed = sessions_.Close(5);
  EXPECT_EQ(sessions_.hold_count(), 100u);
  EXPECT_EQ(sessions_.young().size(), 1u);
  EXPECT_EQ(account_.committed_bytes(), both / 2);
}

TEST_F(SessionTableTest, IdsAreNewAndNotZero) {
  ASSERT_OK(sessions_.Open(5, ""));
  EXPECT_THAT(sessions_.Open(5, ""), IsInvalid("session"));
  EXPECT_THAT(sessions_.Open(0, ""), IsInvalid("session"));
}

// Capability rows 2 and 3.
TEST_F(SessionTableTest, LabelsAreUtf8OfUpTo256Bytes) {
  EXPECT_OK(sessions_.Open(1, std::string(256, 'l')));
  EXPECT_THAT(sessions_.Open(2, std::string(257, 'l')), IsInvalid("label"));
  EXPECT_THAT(sessions_.Open(2, "\xff"), IsInvalid("label"));
  EXPECT_EQ(sessions_.size(), 1u);
}

// Capability row 3.
TEST_F(SessionTableTest, SessionsAreCounted) {
  for (uint64_t id = 1; id <= kMaxSessions; ++id) {
    ASSERT_OK(sessions_.Open(id, ""));
  }
  EXPECT_THAT(sessions_.Open(kMaxSessions + 1, ""),
              HasReason(reason::kSessionCount));
  EXPECT_NE(sessions_.Close(1), nullptr);
  EXPECT_OK(sessions_.Open(kMaxSessions + 1, ""));
}

TEST_F(SessionTableTest, WithoutMemoryNoneIsOpened) {
  ASSERT_OK(account_.SetLimits(kSessionBytes, 0));
  EXPECT_OK(sessions_.Open(1, ""));
  EXPECT_THAT(sessions_.Open(2, ""), HasReason(reason::kHeapLimit));
}

}  // namespace
}  // namespace heapd
