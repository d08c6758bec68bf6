#include "heap/gc/compactor.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/heap/core_fixture.h"

namespace heapd {
namespace {

constexpr uint32_t kPayloadBytes = 56;
constexpr uint32_t kBlocksPerPage = Page::kAreaBytes / 64;

class CompactorTest : public CoreTest {
 protected:
  explicit CompactorTest(const HeapOptions& options = HeapOptions())
      : CoreTest(options) {}

  std::string PayloadOf(size_t i) {
    std::string payload = std::to_string(i);
    payload.resize(kPayloadBytes, '.');
    return payload;
  }
  // As many pages of objects, of every `keep` of which all but one are held.
  // Those that are.
  std::vector<Index> FillPages(size_t pages, size_t keep,
                               uint32_t slot_count = 0) {
    std::vector<Index> held;
    for (size_t i = 0; i < pages * kBlocksPerPage; ++i) {
      const Index index = New(slot_count, PayloadOf(held.size()));
      if (i % keep == 0) continue;
      Hold(index);
      held.push_back(index);
    }
    return held;
  }
  void ExpectPayloads(const std::vector<Index>& objects) {
    for (size_t i = 0; i < objects.size(); ++i) {
      ASSERT_EQ(core_->Payload(objects[i]), PayloadOf(i));
    }
  }
  size_t old_pages() { return parts().spaces.old_space().pages().size(); }
  Collection CollectForMemory() {
    return core_->Collect(CollectionKind::kMajor, CollectionReason::kNearLimit);
  }
};

// Capability rows 33, 48 and 49.
TEST_F(CompactorTest, AHalfEmptyHeapMovesToHalfOfItsPages) {
  const std::vector<Index> held = FillPages(8, 2);
  ASSERT_EQ(old_pages(), 8u);
  const Collection collection = Collect();
  EXPECT_EQ(old_pages(), 4u);
  EXPECT_EQ(collection.evacuated_page_count, 4u);
  EXPECT_EQ(collection.released_page_count, 4u);
  // A page has an odd number of blocks.
  EXPECT_NEAR(collection.moved_object_count, held.size() / 2, 4);
  EXPECT_EQ(collection.moved_bytes, collection.moved_object_count * 64);
  EXPECT_EQ(parts().spaces.old_space().Stats().free_bytes, 0u);
  ExpectPayloads(held);
  EXPECT_OK(Verify());
}

// Capability row 48.
TEST_F(CompactorTest, AWellPackedHeapMovesNothing) {
  const std::vector<Index> held = FillPages(8, 3);
  EXPECT_EQ(Collect().moved_object_count, 0u);
  EXPECT_EQ(old_pages(), 8u);
  EXPECT_EQ(Collect().moved_object_count, 0u);
}

TEST_F(CompactorTest, WhenMemoryIsShortFullerPagesAreEmptiedToo) {
  const std::vector<Index> held = FillPages(9, 3);
  CollectForMemory();
  EXPECT_EQ(old_pages(), 6u);
  ExpectPayloads(held);
  EXPECT_OK(Verify());
}

TEST_F(CompactorTest, SlotBlocksMoveAsPayloadsDo) {
  const std::vector<Index> held = FillPages(8, 2, 5);
  const size_t slot_pages = parts().spaces.slot_space().pages().size();
  for (size_t i = 0; i + 1 < held.size(); ++i) {
    core_->Store(held[i], 4, Slot::Strong(held[i + 1]));
  }
  Collect();
  EXPECT_LE(parts().spaces.slot_space().pages().size(), slot_pages / 2 + 1);
  for (size_t i = 0; i + 1 < held.size(); ++i) {
    ASSERT_EQ(SlotOf(held[i], 4), Slot::Strong(held[i + 1]));
  }
  EXPECT_OK(Verify());
}

// What is freed while its page waits to be emptied must not be moved, nor
// counted twice.
TEST_F(CompactorTest, SlotBlocksThatAreLeftWhilePagesWaitAreFreed) {
  std::vector<Index> held = FillPages(4, 2, 50);
  core_->StartMajor(CollectionReason::kRequested);
  const MajorSlice small = {
      .objects = 1 << 20, .pages = 1, .moved_pages = 1, .chunks = 1};
  for (size_t i = 0; core_->collector.IsMajorRunning(); ++i) {
    core_->StepMajor(small);
    Block* replaced = nullptr;
    ASSERT_TRUE(core_->GrowSlots(held[i % held.size()], 60, &replaced));
    if (replaced != nullptr) core_->FreeReplacedSlots(replaced);
  }
  ExpectPayloads(held);
  EXPECT_OK(Verify());
}

class FullHeapTest : public CompactorTest {
 protected:
  static HeapOptions Limited() {
    HeapOptions options;
    options.limit_bytes = uint64_t{16} << 20;
    options.new_space_bytes = 0;
    return options;
  }
  FullHeapTest() : CompactorTest(Limited()) {}
};

// Capability row 48.
TEST_F(FullHeapTest, ARequestLargerThanAnyHoleIsServedAfterOneCollection) {
  std::vector<Index> held;
  for (size_t i = 0;; ++i) {
    const Index index = core_->NewObject(type_, PayloadOf(held.size()), 0);
    if (index == 0) break;
    if (i % 4 == 0) continue;
    Hold(index);
    held.push_back(index);
  }
  Collect();
  // Free memory there is, in holes of 64 bytes, and no garbage.
  const std::string large(20'000, 'x');
  for (Index index; (index = core_->NewObject(type_, large, 0)) != 0;) {
    Hold(index);
  }
  ASSERT_FALSE(core_->may_have_garbage);
  ASSERT_TRUE(core_->MayMakeRoom());
  CollectForMemory();
  EXPECT_NE(core_->NewObject(type_, large, 0), 0u);
  ExpectPayloads(held);
  EXPECT_OK(Verify());
  // Nothing more is to be had, and nobody pays for it each time.
  CollectForMemory();
  EXPECT_FALSE(core_->MayMakeRoom());
}

TEST_F(FullHeapTest, WithoutMemoryForAMoveWhatDidNotMoveStays) {
  std::vector<Index> held;
  for (size_t i = 0;; ++i) {
    // Of sizes that do not fit each other's holes.
    const size_t size = i % 2 == 0 ? 24 : 3000;
    const Index index = core_->NewObject(type_, std::string(size, 'x'), 0);
    if (index == 0) break;
    if (i % 2 == 0) continue;
    if (i % 4 != 1) continue;
    Hold(index);
    held.push_back(index);
  }
  CollectForMemory();
  for (const Index index : held) {
    ASSERT_EQ(core_->Payload(index), std::string(3000, 'x'));
  }
  EXPECT_OK(Verify());
}

class StressedTest : public CompactorTest {
 protected:
  static HeapOptions AlwaysCompacting() {
    HeapOptions options;
    options.stress.compact_always = true;
    return options;
  }
  StressedTest() : CompactorTest(AlwaysCompacting()) {}
};

TEST_F(StressedTest, UnderStressFullPagesMoveIntoWhatIsFree) {
  const std::vector<Index> held = FillPages(10, 4);
  EXPECT_GT(Collect().moved_object_count, 0u);
  ExpectPayloads(held);
  EXPECT_OK(Verify());
}

}  // namespace
}  // namespace heapd
