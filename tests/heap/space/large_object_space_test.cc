#include "heap/space/large_object_space.h"

#include <gtest/gtest.h>

#include <cstring>
#include <vector>

#include "heap/base/limits.h"
#include "heap/base/reservation.h"
#include "tests/heap/status_matchers.h"

namespace heapd {
namespace {

class LargeObjectSpaceTest : public ::testing::Test {
 protected:
  LargeObjectSpaceTest() {
    EXPECT_OK(account_.SetLimits(uint64_t{1} << 30, 0));
  }
  Block* New(Index owner, uint64_t body_bytes) {
    Block* const block = space_.Allocate(body_bytes);
    if (block != nullptr) block->set_header(Block::MakeHeader(owner, 0, 0));
    return block;
  }

  MemoryBudget budget_{uint64_t{1} << 40};
  MemoryAccount account_{&budget_};
  LargeObjectSpace space_{&account_};
};

TEST_F(LargeObjectSpaceTest, ABlockHasAMappingOfItsOwn) {
  Block* const block = New(1, 100'001);
  ASSERT_NE(block, nullptr);
  EXPECT_EQ(LargeHeader::Of(block)->body_bytes, 100'001u);
  EXPECT_EQ(space_.used_bytes(), 100'016u) << "header and padding count";
  EXPECT_EQ(account_.committed_bytes(), LargeObjectSpace::MappedBytes(100'001));
  EXPECT_EQ(account_.committed_bytes() % kSystemPageBytes, 0u);
  EXPECT_EQ(block->body()[100'000], 0);
}

TEST_F(LargeObjectSpaceTest, TheLargestPayloadFits) {
  Block* const block = New(1, kMaxPayloadBytes);
  ASSERT_NE(block, nullptr);
  std::memset(block->body(), 1, kMaxPayloadBytes);
}

TEST_F(LargeObjectSpaceTest, FreeingGivesAllBack) {
  Block* const first = New(1, 40'000);
  Block* const second = New(2, 50'000);
  space_.Free(first);
  ASSERT_EQ(space_.blocks().size(), 1u);
  EXPECT_EQ(space_.blocks()[0]->block(), second);
  space_.Free(second);
  EXPECT_EQ(space_.used_bytes(), 0u);
  EXPECT_EQ(account_.committed_bytes(), 0u);
}

TEST_F(LargeObjectSpaceTest, ASweepFreesTheDead) {
  for (Index owner = 1; owner <= 6; ++owner) New(owner, 40'000);
  space_.BeginSweep();
  const auto is_live = [](const Block& block) {
    return block.owner() % 3 == 0;
  };
  EXPECT_EQ(space_.Sweep(2, is_live) + space_.Sweep(9, is_live), 4u);
  EXPECT_TRUE(space_.IsSwept());
  std::vector<Index> left;
  for (const LargeHeader* header : space_.blocks()) {
    left.push_back(header->block()->owner());
  }
  EXPECT_THAT(left, testing::UnorderedElementsAre(3, 6));
  EXPECT_EQ(space_.Stats().page_count, 2u);
  EXPECT_EQ(space_.Stats().used_bytes, space_.used_bytes());
}

TEST_F(LargeObjectSpaceTest, TheAccountIsAskedFirst) {
  ASSERT_OK(account_.SetLimits(50'000, 0));
  EXPECT_EQ(New(1, 60'000), nullptr);
  EXPECT_EQ(account_.committed_bytes(), 0u);
  EXPECT_NE(New(1, 40'000), nullptr);
}

}  // namespace
}  // namespace heapd
