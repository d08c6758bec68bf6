#include "heap/object/table_entry.h"

#include <gtest/gtest.h>

namespace heapd {
namespace {

alignas(8) char memory[32];
alignas(8) char slot_memory[32];

TableEntry Live() {
  TableEntry entry;
  entry.MakeLive(0xffff, Block::At(memory), 0, Age::kOld);
  return entry;
}

TEST(TableEntryTest, ALiveEntryLeadsToItsPayload) {
  const TableEntry entry = Live();
  EXPECT_FALSE(entry.is_free());
  EXPECT_EQ(entry.payload(), Block::At(memory));
  EXPECT_EQ(entry.incarnation(), 0xffffu);
  EXPECT_EQ(entry.slot_count(), 0u);
  EXPECT_FALSE(entry.may_have_weak_slots());
}

TEST(TableEntryTest, AFreeEntryKeepsIncarnationAndLink) {
  TableEntry entry = Live();
  entry.MakeFree(7, 1234);
  EXPECT_TRUE(entry.is_free());
  EXPECT_EQ(entry.incarnation(), 7u);
  EXPECT_EQ(entry.next_free(), 1234u);
}

TEST(TableEntryTest, UpToTwoSlotsAreInline) {
  TableEntry entry = Live();
  entry.set_inline_slot_count(2);
  entry.slots()[0] = Slot::Strong(3);
  entry.slots()[1] = Slot::SmallInteger(-4);
  EXPECT_EQ(entry.slot_count(), 2u);
  EXPECT_FALSE(entry.has_slot_block());
  EXPECT_EQ(static_cast<uint32_t>(entry.inline_word()), Slot::Strong(3).word());
  EXPECT_EQ(entry.slot_span()[1], Slot::SmallInteger(-4));
}

TEST(TableEntryTest, MoreSlotsAreInABlock) {
  Block* const block = Block::At(slot_memory);
  block->set_header(Block::MakeHeader(1, 3, 4));
  block->slots()[3] = Slot::Weak(9);
  TableEntry entry = Live();
  entry.set_inline_slot_count(1);
  entry.set_slot_block(block);
  EXPECT_TRUE(entry.has_slot_block());
  EXPECT_EQ(entry.slot_block(), block);
  EXPECT_EQ(entry.slot_count(), 4u);
  EXPECT_EQ(entry.slot_span()[3], Slot::Weak(9));
}

TEST(TableEntryTest, MovingThePayloadChangesNothingElse) {
  TableEntry entry = Live();
  entry.set_inline_slot_count(2);
  entry.slots()[1] = Slot::Weak(8);
  entry.set_may_have_weak_slots(true);
  entry.set_payload(Block::At(slot_memory));
  EXPECT_EQ(entry.payload(), Block::At(slot_memory));
  EXPECT_EQ(entry.incarnation(), 0xffffu);
  EXPECT_EQ(entry.slot_count(), 2u);
  EXPECT_EQ(entry.slot_span()[1], Slot::Weak(8));
  EXPECT_TRUE(entry.may_have_weak_slots());
}

TEST(TableEntryTest, TheWeakFlagIsOneBitOnly) {
  TableEntry entry = Live();
  entry.set_may_have_weak_slots(true);
  EXPECT_TRUE(entry.may_have_weak_slots());
  entry.set_may_have_weak_slots(false);
  EXPECT_FALSE(entry.may_have_weak_slots());
  EXPECT_EQ(entry.payload(), Block::At(memory));
}

}  // namespace
}  // namespace heapd
