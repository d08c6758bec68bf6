#include "heap/space/page_source.h"

#include <gtest/gtest.h>

#include <cstring>
#include <vector>

#include "tests/heap/status_matchers.h"

namespace heapd {
namespace {

class PageSourceTest : public ::testing::Test {
 protected:
  PageSourceTest() { EXPECT_OK(account_.SetLimits(20 * kPageBytes, 0)); }

  MemoryBudget budget_{uint64_t{1} << 40};
  MemoryAccount account_{&budget_};
  PageSource source_{&account_};
};

TEST_F(PageSourceTest, APageIsAlignedSoThatItsBlocksFindIt) {
  Page* const page = source_.Allocate();
  ASSERT_NE(page, nullptr);
  EXPECT_EQ(reinterpret_cast<uintptr_t>(page) % kPageBytes, 0u);
  EXPECT_EQ(Page::Of(page->area_start()), page);
  EXPECT_EQ(Page::Of(page->area_end() - 1), page);
  source_.Free(page);
}

TEST_F(PageSourceTest, PagesAreChargedWhileTheyAreOut) {
  Page* const page = source_.Allocate();
  EXPECT_EQ(account_.committed_bytes(), kPageBytes);
  source_.Free(page);
  EXPECT_EQ(account_.committed_bytes(), 0u);
}

TEST_F(PageSourceTest, TheAccountBoundsThePages) {
  std::vector<Page*> pages;
  while (Page* const page = source_.Allocate()) pages.push_back(page);
  EXPECT_EQ(pages.size(), 20u);
  for (Page* const page : pages) source_.Free(page);
}

TEST_F(PageSourceTest, APageThatCameBackIsGivenOutZeroed) {
  Page* const first = source_.Allocate();
  Page* const second = source_.Allocate();
  std::memset(first->area_start(), 1, Page::kAreaBytes);
  source_.Free(first);
  Page* const again = source_.Allocate();
  EXPECT_EQ(again, first) << "lowest address first";
  EXPECT_EQ(again->area_start()[100], 0);
  source_.Free(again);
  source_.Free(second);
}

TEST_F(PageSourceTest, KnowsTheAddressesThatAreOut) {
  Page* const first = source_.Allocate();
  Page* const second = source_.Allocate();
  EXPECT_TRUE(source_.Contains(first->area_start()));
  EXPECT_TRUE(source_.Contains(second->area_end() - 1));
  source_.Free(first);
  EXPECT_FALSE(source_.Contains(first->area_start()));
  EXPECT_FALSE(source_.Contains(&account_));
  source_.Free(second);
  EXPECT_FALSE(source_.Contains(second));
}

}  // namespace
}  // namespace heapd
