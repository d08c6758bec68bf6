#include "heap/snapshot/node_numbering.h"

#include <gtest/gtest.h>

#include <vector>

namespace heapd {
namespace {

TEST(NodeNumberingTest, CountsTheMarksBelow) {
  MarkBitmap marks;
  marks.Reset(10'000);
  std::vector<Index> marked;
  for (Index i = 1; i < 10'000; i += i % 7 + 1) {
    marks.cursor().Mark(i);
    marked.push_back(i);
  }
  const NodeNumbering numbering(marks);
  EXPECT_EQ(numbering.count(), marked.size());
  for (size_t n = 0; n < marked.size(); ++n) {
    ASSERT_EQ(numbering.NumberOf(marked[n]), n);
  }
  std::vector<Index> visited;
  numbering.ForEach(0, numbering.end(),
                    [&visited](Index index) { visited.push_back(index); });
  EXPECT_EQ(visited, marked);
  for (Index i = 1; i < 11'000; ++i) {
    const bool is_marked = i < 10'000 && marks.IsMarked(i);
    ASSERT_EQ(numbering.IsNumbered(i), is_marked) << i;
  }
}

TEST(NodeNumberingTest, AnEmptyHeapHasNoNodes) {
  MarkBitmap marks;
  marks.Reset(1);
  const NodeNumbering numbering(marks);
  EXPECT_EQ(numbering.count(), 0u);
  numbering.ForEach(0, numbering.end(),
                    [](Index index) { ADD_FAILURE() << index; });
}

TEST(NodeNumberingTest, TheLastBitOfAWordCounts) {
  MarkBitmap marks;
  marks.Reset(4096);
  for (const Index index : {63, 64, 511, 512, 4095}) marks.cursor().Mark(index);
  const NodeNumbering numbering(marks);
  EXPECT_EQ(numbering.NumberOf(63), 0u);
  EXPECT_EQ(numbering.NumberOf(64), 1u);
  EXPECT_EQ(numbering.NumberOf(511), 2u);
  EXPECT_EQ(numbering.NumberOf(512), 3u);
  EXPECT_EQ(numbering.NumberOf(4095), 4u);
}

TEST(NodeNumberingTest, VisitsTheRangeAskedForAndKeepsWhatWasMarked) {
  MarkBitmap marks;
  marks.Reset(4096);
  for (const Index index : {63, 64, 100, 128}) marks.cursor().Mark(index);
  const NodeNumbering numbering(marks);
  marks.Reset(4096);
  std::vector<Index> visited;
  numbering.ForEach(64, 128, [&](Index index) { visited.push_back(index); });
  EXPECT_EQ(visited, (std::vector<Index>{64, 100}));
}

}  // namespace
}  // namespace heapd
