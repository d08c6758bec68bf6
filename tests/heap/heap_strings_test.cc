// Interned strings.

#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "tests/heap/heap_fixture.h"

namespace heapd {
namespace {

class HeapStringsTest : public HeapTest {
 protected:
  Ref Intern(absl::string_view content) {
    return *heap_->AllocateString(kSession, content);
  }
};

// Capability row 23.
TEST_F(HeapStringsTest, AMillionEqualStringsAreOneObject) {
  const Ref first = Intern("equal");
  for (int i = 0; i < 1'000'000; ++i) ASSERT_EQ(Intern("equal"), first);
  EXPECT_EQ(heap_->object_count(), 1u);
  EXPECT_EQ(heap_->Stats().hold_count, 1u);
}

// Capability row 23.
TEST_F(HeapStringsTest, AStringThatNothingReachesIsCollected) {
  const Ref first = Intern("content");
  Release(first);
  EXPECT_EQ(Collect().purged_string_count, 1u);
  EXPECT_EQ(heap_->Stats().interned_string_count, 0u);
  EXPECT_FALSE(IsThere(first));
  const Ref second = Intern("content");
  EXPECT_NE(second, first);
  EXPECT_EQ(*heap_->ReadPayload(second), "content");
  EXPECT_EQ(Intern("content"), second);
}

// Capability row 23.
TEST_F(HeapStringsTest, ContentsAreFoundAgainAfterACollection) {
  std::vector<Ref> refs;
  for (int i = 0; i < 1000; ++i) refs.push_back(Intern(absl::StrCat("s", i)));
  for (int i = 0; i < 1000; i += 2) Release(refs[i]);
  Collect();
  for (int i = 1; i < 1000; i += 2) {
    EXPECT_EQ(Intern(absl::StrCat("s", i)), refs[i]);
  }
  EXPECT_EQ(heap_->object_count(), 500u);
}

TEST_F(HeapStringsTest, ADroppedStringIsHeldAgainWhenItIsAskedFor) {
  const Ref ref = Intern("content");
  Release(ref);
  EXPECT_EQ(Intern("content"), ref) << "not collected yet";
  Collect();
  EXPECT_TRUE(IsThere(ref));
}

TEST_F(HeapStringsTest, ASlotKeepsAStringAlive) {
  const Ref text = Intern("content");
  const Ref holder = NewLinked({text});
  Release(text);
  Collect();
  EXPECT_EQ(Intern("content"), text);
  ASSERT_OK(heap_->Link(holder, 0, Value::Weak(text)));
  Release(text);
  Collect();
  EXPECT_EQ(*heap_->ReadSlot(holder, 0), Value::Null());
}

TEST_F(HeapStringsTest, AStringCannotBeWritten) {
  const Ref text = Intern("content");
  EXPECT_THAT(heap_->WritePayload(text, 0, "C"), HasReason(reason::kImmutable));
  EXPECT_TRUE(absl::IsFailedPrecondition(heap_->WritePayload(text, 0, "C")));
  const Ref plain =
      *heap_->Allocate(kSession, kInternedStringType, "content", 0, {});
  EXPECT_NE(plain, text) << "of the same type, but not interned";
  EXPECT_OK(heap_->WritePayload(plain, 0, "C"));
  EXPECT_EQ(Intern("content"), text);
}

TEST_F(HeapStringsTest, TheEmptyStringAndNulAreContentsToo) {
  const Ref empty = Intern("");
  const Ref nul = Intern(absl::string_view("\0", 1));
  EXPECT_NE(empty, nul);
  EXPECT_EQ(Intern(""), empty);
  EXPECT_EQ(heap_->ReadPayload(nul)->size(), 1u);
}

TEST_F(HeapStringsTest, AStringCanBeLarge) {
  const std::string content(100'000, 'x');
  const Ref ref = Intern(content);
  EXPECT_EQ(Intern(content), ref);
  EXPECT_EQ(Space("large_object_space").page_count, 1u);
}

TEST_F(HeapStringsTest, AStringThatDoesNotFitChangesNothing) {
  MakeHeapWithLimit(4 * kMiB);
  const std::string content(8 * kMiB, 'x');
  EXPECT_THAT(heap_->AllocateString(kSession, content),
              HasReason(reason::kHeapLimit));
  EXPECT_EQ(heap_->Stats().interned_string_count, 0u);
  EXPECT_EQ(heap_->object_count(), 0u);
}

}  // namespace
}  // namespace heapd
