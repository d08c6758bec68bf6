#include "heap/space/paged_space.h"

#include <gtest/gtest.h>

#include <cstring>
#include <set>
#include <vector>

#include "tests/heap/status_matchers.h"

namespace heapd {
namespace {

// Blocks of this size fill a page exactly.
constexpr uint32_t kUnits = 8;
constexpr uint32_t kBlocksPerPage = Page::kAreaBytes / (kUnits * kWordBytes);
static_assert(kBlocksPerPage * kUnits * kWordBytes == Page::kAreaBytes);

// A sweep in pieces of a page.
template <typename IsLive>
uint64_t SweepAll(PagedSpace* space, IsLive is_live) {
  uint64_t released = 0;
  space->BeginSweep();
  const std::vector<Page*> pages = space->pages();
  for (Page* page : pages) {
    const SweptPage swept = space->SweepPage(
        page,
        [&is_live](const Block& block) { return is_live(block.owner()); });
    released += space->TakeIn(swept, PagedSpace::Use::kAllocate) ? 1 : 0;
  }
  EXPECT_TRUE(space->IsSwept());
  return released;
}

class PagedSpaceTest : public ::testing::Test {
 protected:
  PagedSpaceTest() { EXPECT_OK(account_.SetLimits(64 * kPageBytes, 0)); }

  Block* New(Index owner, uint32_t units = kUnits) {
    Block* const block = space_.Allocate(units);
    if (block != nullptr) {
      block->set_header(Block::MakeHeader(owner, units, 0));
    }
    return block;
  }
  // Blocks of the owners 1, 2, ...
  void FillPages(uint32_t count) {
    for (Index owner = 1; owner <= count * kBlocksPerPage; ++owner) {
      ASSERT_NE(New(owner), nullptr);
    }
    ASSERT_EQ(space_.pages().size(), count);
  }
  // Used and free bytes, and runs of one word, from a walk over the pages.
  struct Walk {
    uint64_t used_bytes = 0;
    uint64_t free_bytes = 0;
    uint64_t unlinked_bytes = 0;
  };
  Walk WalkPages() const {
    Walk walk;
    space_.ForEachBlock([&walk](const Block* block) {
      if (!block->is_free()) {
        walk.used_bytes += block->units() * kWordBytes;
      } else if (block->free_units() >= FreeRunClass::kMinUnits) {
        walk.free_bytes += block->free_units() * kWordBytes;
      } else {
        walk.unlinked_bytes += kWordBytes;
      }
    });
    walk.free_bytes += space_.bump_bytes();
    return walk;
  }
  void ExpectSums() const {
    const Walk walk = WalkPages();
    const SpaceStats stats = space_.Stats();
    EXPECT_EQ(stats.used_bytes, walk.used_bytes);
    EXPECT_EQ(stats.free_bytes, walk.free_bytes);
    EXPECT_EQ(stats.committed_bytes, walk.used_bytes + walk.free_bytes +
                                         walk.unlinked_bytes +
                                         stats.page_count * Page::kHeaderBytes);
    EXPECT_EQ(stats.committed_bytes, account_.committed_bytes());
  }

