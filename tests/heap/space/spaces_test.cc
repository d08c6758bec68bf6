#include "heap/space/spaces.h"

#include <gtest/gtest.h>

#include <string>

#include "absl/strings/string_view.h"
#include "heap/base/limits.h"
#include "tests/heap/status_matchers.h"

namespace heapd {
namespace {

constexpr uint64_t kNewSpaceBytes = uint64_t{64} << 10;

// The largest payload that stays on a page.
constexpr uint32_t kLargestPaged =
    (PagedSpace::kMaxBlockUnits - 1) * kWordBytes;

class SpacesTest : public ::testing::Test {
 protected:
  SpacesTest() { EXPECT_OK(account_.SetLimits(uint64_t{1} << 30, 0)); }

  Block* NewPayload(uint32_t bytes) {
    const std::string payload(bytes, 'p');
    Block* const block = spaces_.AllocatePayload(9, payload);
    EXPECT_EQ(absl::string_view(block->body(), bytes), payload);
    Spaces::SetOwner(block, 5);
    return block;
  }

  MemoryBudget budget_{uint64_t{1} << 40};
  MemoryAccount account_{&budget_};
  Spaces spaces_{&account_, kNewSpaceBytes, /*clear_free_memory=*/false};
};

TEST_F(SpacesTest, EveryPayloadSizeIsRememberedExactly) {
  for (const uint32_t bytes : {0u, 1u, 7u, 8u, 9u, 1000u, kLargestPaged - 1,
                               kLargestPaged, kLargestPaged + 1, 100'003u}) {
    const Block* const block = NewPayload(bytes);
    EXPECT_EQ(Spaces::PayloadBytes(block), bytes);
    EXPECT_EQ(block->type(), 9u);
    EXPECT_EQ(block->owner(), 5u);
    EXPECT_EQ(Spaces::BlockBytes(block), UnitsFor(bytes) * kWordBytes);
  }
}

TEST_F(SpacesTest, PaddingIsZero) {
  Block* const block = NewPayload(3);
  for (int i = 3; i < 8; ++i) EXPECT_EQ(block->body()[i], 0);
}

// Capability row 21.
TEST_F(SpacesTest, WhatDoesNotFitAPageIsLarge) {
  EXPECT_FALSE(NewPayload(kLargestPaged)->is_large());
  EXPECT_EQ(spaces_.large_object_space().blocks().size(), 0u);
  EXPECT_TRUE(NewPayload(kLargestPaged + 1)->is_large());
  EXPECT_EQ(spaces_.large_object_space().blocks().size(), 1u);
}

TEST_F(SpacesTest, SlotsAreNullAndInASpaceOfTheirOwn) {
  Block* const block = spaces_.AllocateSlots(3, 5, Age::kOld);
  EXPECT_EQ(block->slot_count(), 3u);
  EXPECT_EQ(Spaces::SlotCapacity(block), 6u) << "rounded up to a word";
  for (uint32_t i = 0; i < 6; ++i) EXPECT_TRUE(block->slots()[i].is_null());
  EXPECT_EQ(spaces_.slot_space().used_bytes(), Spaces::BlockBytes(block));
  EXPECT_EQ(spaces_.old_space().used_bytes(), 0u);
}

TEST_F(SpacesTest, TheMostSlotsAreOneLargeBlock) {
  Block* const block = spaces_.AllocateSlots(kMaxSlots, kMaxSlots, Age::kOld);
  ASSERT_NE(block, nullptr);
  EXPECT_TRUE(block->is_large());
  EXPECT_EQ(block->slot_count(), kMaxSlots);
  EXPECT_EQ(Spaces::SlotCapacity(block), kMaxSlots);
}

TEST_F(SpacesTest, UsedSlotMemoryIsNullWhenItIsUsedAgain) {
  Block* const block = spaces_.AllocateSlots(4, 4, Age::kOld);
  for (int i = 0; i < 4; ++i) block->slots()[i] = Slot::Strong(77);
  spaces_.FreeSlots(block);
  Block* const again = spaces_.AllocateSlots(4, 4, Age::kOld);
  EXPECT_EQ(again, block);
  for (int i = 0; i < 4; ++i) EXPECT_TRUE(again->slots()[i].is_null());
}

TEST_F(SpacesTest, UsedBytesAreTheSumOfTheSpaces) {
  NewPayload(20);
  NewPayload(100'000);
  spaces_.AllocateSlots(10, 10, Age::kOld);
  EXPECT_EQ(spaces_.used_bytes(),
            spaces_.old_space().used_bytes() +
                spaces_.slot_space().used_bytes() +
                spaces_.large_object_space().used_bytes());
  EXPECT_EQ(spaces_.used_bytes(), 32u + 100'008u + 48u);
}

TEST_F(SpacesTest, FreeingPayloadsAndSlotsLeavesNothingUsed) {
  Block* const small = NewPayload(20);
  Block* const large = NewPayload(100'000);
  Block* const slots = spaces_.AllocateSlots(10, 10, Age::kOld);
  Block* const many_slots = spaces_.AllocateSlots(100'000, 100'000, Age::kOld);
  spaces_.FreePayload(small);
  spaces_.FreePayload(large);
  spaces_.FreeSlots(slots);
  spaces_.FreeSlots(many_slots);
  EXPECT_EQ(spaces_.used_bytes(), 0u);
}

TEST_F(SpacesTest, WhatIsNewIsBornInNewSpaceWhileThereIsRoom) {
  EXPECT_EQ(spaces_.AgeOfNew(NewPayload(100'000)), Age::kOld)
      << "there is no new space yet";
  ASSERT_TRUE(spaces_.new_space().GrowTo(kNewSpaceBytes));
  spaces_.new_space().SetAllowed(kNewSpaceBytes);
  EXPECT_EQ(spaces_.AgeOfNew(NewPayload(40'000)), Age::kYoung);
  EXPECT_EQ(spaces_.AgeOfNew(NewPayload(30'000)), Age::kYoung);
  EXPECT_EQ(spaces_.AgeOfNew(NewPayload(100'000)), Age::kYoung);
  EXPECT_EQ(spaces_.new_space().used_bytes(), 30'008u);
  Block* const full = NewPayload(32'000);
  EXPECT_TRUE(spaces_.new_space().Contains(full));
  EXPECT_EQ(spaces_.AgeOfNew(NewPayload(32'000)), Age::kOld);
  EXPECT_FALSE(
      spaces_.new_space().Contains(spaces_.AllocateSlots(5, 5, Age::kOld)));
  EXPECT_TRUE(
      spaces_.new_space().Contains(spaces_.AllocateSlots(5, 5, Age::kYoung)));
}

}  // namespace
}  // namespace heapd
