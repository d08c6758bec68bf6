#include "heap/space/new_space.h"

#include <gtest/gtest.h>

#include <cstring>
#include <vector>

#include "tests/heap/status_matchers.h"

namespace heapd {
namespace {

class NewSpaceTest : public ::testing::Test {
 protected:
  static constexpr uint64_t kCapacity = uint64_t{64} << 10;

  NewSpaceTest() {
    EXPECT_OK(account_.SetLimits(uint64_t{1} << 30, 0));
    EXPECT_TRUE(space_.GrowTo(kCapacity));
    space_.SetAllowed(kCapacity);
  }

  // A block of an object with this index.
  Block* New(Index owner, uint32_t units = 4) {
    Block* const block = space_.Allocate(units);
    if (block != nullptr) {
      block->set_header(Block::MakeHeader(owner, units, 0));
    }
    return block;
  }
  std::vector<Index> Owners() const {
    std::vector<Index> owners;
    space_.ForEachBlock(
        [&owners](const Block* block) { owners.push_back(block->owner()); });
    return owners;
  }

  MemoryBudget budget_{uint64_t{1} << 40};
  MemoryAccount account_{&budget_};
  NewSpace space_{&account_, 4 * kCapacity, /*clear_free_memory=*/true};
};

TEST_F(NewSpaceTest, BumpsUntilItIsFull) {
  Block* const first = New(1);
  Block* const second = New(2);
  EXPECT_EQ(second->address(), first->address() + 4 * kWordBytes);
  EXPECT_EQ(space_.used_bytes(), 8 * kWordBytes);
  while (New(3) != nullptr) {
  }
  EXPECT_EQ(space_.free_bytes(), 0u);
  EXPECT_EQ(space_.filled_bytes(), kCapacity);
}

TEST_F(NewSpaceTest, BothHalvesAreCharged) {
  EXPECT_EQ(account_.committed_bytes(), 2 * kCapacity);
  EXPECT_TRUE(space_.GrowTo(3 * kCapacity));
  EXPECT_EQ(account_.committed_bytes(), 6 * kCapacity);
  EXPECT_OK(account_.SetLimits(uint64_t{4} << 20, 0));
  MemoryAccount poor(&budget_);
  EXPECT_OK(poor.SetLimits(kCapacity, 0));
  NewSpace refused(&poor, kCapacity, false);
  EXPECT_FALSE(refused.GrowTo(kCapacity));
  EXPECT_EQ(refused.capacity_bytes(), 0u);
  EXPECT_EQ(poor.committed_bytes(), 0u);
}

TEST_F(NewSpaceTest, AFreedBlockIsAFreeRunUntilTheNextScavenge) {
  Block* const first = New(1);
  Block* const second = New(2);
  space_.Free(first);
  EXPECT_EQ(Owners(), (std::vector<Index>{0, 2}));
  space_.Free(second);
  EXPECT_EQ(Owners(), (std::vector<Index>{0})) << "the last one bumps back";
  EXPECT_EQ(space_.used_bytes(), 0u);
}

TEST_F(NewSpaceTest, IsFilledNoFurtherThanAllowed) {
  space_.SetAllowed(10 * kWordBytes);
  EXPECT_NE(New(1), nullptr);
  EXPECT_NE(New(2), nullptr);
  EXPECT_EQ(New(3), nullptr);
  space_.SetAllowed(0);
  EXPECT_EQ(space_.filled_bytes(), 8 * kWordBytes) << "what is there stays";
  EXPECT_EQ(space_.free_bytes(), 0u);
}

// Capability rows 34 and 38.
TEST_F(NewSpaceTest, AFlipLeavesWhatWasCopiedWithoutGaps) {
  std::vector<Block*> blocks;
  for (Index i = 1; i <= 6; ++i) blocks.push_back(New(i));
  space_.Flip();
  for (const Index i : {2, 5}) {
    Block* const to = space_.Allocate(4);
    std::memcpy(to, blocks[i - 1], 4 * kWordBytes);
    EXPECT_FALSE(space_.IsIntermediate(blocks[i - 1]));
  }
  space_.FinishCopying();
  EXPECT_EQ(Owners(), (std::vector<Index>{2, 5}));
  EXPECT_EQ(space_.filled_bytes(), 8 * kWordBytes);
  Block* const next = New(9);
  EXPECT_FALSE(space_.IsIntermediate(next));
  EXPECT_TRUE(space_.IsIntermediate(Block::At(next->address() - kWordBytes)));
  EXPECT_FALSE(space_.IsInUse(blocks[0]));
  EXPECT_TRUE(space_.Contains(blocks[0]));
  EXPECT_EQ(blocks[0]->header(), 0u) << "from-space is cleared if asked for";
}

TEST_F(NewSpaceTest, ASpaceOfNoBytesTakesNothing) {
  NewSpace none(&account_, 0, false);
  EXPECT_EQ(none.Allocate(1), nullptr);
  EXPECT_FALSE(none.Contains(&none));
  EXPECT_FALSE(none.Contains(nullptr));
  EXPECT_EQ(none.Stats().committed_bytes, 0u);
}

}  // namespace
}  // namespace heapd
