#include "heap/object/type_table.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "heap/base/limits.h"
#include "tests/heap/status_matchers.h"

namespace heapd {
namespace {

class TypeTableTest : public ::testing::Test {
 protected:
  TypeTableTest() {
    EXPECT_OK(account_.SetLimits(uint64_t{1} << 30, 0));
    types_ = std::make_unique<TypeTable>(&account_);
  }
  absl::StatusOr<TypeId> Define(
      absl::string_view name,
      const std::vector<absl::string_view>& slot_names = {}) {
    return types_->Define(name, TypeKind::kObject, slot_names);
  }

  MemoryBudget budget_{uint64_t{1} << 40};
  MemoryAccount account_{&budget_};
  std::unique_ptr<TypeTable> types_;
};

TEST_F(TypeTableTest, InternedStringsHaveTheirTypeFromTheStart) {
  const Type* const type = types_->Find(kInternedStringType);
  ASSERT_NE(type, nullptr);
  EXPECT_EQ(type->name, "(string)");
  EXPECT_EQ(type->kind, TypeKind::kString);
}

TEST_F(TypeTableTest, DefiningTheSameAgainGivesTheSameType) {
  const TypeId user = *Define("User", {"name", "age"});
  EXPECT_EQ(*Define("User", {"name", "age"}), user);
  EXPECT_EQ(types_->size(), 2u);
}

TEST_F(TypeTableTest, AnotherNameKindOrSlotMakesAnotherType) {
  const TypeId user = *Define("User", {"name"});
  EXPECT_NE(*Define("user", {"name"}), user);
  EXPECT_NE(*Define("User", {"nam"}), user);
  EXPECT_NE(*Define("User", {"name", ""}), user);
  EXPECT_NE(*types_->Define("User", TypeKind::kString, {{"name"}}), user);
}

TEST_F(TypeTableTest, SlotsBeyondTheNamesHaveNone) {
  const Type* const type = types_->Find(*Define("User", {"name", "", "age"}));
  EXPECT_EQ(type->SlotName(0), "name");
  EXPECT_EQ(type->SlotName(1), "");
  EXPECT_EQ(type->SlotName(2), "age");
  EXPECT_EQ(type->SlotName(3), "");
}

TEST_F(TypeTableTest, ATypeStaysWhereItIs) {
  const Type* const first = types_->Find(*Define("First"));
  for (int i = 0; i < 10'000; ++i) ASSERT_OK(Define(absl::StrCat("T", i)));
  EXPECT_EQ(types_->Find(first->id), first);
  EXPECT_EQ(first->name, "First");
}

TEST_F(TypeTableTest, UnknownIdsHaveNoType) {
  EXPECT_EQ(types_->Find(0), nullptr);
  EXPECT_EQ(types_->Find(types_->size() + 1), nullptr);
}

// Capability row 3.
TEST_F(TypeTableTest, NamesAreOneToOneKibibyte) {
  EXPECT_THAT(Define(""), IsInvalid("type.name"));
  EXPECT_OK(Define(std::string(kMaxNameBytes, 'n')));
  EXPECT_THAT(Define(std::string(kMaxNameBytes + 1, 'n')),
              IsInvalid("type.name"));
}

// Capability row 3.
TEST_F(TypeTableTest, SlotNamesAreUpToOneKibibyte) {
  const std::string most(kMaxNameBytes, 's');
  EXPECT_OK(Define("T", {"", most}));
  EXPECT_THAT(Define("T", {"", most, most + "s"}),
              IsInvalid("type.slot_names[2]"));
}

// Capability row 2.
TEST_F(TypeTableTest, NamesMustBeUtf8) {
  EXPECT_OK(Define("caf\xc3\xa9"));
  EXPECT_THAT(Define("caf\xe9"), IsInvalid("type.name"));
  EXPECT_THAT(Define("T", {"\xff"}), IsInvalid("type.slot_names[0]"));
}

// Capability row 3.
TEST_F(TypeTableTest, SlotNamesAreCounted) {
  const std::vector<absl::string_view> most(kMaxSlotNames, "s");
  EXPECT_OK(Define("T", most));
  std::vector<absl::string_view> more = most;
  more.push_back("s");
  EXPECT_THAT(Define("T", more), IsInvalid("type.slot_names"));
}

// Capability row 3.
TEST_F(TypeTableTest, TypesAreCounted) {
  while (types_->size() < kMaxTypes) {
    ASSERT_OK(Define(absl::StrCat(types_->size())));
  }
  EXPECT_EQ(*Define("1"), 2u) << "what there is can still be asked for";
  EXPECT_THAT(Define("one more"), HasReason(reason::kTypeCount));
}

TEST_F(TypeTableTest, NamesAreStoredOnce) {
  const std::string name(1000, 'n');
  ASSERT_OK(Define(name));
  const uint64_t before = account_.committed_bytes();
  ASSERT_OK(Define(name, {name}));
  EXPECT_LT(account_.committed_bytes() - before, 1000u);
}

TEST_F(TypeTableTest, TypesAreChargedToTheHeap) {
  ASSERT_OK(account_.SetLimits(10'000, 0));
  const std::string name(1000, 'n');
  absl::Status status;
  for (int i = 0; status.ok() && i < 20; ++i) {
    status = Define(absl::StrCat(i, name.substr(2))).status();
  }
  EXPECT_THAT(status, HasReason(reason::kHeapLimit));
  types_.reset();
  EXPECT_EQ(account_.committed_bytes(), 0u);
}

}  // namespace
}  // namespace heapd
