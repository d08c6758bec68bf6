#include "heap/gc/mark_bitmap.h"

#include <gtest/gtest.h>

#include <functional>
#include <vector>

namespace heapd {
namespace {

TEST(MarkBitmapTest, MarksOnce) {
  MarkBitmap marks;
  marks.Reset(1000);
  EXPECT_FALSE(marks.IsMarked(500));
  EXPECT_EQ(marks.cursor().Mark(500), 1u);
  EXPECT_EQ(marks.cursor().Mark(500), 0u);
  EXPECT_TRUE(marks.IsMarked(500));
  EXPECT_FALSE(marks.IsMarked(499));
  EXPECT_FALSE(marks.IsMarked(501));
}

TEST(MarkBitmapTest, NullIsAlwaysMarked) {
  MarkBitmap marks;
  marks.Reset(1);
  EXPECT_TRUE(marks.IsMarked(0));
  EXPECT_EQ(marks.cursor().Mark(0), 0u);
}

TEST(MarkBitmapTest, ResettingClearsAllAndMakesRoom) {
  MarkBitmap marks;
  marks.Reset(100);
  marks.cursor().Mark(99);
  marks.Reset(1'000'000);
  EXPECT_FALSE(marks.IsMarked(99));
  EXPECT_EQ(marks.cursor().Mark(999'999), 1u);
  marks.Reset(100);
  marks.Reset(1'000'000);
  EXPECT_FALSE(marks.IsMarked(999'999));
}

TEST(MarkBitmapTest, HasWhatComesNextMadeResident) {
  std::vector<std::function<void()>> tasks;
  MarkBitmap marks(
      [&tasks](std::function<void()> task) { tasks.push_back(task); });
  marks.Reset(1'000'000);
  EXPECT_TRUE(tasks.empty()) << "it is far away";
  marks.Reset(9'000'000);
  ASSERT_EQ(tasks.size(), 1u);
  tasks[0]();
  marks.Reset(9'100'000);
  EXPECT_EQ(tasks.size(), 1u) << "once";
  marks.Reset(20'000'000);
  EXPECT_FALSE(marks.IsMarked(19'999'999));
  EXPECT_EQ(tasks.size(), 1u);
}

TEST(MarkBitmapTest, CountsInWholeWords) {
  MarkBitmap marks;
  marks.Reset(4096);
  for (const Index index : {64, 127, 128, 191, 192}) marks.cursor().Mark(index);
  EXPECT_EQ(marks.CountMarked(64, 128), 4u);
  EXPECT_EQ(marks.CountMarked(0, 64), 1u) << "null";
}

}  // namespace
}  // namespace heapd