  MemoryBudget budget_{uint64_t{1} << 40};
  MemoryAccount account_{&budget_};
  PageSource source_{&account_};
  PagedSpace space_{&source_, /*clear_free_memory=*/false};
};

// Capability row 5.
TEST_F(PagedSpaceTest, BlocksAreBumpAllocatedSideBySide) {
  Block* const first = New(1);
  Block* const second = New(2, 3);
  Block* const third = New(3);
  EXPECT_EQ(second->address(), first->address() + kUnits * kWordBytes);
  EXPECT_EQ(third->address(), second->address() + 3 * kWordBytes);
  EXPECT_EQ(space_.used_bytes(), (2 * kUnits + 3) * kWordBytes);
  ExpectSums();
}

TEST_F(PagedSpaceTest, AFullPageIsFollowedByANewOne) {
  FillPages(2);
  EXPECT_EQ(space_.Stats().free_bytes, 0u);
  New(1);
  EXPECT_EQ(space_.pages().size(), 3u);
  EXPECT_EQ(space_.Stats().free_list_miss_count, 3u);
  ExpectSums();
}

TEST_F(PagedSpaceTest, WithoutMemoryThereIsNoBlock) {
  EXPECT_OK(account_.SetLimits(kPageBytes, 0));
  FillPages(1);
  EXPECT_EQ(New(1), nullptr);
  ExpectSums();
}

TEST_F(PagedSpaceTest, FreeingInReverseBumpsBack) {
  Block* const first = New(1);
  Block* const second = New(2);
  space_.Free(second, kUnits);
  space_.Free(first, kUnits);
  EXPECT_EQ(New(3), first);
  EXPECT_EQ(space_.free_list().free_units(), 0u);
  ExpectSums();
}

TEST_F(PagedSpaceTest, BlocksFreedInReverseBecomeOneRunAgain) {
  std::vector<Block*> blocks;
  for (Index i = 1; i <= 10; ++i) blocks.push_back(New(i));
  New(11);
  for (size_t i = blocks.size(); i-- > 0;) space_.Free(blocks[i], kUnits);
  EXPECT_EQ(space_.free_list().LargestRunUnits(), 10u * kUnits);
  ExpectSums();
}

TEST_F(PagedSpaceTest, APageThatOnlyABatchNeededGoesBack) {
  FillPages(1);
  std::vector<Block*> blocks;
  for (Index i = 0; i < 2 * kBlocksPerPage + 5; ++i) blocks.push_back(New(1));
  ASSERT_EQ(space_.pages().size(), 4u);
  for (size_t i = blocks.size(); i-- > 0;) space_.Free(blocks[i], kUnits);
  space_.ReleasePagesFrom(1);
  EXPECT_EQ(space_.pages().size(), 1u);
  EXPECT_EQ(space_.Stats().free_bytes, 0u);
  ExpectSums();
  EXPECT_NE(New(1), nullptr);
  EXPECT_EQ(space_.pages().size(), 2u);
}

TEST_F(PagedSpaceTest, PagesKeepTheirPlacesWhenOthersGo) {
  FillPages(4);
  // The second page dies.
  SweepAll(&space_, [](Index owner) {
    return owner <= kBlocksPerPage || owner > 2 * kBlocksPerPage;
  });
  ASSERT_EQ(space_.pages().size(), 3u);
  for (size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(space_.pages()[i]->position(), i);
  }
}

TEST_F(PagedSpaceTest, ASweepJoinsNeighboursAndReusesThem) {
  FillPages(1);
  SweepAll(&space_, [](Index owner) { return owner != 5 && owner != 6; });
  EXPECT_EQ(space_.used_bytes(), Page::kAreaBytes - 2 * kUnits * kWordBytes);
  EXPECT_EQ(space_.free_list().LargestRunUnits(), 2u * kUnits);
  ExpectSums();
  EXPECT_NE(New(1, 2 * kUnits), nullptr);
  EXPECT_EQ(space_.pages().size(), 1u);
  EXPECT_EQ(space_.Stats().free_list_hit_count, 1u);
  ExpectSums();
}

TEST_F(PagedSpaceTest, ASweepGivesEmptyPagesBack) {
  FillPages(3);
  EXPECT_EQ(SweepAll(&space_, [](Index owner) { return owner == 1; }), 2u);
  EXPECT_EQ(account_.committed_bytes(), kPageBytes);
  ExpectSums();
  EXPECT_EQ(SweepAll(&space_, [](Index) { return false; }), 1u);
  EXPECT_EQ(account_.committed_bytes(), 0u);
  EXPECT_EQ(space_.used_bytes(), 0u);
  ExpectSums();
}

TEST_F(PagedSpaceTest, ARunOfOneWordIsUsedOnceANeighbourDies) {
  New(1);
  New(2, 1);
  New(3);
  New(4);
  SweepAll(&space_, [](Index owner) { return owner != 2; });
  const uint64_t rest = space_.Stats().free_bytes;
  ExpectSums();
  EXPECT_EQ(WalkPages().unlinked_bytes, kWordBytes);
  SweepAll(&space_, [](Index owner) { return owner != 3; });
  EXPECT_EQ(space_.Stats().free_bytes, rest + (kUnits + 1) * kWordBytes);
  ExpectSums();
}

// Capability rows 45 and 47.
TEST_F(PagedSpaceTest, ACheckerboardIsReportedExactly) {
  FillPages(2);
  SweepAll(&space_, [](Index owner) { return owner % 2 == 1; });
  const uint64_t holes = kBlocksPerPage;  // of 2 * kBlocksPerPage blocks
  const SpaceStats stats = space_.Stats();
  EXPECT_EQ(stats.page_count, 2u);
  EXPECT_EQ(stats.committed_bytes, 2 * kPageBytes);
  EXPECT_EQ(stats.free_bytes, holes * kUnits * kWordBytes);
  EXPECT_EQ(stats.used_bytes, holes * kUnits * kWordBytes);
  EXPECT_EQ(stats.largest_free_block_bytes, kUnits * kWordBytes);
  EXPECT_DOUBLE_EQ(stats.fragmentation_ratio(), 1.0 - 1.0 / holes);
  ExpectSums();
  New(1, 2 * kUnits);
  EXPECT_EQ(space_.pages().size(), 3u) << "no room for two neighbours";
}

// Capability row 46.
TEST_F(PagedSpaceTest, HolesAreFilledWithoutSearching) {
  FillPages(4);
  SweepAll(&space_, [](Index owner) { return owner % 2 == 1; });
  const SpaceStats before = space_.Stats();
  for (uint32_t i = 0; i < 2 * kBlocksPerPage; ++i) New(1);
  const SpaceStats after = space_.Stats();
  const uint64_t hits = after.free_list_hit_count - before.free_list_hit_count;
  EXPECT_EQ(hits, 2 * kBlocksPerPage);
  EXPECT_EQ(after.free_list_miss_count, before.free_list_miss_count);
  EXPECT_LE(after.free_list_step_count - before.free_list_step_count, 9 * hits);
  EXPECT_EQ(after.free_bytes, 0u);
  ExpectSums();
}

// Capability row 13.
TEST(PagedSpaceClearTest, FreedMemoryIsZeroedWhenThatIsAskedFor) {
  MemoryBudget budget(uint64_t{1} << 40);
  MemoryAccount account(&budget);
  ASSERT_OK(account.SetLimits(kPageBytes, 0));
  PageSource source(&account);
  PagedSpace space(&source, /*clear_free_memory=*/true);
  for (Index owner = 1; owner <= 3; ++owner) {
    Block* const block = space.Allocate(kUnits);
    block->set_header(Block::MakeHeader(owner, kUnits, 0));
    std::memset(block->body(), 0x5a, (kUnits - 1) * kWordBytes);
  }
  SweepAll(&space, [](Index owner) { return owner != 2; });
  const char* const start = space.pages()[0]->area_start();
  EXPECT_EQ(start[kWordBytes], 0x5a);
  // Behind the header and the link of the free run.
  for (size_t i = 2 * kWordBytes; i < kUnits * kWordBytes; ++i) {
    EXPECT_EQ(start[kUnits * kWordBytes + i], 0);
  }
}

}  // namespace
}  // namespace heapd
