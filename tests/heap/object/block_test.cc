#include "heap/object/block.h"

#include <gtest/gtest.h>

#include "heap/base/limits.h"
#include "heap/object/table_entry.h"

namespace heapd {
namespace {

// Capability rows 5, 6 and 25: a header is one word, everything is aligned to
// words, and the fields hold what the limits allow.
static_assert(sizeof(Block) == 8);
static_assert(sizeof(TableEntry) == 16);
static_assert(sizeof(Slot) == 4);
static_assert(Block::kHeaderBytes == kWordBytes);
static_assert(kMaxTypes < (1u << 18));
static_assert(kMaxSlots < (1u << 21));
static_assert(kMaxObjects < (1u << 30));

alignas(8) char memory[64];

TEST(BlockTest, APayloadHeaderKeepsOwnerSizeTypeAndPadding) {
  Block* const block = Block::At(memory);
  block->set_header(Block::MakeHeader(kMaxObjects, Block::kMaxUnits,
                                      Block::PayloadExtra(kMaxTypes, 7)));
  EXPECT_EQ(block->owner(), kMaxObjects);
  EXPECT_EQ(block->units(), Block::kMaxUnits);
  EXPECT_EQ(block->type(), kMaxTypes);
  EXPECT_EQ(block->padding(), 7u);
  EXPECT_FALSE(block->is_free());
  EXPECT_FALSE(block->is_large());
}

TEST(BlockTest, ASlotHeaderCountsUpToTheMostSlots) {
  Block* const block = Block::At(memory);
  block->set_header(Block::MakeHeader(5, 0, 3));
  block->set_slot_count(kMaxSlots);
  EXPECT_EQ(block->slot_count(), kMaxSlots);
  EXPECT_EQ(block->owner(), 5u);
  EXPECT_TRUE(block->is_large());
}

TEST(BlockTest, AFreeHeaderHasNoOwnerAndAWholePagesSize) {
  Block* const block = Block::At(memory);
  block->set_header(Block::MakeFreeHeader(32760));
  EXPECT_TRUE(block->is_free());
  EXPECT_EQ(block->free_units(), 32760u);
}

TEST(BlockTest, TheBodyFollowsTheHeader) {
  Block* const block = Block::At(memory);
  EXPECT_EQ(block->body(), memory + 8);
  EXPECT_EQ(static_cast<void*>(block->slots()), memory + 8);
}

TEST(UnitsForTest, RoundsUpToWordsAndAddsTheHeader) {
  EXPECT_EQ(UnitsFor(0), 1u);
  EXPECT_EQ(UnitsFor(1), 2u);
  EXPECT_EQ(UnitsFor(8), 2u);
  EXPECT_EQ(UnitsFor(9), 3u);
}

}  // namespace
}  // namespace heapd
