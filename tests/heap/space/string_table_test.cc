#include "heap/space/string_table.h"

#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "tests/heap/core_fixture.h"

namespace heapd {
namespace {

class StringTableTest : public CoreTest {};

TEST_F(StringTableTest, FindsAStringByItsContent) {
  const Index hello = NewString("hello");
  const Index empty = NewString("");
  EXPECT_EQ(parts().strings.Find("hello"), hello);
  EXPECT_EQ(parts().strings.Find(""), empty);
  EXPECT_EQ(parts().strings.Find("hell"), 0u);
  EXPECT_EQ(parts().strings.size(), 2u);
}

TEST_F(StringTableTest, AnErasedStringIsNotFound) {
  const Index hello = NewString("hello");
  parts().strings.Erase(hello);
  EXPECT_EQ(parts().strings.Find("hello"), 0u);
}

TEST_F(StringTableTest, FindsStringsAfterGrowing) {
  for (int i = 0; i < 10'000; ++i) NewString(absl::StrCat("string ", i));
  for (int i = 0; i < 10'000; ++i) {
    ASSERT_NE(parts().strings.Find(absl::StrCat("string ", i)), 0u);
  }
  EXPECT_GE(parts().strings.memory_bytes(), 10'000 * sizeof(Index));
}

TEST_F(StringTableTest, PurgeRemovesTheDead) {
  const Index kept = NewString("kept");
  NewString("dead");
  uint64_t purged = 0;
  for (size_t part = 0; part < StringTable::kParts; ++part) {
    purged +=
        parts().strings.PurgePart(part, [=](Index i) { return i == kept; });
  }
  EXPECT_EQ(purged, 1u);
  EXPECT_EQ(parts().strings.size(), 1u);
  EXPECT_EQ(parts().strings.Find("kept"), kept);
  EXPECT_EQ(parts().strings.Find("dead"), 0u);
}

TEST_F(StringTableTest, VisitsEachStringOnce) {
  const Index a = NewString("a");
  const Index b = NewString("b");
  std::vector<Index> seen;
  parts().strings.ForEach([&seen](Index index) { seen.push_back(index); });
  EXPECT_THAT(seen, testing::UnorderedElementsAre(a, b));
}

}  // namespace
}  // namespace heapd
