#include "heap/hold/root_table.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "heap/base/limits.h"
#include "tests/heap/status_matchers.h"

namespace heapd {
namespace {

class RootTableTest : public ::testing::Test {
 protected:
  RootTableTest() { EXPECT_OK(account_.SetLimits(uint64_t{1} << 30, 0)); }

  // What the name held before.
  absl::StatusOr<Index> Set(absl::string_view name, Index object) {
    Index former = 99;
    const absl::Status status = roots_->Set(name, object, &former);
    if (!status.ok()) return status;
    return former;
  }

  MemoryBudget budget_{uint64_t{1} << 40};
  MemoryAccount account_{&budget_};
  std::unique_ptr<RootTable> roots_ = std::make_unique<RootTable>(&account_);
};

// Capability row 17.
TEST_F(RootTableTest, ANameReportsWhatItHeld) {
  EXPECT_EQ(*Set("cache", 4), 0u);
  EXPECT_EQ(*Set("cache", 5), 4u);
  EXPECT_EQ(roots_->Find("cache"), 5u);
  EXPECT_EQ(roots_->Remove("cache"), 5u);
  EXPECT_EQ(roots_->Find("cache"), 0u);
  EXPECT_EQ(roots_->Remove("cache"), 0u);
}

TEST_F(RootTableTest, NamesAreInByteOrder) {
  for (const char* name : {"b", "a", "\xc3\xa9", "B"}) ASSERT_OK(Set(name, 1));
  std::vector<std::string> names;
  for (const auto& [name, object] : roots_->map()) names.push_back(name);
  EXPECT_EQ(names, (std::vector<std::string>{"B", "a", "b", "\xc3\xa9"}));
}

// Capability row 3.
TEST_F(RootTableTest, NamesAreOneToOneKibibyte) {
  EXPECT_THAT(Set("", 1), IsInvalid("name"));
  EXPECT_OK(Set(std::string(kMaxNameBytes, 'n'), 1));
  EXPECT_THAT(Set(std::string(kMaxNameBytes + 1, 'n'), 1), IsInvalid("name"));
}

// Capability row 2.
TEST_F(RootTableTest, NamesMustBeUtf8) {
  EXPECT_THAT(Set("\xff", 1), IsInvalid("name"));
  EXPECT_OK(Set(absl::string_view("\0", 1), 1));
}

// Capability row 3.
TEST_F(RootTableTest, RootsAreCounted) {
  for (size_t i = 0; i < kMaxRoots; ++i) ASSERT_OK(Set(absl::StrCat(i), 1));
  EXPECT_OK(Set("0", 2)) << "a name there is can be set";
  EXPECT_THAT(Set("one more", 1), HasReason(reason::kRootCount));
}

TEST_F(RootTableTest, NamesAreChargedWhileTheyAreThere) {
  ASSERT_OK(Set("a name", 1));
  const uint64_t one = account_.committed_bytes();
  EXPECT_GT(one, 6u);
  ASSERT_OK(Set("a name", 2));
  EXPECT_EQ(account_.committed_bytes(), one);
  roots_->Remove("a name");
  EXPECT_EQ(account_.committed_bytes(), 0u);
  ASSERT_OK(Set("a name", 1));
  roots_.reset();
  EXPECT_EQ(account_.committed_bytes(), 0u);
}

TEST_F(RootTableTest, WithoutMemoryThereIsNoNewRoot) {
  ASSERT_OK(account_.SetLimits(10, 0));
  EXPECT_THAT(Set("a name", 1), HasReason(reason::kHeapLimit));
  EXPECT_EQ(roots_->size(), 0u);
}

TEST_F(RootTableTest, ARemovalCanBeTakenBackOverTheLimit) {
  ASSERT_OK(Set("a name", 8));
  const uint64_t one = account_.committed_bytes();
  roots_->Remove("a name");
  ASSERT_OK(account_.SetLimits(0, 0));
  roots_->Restore("a name", 8);
  EXPECT_EQ(roots_->Find("a name"), 8u);
  EXPECT_EQ(account_.committed_bytes(), one);
}

}  // namespace
}  // namespace heapd
