// Objects of a heap: payloads, slots, limits of both.

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "heap/base/limits.h"
#include "tests/heap/heap_fixture.h"

namespace heapd {
namespace {

class HeapObjectsTest : public HeapTest {
 protected:
  absl::StatusOr<Ref> Allocate(absl::string_view payload, uint32_t slot_count,
                               absl::Span<const Value> values = {}) {
    return heap_->Allocate(kSession, type_, payload, slot_count, values);
  }
};

// Capability row 2.
TEST_F(HeapObjectsTest, AnyBytesRoundTrip) {
  std::string all;
  for (int i = 0; i < 256; ++i) all += static_cast<char>(i);
  all += std::string("\xff\xfe\xc3\0\xc0\x80", 6);
  for (size_t size = 0; size <= all.size(); ++size) {
    const Ref ref = New(0, all.substr(0, size));
    ASSERT_EQ(*heap_->ReadPayload(ref), all.substr(0, size));
    ASSERT_EQ(heap_->Describe(ref)->payload_size, size);
  }
}

TEST_F(HeapObjectsTest, WritingChangesOnlyItsRange) {
  const Ref ref = New(0, "0123456789");
  ASSERT_OK(heap_->WritePayload(ref, 3, "abc"));
  EXPECT_EQ(*heap_->ReadPayload(ref), "012abc6789");
  ASSERT_OK(heap_->WritePayload(ref, 10, ""));
  EXPECT_THAT(heap_->WritePayload(ref, 8, "xyz"), IsInvalid("payload"));
  EXPECT_THAT(heap_->WritePayload(ref, 11, ""), IsInvalid("payload"));
  EXPECT_THAT(heap_->WritePayload(ref, UINT32_MAX, "x"), IsInvalid("payload"));
  EXPECT_EQ(*heap_->ReadPayload(ref), "012abc6789");
}

TEST_F(HeapObjectsTest, InitialValuesFillTheFirstSlots) {
  const Ref target = New();
  const Value values[] = {Value::Strong(target), Value::SmallInteger(-5)};
  const Ref ref = *Allocate("", 4, values);
  EXPECT_EQ(*heap_->ReadSlot(ref, 0), Value::Strong(target));
  EXPECT_EQ(*heap_->ReadSlot(ref, 1), Value::SmallInteger(-5));
  EXPECT_EQ(*heap_->ReadSlot(ref, 3), Value::Null());
  EXPECT_EQ(heap_->Describe(*Allocate("", 1, values))->slot_count, 2u)
      << "raised to the number of values";
}

// Capability row 17.
TEST_F(HeapObjectsTest, LinkReportsTheFormerValue) {
  const Ref a = New();
  const Ref b = New();
  const Ref holder = New(3);
  for (uint32_t slot = 0; slot < 3; ++slot) {
    EXPECT_EQ(*heap_->Link(holder, slot, Value::Strong(a)), Value::Null());
    EXPECT_EQ(*heap_->Link(holder, slot, Value::Weak(b)), Value::Strong(a));
    EXPECT_EQ(*heap_->Link(holder, slot, Value::SmallInteger(7)),
              Value::Weak(b));
    EXPECT_EQ(*heap_->Link(holder, slot, Value::Null()),
              Value::SmallInteger(7));
  }
}

TEST_F(HeapObjectsTest, ASlotOutOfRangeIsRefused) {
  const Ref ref = New(2);
  EXPECT_THAT(heap_->ReadSlot(ref, 2), IsInvalid("slot"));
  EXPECT_THAT(heap_->Link(ref, 2, Value::Null()), IsInvalid("slot"));
  EXPECT_THAT(heap_->Link(ref, UINT32_MAX, Value::Null()), IsInvalid("slot"));
}

TEST_F(HeapObjectsTest, LocalAndMalformedValuesAreRefused) {
  const Ref ref = New(1);
  EXPECT_THAT(heap_->Link(ref, 0, Value::LocalStrong(0)), IsInvalid("value"));
  EXPECT_THAT(heap_->Link(ref, 0, Value(uint64_t{5} << 60)),
              IsInvalid("value"));
  const Value values[] = {Value::LocalWeak(0)};
  EXPECT_THAT(Allocate("", 1, values), IsInvalid("value"));
}

TEST_F(HeapObjectsTest, ReadSlotsReadsTheSlotsThatExist) {
  const Ref ref = New(3);
  ASSERT_OK(heap_->Link(ref, 1, Value::SmallInteger(1)));
  std::vector<Value> values;
  ASSERT_OK(heap_->ReadSlots(ref, 1, UINT32_MAX, &values));
  EXPECT_EQ(values, (std::vector<Value>{Value::SmallInteger(1), Value()}));
  ASSERT_OK(heap_->ReadSlots(ref, 5, 2, &values));
  EXPECT_EQ(values.size(), 2u);
}

// Capability row 8.
TEST_F(HeapObjectsTest, AStaleRefIsNotFoundEverywhere) {
  const Ref stale = New(1, "payload");
  const Ref live = New(1);
  Release(stale);
  Collect();
  New(1, "another object at the same index");
  const auto is_collected = HasReason(reason::kObjectCollected);
  EXPECT_TRUE(absl::IsNotFound(heap_->Describe(stale).status()));
  EXPECT_THAT(heap_->Describe(stale), is_collected);
  EXPECT_THAT(heap_->ReadPayload(stale), is_collected);
  EXPECT_THAT(heap_->WritePayload(stale, 0, "x"), is_collected);
  EXPECT_THAT(heap_->ReadSlot(stale, 0), is_collected);
  EXPECT_THAT(heap_->Link(stale, 0, Value::Null()), is_collected);
  EXPECT_THAT(heap_->Link(live, 0, Value::Strong(stale)), is_collected);
  EXPECT_THAT(heap_->Link(live, 0, Value::Weak(stale)), is_collected);
  EXPECT_THAT(heap_->AddSlots(stale, 1), is_collected);
  EXPECT_THAT(heap_->Hold(kSession, stale), is_collected);
  EXPECT_THAT(heap_->Release(kSession, stale), is_collected);
  EXPECT_THAT(heap_->Root("root", stale), is_collected);
  EXPECT_THAT(heap_->Copy(kSession, stale, 0, 1), is_collected);
  EXPECT_THAT(heap_->Explain(stale), is_collected);
}

// Capability row 3.
TEST_F(HeapObjectsTest, APayloadHas64MiBAtMost) {
  const std::string most(kMaxPayloadBytes, 'x');
  const Ref ref = *Allocate(most, 0);
  EXPECT_EQ(heap_->ReadPayload(ref)->size(), kMaxPayloadBytes);
  EXPECT_THAT(Allocate(most + "x", 0), IsInvalid("payload"));
}

// Capability row 3.
TEST_F(HeapObjectsTest, AnObjectHas2To20SlotsAtMost) {
  const Ref ref = *Allocate("", kMaxSlots);
  EXPECT_OK(heap_->Link(ref, kMaxSlots - 1, Value::SmallInteger(1)));
  EXPECT_THAT(Allocate("", kMaxSlots + 1), IsInvalid("slot_count"));
  EXPECT_THAT(heap_->AddSlots(ref, 1), IsInvalid("count"));
  const Ref grown = New();
  EXPECT_EQ(*heap_->AddSlots(grown, kMaxSlots), kMaxSlots);
  EXPECT_THAT(heap_->AddSlots(New(1), UINT32_MAX), IsInvalid("count"));
}

TEST_F(HeapObjectsTest, AnUnknownTypeIsNotFound) {
  EXPECT_THAT(heap_->Allocate(kSession, 0, "", 0, {}), IsInvalid("type"));
  EXPECT_THAT(heap_->Allocate(kSession, 999, "", 0, {}),
              HasReason(reason::kTypeNotFound));
}

TEST_F(HeapObjectsTest, AddedSlotsAreNullAndTheOthersStay) {
  const Ref target = New();
  const Ref ref = New();
  for (uint32_t count = 1; count <= 100; ++count) {
    ASSERT_EQ(*heap_->AddSlots(ref, 1), count);
    ASSERT_EQ(*heap_->ReadSlot(ref, count - 1), Value::Null());
    ASSERT_OK(heap_->Link(
        ref, count - 1,
        count % 2 == 0 ? Value::Weak(target) : Value::SmallInteger(count)));
  }
  for (uint32_t slot = 0; slot < 100; ++slot) {
    ASSERT_EQ(*heap_->ReadSlot(ref, slot), slot % 2 == 1
                                               ? Value::Weak(target)
                                               : Value::SmallInteger(slot + 1));
  }
}

// Capability row 24.
TEST_F(HeapObjectsTest, AppendingSlotsAllocatesLinearlyManyBytes) {
  constexpr uint32_t kAppends = 100'000;
  const Ref ref = New();
  uint64_t allocated_bytes = 0;
  uint64_t last_size = heap_->Describe(ref)->self_size;
  for (uint32_t i = 0; i < kAppends; ++i) {
    ASSERT_OK(heap_->AddSlots(ref, 1));
    const uint64_t size = heap_->Describe(ref)->self_size;
    if (size != last_size) allocated_bytes += size;  // a new slot block
    last_size = size;
  }
  EXPECT_LT(allocated_bytes, uint64_t{6} * kAppends * sizeof(uint32_t));
}

// Capability row 22.
TEST_F(HeapObjectsTest, SmallIntegersNeedNoObjects) {
  const Ref holder = New(kMaxSlots);
  const uint64_t used = heap_->used_bytes();
  for (uint32_t i = 0; i < 1'000'000; ++i) {
    ASSERT_OK(heap_->Link(
        holder, i, Value::SmallInteger(static_cast<int32_t>(i) - 500'000)));
  }
  EXPECT_EQ(heap_->object_count(), 1u);
  EXPECT_EQ(heap_->used_bytes(), used);
  EXPECT_EQ(*heap_->ReadSlot(holder, 0), Value::SmallInteger(-500'000));
}

// Capability row 6: 16 bytes of entry, 8 of header, padding to words; more than
// two slots have a block of their own.
TEST_F(HeapObjectsTest, ASelfSizeIsEntryHeaderPayloadPaddingAndSlots) {
  EXPECT_EQ(heap_->Describe(New(0, ""))->self_size, 16u + 8);
  EXPECT_EQ(heap_->Describe(New(2, "x"))->self_size, 16u + 8 + 8);
  EXPECT_EQ(heap_->Describe(New(3, "123456789"))->self_size,
            16u + (8 + 16) + (8 + 16));
  EXPECT_EQ(heap_->Stats().object_overhead_bytes, 24u);
}

// Capability row 21.
TEST_F(HeapObjectsTest, LargePayloadsAndManySlotsAreInTheLargeObjectSpace) {
  const Ref payload = New(0, std::string(100'000, 'x'));
  const Ref slots = New(100'000);
  EXPECT_EQ(Space("large_object_space").page_count, 2u);
  EXPECT_EQ(heap_->Describe(payload)->self_size, 16u + 8 + 100'000);
  EXPECT_EQ(heap_->Describe(slots)->self_size, 16u + 8 + (8 + 400'000));
  EXPECT_EQ(Space("large_object_space").used_bytes, 100'008u + 400'008u);
  Release(payload);
  Release(slots);
  Collect();
  EXPECT_EQ(Space("large_object_space").committed_bytes, 0u);
}

}  // namespace
}  // namespace heapd
