#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "heap/base/limits.h"
#include "tests/heap/heap_fixture.h"

namespace heapd {
namespace {

class HeapCopyTest : public HeapTest {
 protected:
  absl::StatusOr<std::pair<Ref, uint32_t>> Copy(
      Ref ref, uint32_t max_depth, uint32_t max_objects = kMaxCopyObjects) {
    return heap_->Copy(kSession, ref, max_depth, max_objects);
  }
  Ref Slot(Ref ref, uint32_t slot) { return heap_->ReadSlot(ref, slot)->ref(); }
};

// Capability row 19.
TEST_F(HeapCopyTest, AShallowCopySharesWhatSlotsReferTo) {
  const Ref child = New();
  const Value values[] = {Value::Strong(child), Value::Weak(child),
                          Value::SmallInteger(3), Value::Null()};
  const Ref ref = *heap_->Allocate(kSession, type_, "payload", 4, values);
  const auto [copy, count] = *Copy(ref, 0);
  EXPECT_NE(copy, ref);
  EXPECT_EQ(count, 1u);
  EXPECT_EQ(*heap_->ReadPayload(copy), "payload");
  for (uint32_t slot = 0; slot < 4; ++slot) {
    EXPECT_EQ(*heap_->ReadSlot(copy, slot), values[slot]);
  }
  ASSERT_OK(heap_->WritePayload(copy, 0, "P"));
  EXPECT_EQ(*heap_->ReadPayload(ref), "payload");
}

// Capability row 19.
TEST_F(HeapCopyTest, ADeepCopyFollowsStrongSlotsToItsDepth) {
  const Ref c = New();
  const Ref b = NewLinked({c});
  const Ref a = NewLinked({b});
  const auto [one_deep, two] = *Copy(a, 1);
  EXPECT_EQ(two, 2u);
  EXPECT_NE(Slot(one_deep, 0), b);
  EXPECT_EQ(Slot(Slot(one_deep, 0), 0), c) << "shared";
  const auto [whole, three] = *Copy(a, UINT32_MAX);
  EXPECT_EQ(three, 3u);
  EXPECT_NE(Slot(Slot(whole, 0), 0), c);
}

// Capability row 19.
TEST_F(HeapCopyTest, SharedObjectsAndCyclesAreCopiedOnce) {
  const Ref shared = New(1);
  const Ref a = NewLinked({shared, shared});
  ASSERT_OK(heap_->Link(shared, 0, Value::Strong(a)));
  const auto [copy, count] = *Copy(a, UINT32_MAX);
  EXPECT_EQ(count, 2u);
  EXPECT_EQ(Slot(copy, 0), Slot(copy, 1));
  EXPECT_NE(Slot(copy, 0), shared);
  EXPECT_EQ(Slot(Slot(copy, 0), 0), copy) << "the cycle leads to the copy";
}

TEST_F(HeapCopyTest, WeakSlotsAreNotFollowedButLeadToCopies) {
  const Ref followed = New(1);
  const Ref weak_only = New();
  const Ref a = New(3);
  ASSERT_OK(heap_->Link(a, 0, Value::Strong(followed)));
  ASSERT_OK(heap_->Link(a, 1, Value::Weak(followed)));
  ASSERT_OK(heap_->Link(a, 2, Value::Weak(weak_only)));
  const auto [copy, count] = *Copy(a, UINT32_MAX);
  EXPECT_EQ(count, 2u);
  EXPECT_EQ(Slot(copy, 1), Slot(copy, 0));
  EXPECT_EQ(heap_->ReadSlot(copy, 1)->kind(), Value::Kind::kWeak);
  EXPECT_EQ(*heap_->ReadSlot(copy, 2), Value::Weak(weak_only));
}

// Capability row 19.
TEST_F(HeapCopyTest, InternedStringsAreShared) {
  const Ref text = *heap_->AllocateString(kSession, "text");
  const Ref a = NewLinked({text});
  const auto [copy, count] = *Copy(a, UINT32_MAX);
  EXPECT_EQ(count, 1u);
  EXPECT_EQ(Slot(copy, 0), text);
  EXPECT_EQ(*Copy(text, 0), std::make_pair(text, uint32_t{0}));
}

// Capability row 19.
TEST_F(HeapCopyTest, ACopyIsBoundedByCount) {
  const Ref a = NewLinked({New(), New(), New()});
  EXPECT_EQ(Copy(a, UINT32_MAX, 4)->second, 4u);
  const uint64_t objects = heap_->object_count();
  const uint64_t used = heap_->used_bytes();
  EXPECT_THAT(Copy(a, UINT32_MAX, 3), HasReason(reason::kCopyLimit));
  EXPECT_EQ(heap_->object_count(), objects);
  EXPECT_EQ(heap_->used_bytes(), used);
  EXPECT_OK(heap_->Verify());
}

// Capability row 3.
TEST_F(HeapCopyTest, TheBoundIs1To65536) {
  const Ref a = New();
  EXPECT_OK(Copy(a, 0, 1));
  EXPECT_OK(Copy(a, 0, kMaxCopyObjects));
  EXPECT_THAT(Copy(a, 0, 0), IsInvalid("max_object_count"));
  EXPECT_THAT(Copy(a, 0, kMaxCopyObjects + 1), IsInvalid("max_object_count"));
}

TEST_F(HeapCopyTest, TheSessionHoldsTheCopyThatWasAskedFor) {
  const Ref b = New();
  const Ref a = NewLinked({b});
  const Ref copy = Copy(a, UINT32_MAX)->first;
  Release(a);
  Release(b);
  EXPECT_EQ(Collect().object_count_after, 2u);
  Release(copy);
  EXPECT_EQ(Collect().object_count_after, 0u);
}

TEST_F(HeapCopyTest, WithoutMemoryNothingIsCopied) {
  MakeHeapWithLimit(4 * kMiB);
  const Ref a = NewLinked(
      {New(0, std::string(kMiB, 'x')), New(0, std::string(kMiB, 'y'))});
  EXPECT_THAT(Copy(a, UINT32_MAX), HasReason(reason::kHeapLimit));
  EXPECT_EQ(heap_->object_count(), 3u);
  EXPECT_OK(heap_->Verify());
}

TEST_F(HeapCopyTest, LargeAndWideObjectsAreCopiedWhole) {
  const Ref ref = New(50'000, std::string(50'001, 'x'));
  ASSERT_OK(heap_->Link(ref, 49'999, Value::SmallInteger(8)));
  const Ref copy = Copy(ref, 0)->first;
  EXPECT_EQ(*heap_->ReadPayload(copy), std::string(50'001, 'x'));
  EXPECT_EQ(heap_->Describe(copy)->slot_count, 50'000u);
  EXPECT_EQ(*heap_->ReadSlot(copy, 49'999), Value::SmallInteger(8));
}

}  // namespace
}  // namespace heapd
