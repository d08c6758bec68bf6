#include "heap/space/free_list.h"

#include <gtest/gtest.h>

#include <vector>

namespace heapd {
namespace {

class FreeListTest : public ::testing::Test {
 protected:
  // A run of its own, with a used word behind it.
  char* Run(uint64_t units) {
    char* const start = next_;
    next_ += (units + 1) * kWordBytes;
    EXPECT_LE(next_, memory_.data() + memory_.size());
    list_.Add(start, units);
    return start;
  }

  std::vector<char> memory_ = std::vector<char>(1 << 20);
  char* next_ = memory_.data();
  FreeList list_;
};

TEST_F(FreeListTest, AnEmptyListHasNothing) {
  EXPECT_EQ(list_.Take(2), nullptr);
  EXPECT_EQ(list_.free_units(), 0u);
  EXPECT_EQ(list_.LargestRunUnits(), 0u);
}

// Capability row 46.
TEST_F(FreeListTest, ARunThatIsTakenIsNoLongerThere) {
  char* const run = Run(10);
  EXPECT_EQ(list_.free_units(), 10u);
  Block* const taken = list_.Take(10);
  EXPECT_EQ(taken, Block::At(run));
  EXPECT_EQ(taken->free_units(), 10u);
  EXPECT_EQ(list_.free_units(), 0u);
  EXPECT_EQ(list_.Take(2), nullptr);
}

// Capability row 46.
TEST_F(FreeListTest, TheSmallestClassThatSufficesIsTaken) {
  Run(500);
  char* const fitting = Run(12);
  Run(100);
  EXPECT_EQ(list_.Take(11), Block::At(fitting));
}

TEST_F(FreeListTest, ASmallerRunIsNotTaken) {
  Run(9);
  EXPECT_EQ(list_.Take(10), nullptr);
  EXPECT_EQ(list_.free_units(), 9u);
}

TEST_F(FreeListTest, InItsOwnClassARunCanBeTooSmall) {
  ASSERT_EQ(FreeRunClass::Of(64), FreeRunClass::Of(79));
  char* const large = Run(79);
  Run(64);
  EXPECT_EQ(list_.Take(70), Block::At(large));
}

TEST_F(FreeListTest, ARunOfOneWordIsMadeAndLeftOut) {
  char* const run = Run(1);
  EXPECT_TRUE(Block::At(run)->is_free());
  EXPECT_EQ(Block::At(run)->free_units(), 1u);
  EXPECT_EQ(list_.free_units(), 0u);
  EXPECT_EQ(list_.Take(1), nullptr);
}

TEST_F(FreeListTest, SizesUpTo16WordsHaveAClassEachAndThenFourADoubling) {
  for (uint64_t units = 2; units < 16; ++units) {
    EXPECT_EQ(FreeRunClass::Of(units), static_cast<int>(units));
  }
  EXPECT_EQ(FreeRunClass::Of(16), 16);
  EXPECT_EQ(FreeRunClass::Of(19), 16);
  EXPECT_EQ(FreeRunClass::Of(20), 17);
  EXPECT_EQ(FreeRunClass::Of(31), 19);
  EXPECT_EQ(FreeRunClass::Of(32), 20);
  EXPECT_LT(FreeRunClass::Of(kPageBytes / kWordBytes), FreeRunClass::kCount);
}

// Capability row 46: no search through the heap, whatever there is.
TEST_F(FreeListTest, ALookTakesNineStepsAtMost) {
  for (int i = 0; i < 1000; ++i) Run(64);
  const uint64_t before = list_.step_count();
  EXPECT_EQ(list_.Take(79), nullptr);
  EXPECT_LE(list_.step_count() - before, 8u);
  Run(80);
  EXPECT_NE(list_.Take(79), nullptr);
  EXPECT_LE(list_.step_count() - before, 17u);
}

TEST_F(FreeListTest, TheLargestRunIsFoundInItsClass) {
  Run(70);
  Run(79);
  Run(64);
  Run(3);
  EXPECT_EQ(list_.LargestRunUnits(), 79u);
}

TEST_F(FreeListTest, ForEachVisitsEveryRun) {
  Run(3);
  Run(3);
  Run(500);
  uint64_t sum = 0;
  list_.ForEach([&sum](const Block* run) { sum += run->free_units(); });
  EXPECT_EQ(sum, 506u);
  EXPECT_EQ(list_.free_units(), 506u);
}

TEST_F(FreeListTest, TheLastRunOfAClassCanBeTakenOutByItsPlace) {
  char* const first = Run(5);
  char* const last = Run(5);
  EXPECT_EQ(list_.TakeIfFirst(Block::At(first)), 0u);
  EXPECT_EQ(list_.TakeIfFirst(Block::At(last)), 5u);
  EXPECT_EQ(list_.TakeIfFirst(Block::At(first)), 5u);
  EXPECT_EQ(list_.free_units(), 0u);
  EXPECT_EQ(list_.Take(5), nullptr);
}

TEST_F(FreeListTest, WhatASweepFoundIsTakenInWhole) {
  FreeRuns runs;
  uint64_t units = 0;
  for (const uint64_t size : {1, 5, 5, 90, 2, 5}) {
    runs.Add(next_, size);
    next_ += (size + 1) * kWordBytes;
    units += size;
  }
  EXPECT_EQ(runs.free_units(), units - 1) << "a word alone is left out";
  Run(5);
  list_.TakeIn(runs);
  EXPECT_EQ(list_.free_units(), units - 1 + 5);
  for (int i = 0; i < 4; ++i) EXPECT_EQ(list_.Take(5)->free_units(), 5u);
  EXPECT_EQ(list_.Take(5)->free_units(), 90u);
  EXPECT_EQ(list_.Take(5), nullptr);
  EXPECT_EQ(list_.Take(2)->free_units(), 2u);
  EXPECT_EQ(list_.free_units(), 0u);
}

TEST_F(FreeListTest, StreamsTakeTurns) {
  std::vector<FreeRuns> pages(3);
  std::vector<char*> first;
  for (FreeRuns& page : pages) {
    first.push_back(next_);
    for (int i = 0; i < 2; ++i) {
      page.Add(next_, 5);
      next_ += 6 * kWordBytes;
    }
    list_.TakeIn(page);
  }
  std::vector<char*> taken;
  for (int i = 0; i < 3; ++i) taken.push_back(list_.Take(5)->address());
  EXPECT_EQ(taken, first) << "each page's runs in the order of addresses";
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(list_.Take(5)->address(), first[i] + 6 * kWordBytes);
  }
  EXPECT_EQ(list_.Take(5), nullptr);
}

TEST_F(FreeListTest, RunsCanBeRemovedByPlace) {
  char* const gone = Run(5);
  char* const kept = Run(5);
  char* const also_gone = Run(600);
  list_.RemoveIf([&](const Block* run) {
    return run->address() == gone || run->address() == also_gone;
  });
  EXPECT_EQ(list_.free_units(), 5u);
  EXPECT_EQ(list_.Take(2), Block::At(kept));
  EXPECT_EQ(list_.Take(2), nullptr);
}

TEST_F(FreeListTest, ClearForgetsAll) {
  Run(5);
  Run(600);
  list_.Clear();
  EXPECT_EQ(list_.free_units(), 0u);
  EXPECT_EQ(list_.Take(2), nullptr);
}

}  // namespace
}  // namespace heapd
