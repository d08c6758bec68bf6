#include "heap/gc/marking_worklist.h"

#include <gtest/gtest.h>

namespace heapd {
namespace {

TEST(MarkingWorklistTest, IsAStack) {
  MarkingWorklist memory(10);
  MarkingWorklist::Cursor worklist = memory.cursor();
  EXPECT_TRUE(worklist.empty());
  worklist.PushIf(3, 1);
  worklist.PushIf(4, 1);
  EXPECT_EQ(worklist.Pop(), 4u);
  EXPECT_EQ(worklist.Pop(), 3u);
  EXPECT_TRUE(worklist.empty());
}

TEST(MarkingWorklistTest, APushThatDoesNotCountLeavesIt) {
  MarkingWorklist memory(10);
  MarkingWorklist::Cursor worklist = memory.cursor();
  worklist.PushIf(3, 0);
  EXPECT_TRUE(worklist.empty());
}

TEST(MarkingWorklistTest, HasRoomForEveryIndexAndOneMore) {
  constexpr Index kEnd = 1 << 19;  // fills its memory exactly
  MarkingWorklist memory(kEnd);
  MarkingWorklist::Cursor worklist = memory.cursor();
  for (Index i = 0; i < kEnd; ++i) worklist.PushIf(i, 1);
  worklist.PushIf(1, 0);
  for (Index i = kEnd; i-- > 0;) ASSERT_EQ(worklist.Pop(), i);
}

}  // namespace
}  // namespace heapd
