#include "heap/object/object_table.h"

#include <gtest/gtest.h>

#include <set>
#include <vector>

#include "tests/heap/status_matchers.h"

namespace heapd {
namespace {

constexpr uint32_t kChunk = ObjectTable::kChunkEntries;

class ObjectTableTest : public ::testing::Test {
 protected:
  ObjectTableTest() { SetLimit(uint64_t{1} << 30); }
  ~ObjectTableTest() override { EXPECT_STREQ(table_.CheckFreeLists(), ""); }

  void SetLimit(uint64_t bytes) { ASSERT_OK(account_.SetLimits(bytes, 0)); }
  Index Allocate() { return table_.Allocate(Block::At(memory_), 0, Age::kOld); }
  void AllocateUpTo(uint64_t live_count) {
    while (table_.live_count() < live_count) ASSERT_NE(Allocate(), 0u);
  }
  // As a collection does in which nothing of `dead` was marked.
  void Sweep(const std::set<Index>& dead) {
    SweepIf([&dead](Index index) { return dead.contains(index); });
  }
  void SweepAll() {
    SweepIf([](Index) { return true; });
  }
  template <typename IsDead>
  void SweepIf(IsDead is_dead) {
    table_.CloseChunks();
    for (uint32_t chunk = 0; chunk < table_.chunk_count(); ++chunk) {
      if (!table_.IsChunkClosed(chunk)) continue;
      table_.OpenChunk(table_.SweepChunk(chunk, is_dead));
    }
  }

  alignas(8) char memory_[8] = {};
  MemoryBudget budget_{uint64_t{1} << 40};
  MemoryAccount account_{&budget_};
  ObjectTable table_{&account_};
};

TEST_F(ObjectTableTest, IndicesAscendFromOne) {
  EXPECT_EQ(Allocate(), 1u);
  EXPECT_EQ(Allocate(), 2u);
  EXPECT_EQ(table_.live_count(), 2u);
  EXPECT_EQ(table_.used_bytes(), 32u);
}

TEST_F(ObjectTableTest, ARefResolvesWhileItsObjectLives) {
  const Index index = Allocate();
  const Ref ref = table_.RefOf(index);
  EXPECT_EQ(table_.Resolve(ref), index);
  table_.Free(index);
  EXPECT_EQ(table_.Resolve(ref), 0u);
}

// Capability rows 1 and 8.
TEST_F(ObjectTableTest, AnIndexUsedAgainHasAnotherRef) {
  const Index index = Allocate();
  const Ref stale = table_.RefOf(index);
  Sweep({index});
  ASSERT_EQ(Allocate(), index);
  EXPECT_NE(table_.RefOf(index), stale);
  EXPECT_EQ(table_.Resolve(stale), 0u);
  EXPECT_EQ(table_.Resolve(table_.RefOf(index)), index);
}

TEST_F(ObjectTableTest, NothingResolvesToWhatNeverWas) {
  const Index index = Allocate();
  EXPECT_EQ(table_.Resolve(Ref()), 0u);
  EXPECT_EQ(table_.Resolve(Ref(0, 1)), 0u);
  EXPECT_EQ(table_.Resolve(Ref(index, 0)), 0u);
  EXPECT_EQ(table_.Resolve(Ref(index + 1, 1)), 0u) << "free";
  EXPECT_EQ(table_.Resolve(Ref(index, 0x10001)), 0u);
  EXPECT_EQ(table_.Resolve(Ref(UINT32_MAX, 1)), 0u);
}

TEST_F(ObjectTableTest, AChunkIsTakenFromTheAccountWhenItIsNeeded) {
  EXPECT_EQ(account_.committed_bytes(), 0u);
  AllocateUpTo(kChunk - 1);
  const uint64_t chunk_bytes =
      ObjectTable::kChunkBytes + ObjectTable::kChunkSideBytes;
  EXPECT_EQ(account_.committed_bytes(), chunk_bytes) << "index 0 is null";
  Allocate();
  EXPECT_EQ(account_.committed_bytes(), 2 * chunk_bytes);
  EXPECT_EQ(table_.committed_bytes(), 2 * chunk_bytes);
}

TEST_F(ObjectTableTest, WithoutMemoryThereIsNoIndex) {
  SetLimit(ObjectTable::kChunkBytes + ObjectTable::kChunkSideBytes);
  AllocateUpTo(kChunk - 1);
  EXPECT_EQ(Allocate(), 0u);
  EXPECT_EQ(table_.live_count(), kChunk - 1);
  SetLimit(uint64_t{1} << 30);
  EXPECT_NE(Allocate(), 0u);
}

TEST_F(ObjectTableTest, ARowOfEntriesEndsWithTheChunk) {
  ASSERT_EQ(Allocate(), 1u);
  {
    ObjectTable::Row row(&table_);
    std::vector<Index> indices(2 * kChunk);
    std::vector<uint64_t> refs(2 * kChunk);
    const std::vector<Block*> blocks(kChunk, Block::At(memory_));
    std::vector<uint64_t> slots;
    std::vector<uint32_t> numbers;
    for (Index i = 2; i < kChunk; ++i) {
      slots.push_back(
          TableEntry::PackSlots(Slot::SmallInteger(3), Slot::Strong(i - 1)));
      numbers.insert(numbers.end(), {2, 1});
    }
    // Less than what was peeked at may be taken, or nothing.
    EXPECT_EQ(row.Peek(100, indices.data(), refs.data()), 100u);
    row.Take(0, refs.data(), blocks.data(), slots.data(), numbers.data());
    row.Take(10, refs.data(), blocks.data(), slots.data(), numbers.data());
    ASSERT_EQ(row.Peek(2 * kChunk, indices.data(), refs.data()), kChunk - 12);
    for (Index i = 0; i < kChunk - 12; ++i) {
      ASSERT_EQ(indices[i], i + 12);
      ASSERT_EQ(Ref(refs[i]).index(), i + 12);
    }
    row.Take(kChunk - 12, refs.data(), blocks.data(), slots.data() + 10,
             numbers.data() + 20);
    EXPECT_EQ(row.Peek(1, indices.data(), refs.data()), 0u);
  }
  EXPECT_EQ(table_.live_count(), kChunk - 1);
  EXPECT_STREQ(table_.CheckFreeLists(), "");
  EXPECT_EQ(table_.entry(7).slot_span()[0], Slot::SmallInteger(3));
  EXPECT_EQ(table_.entry(7).slot_span()[1], Slot::Strong(6));
  EXPECT_EQ(Allocate(), kChunk);
}

TEST_F(ObjectTableTest, ARowOfFreedIndicesGoesFromChunkToChunk) {
  AllocateUpTo(3 * kChunk);
  const Index indices[] = {5, kChunk + 1, 6, 2 * kChunk + 9, 2 * kChunk + 8};
  std::vector<Ref> refs;
  for (const Index index : indices) refs.push_back(table_.RefOf(index));
  {
    ObjectTable::FreeRow row(&table_);
    for (const Index index : indices) row.Free(index);
  }
  EXPECT_EQ(table_.live_count(), 3 * kChunk - 5);
  EXPECT_STREQ(table_.CheckFreeLists(), "");
  for (const Ref ref : refs) EXPECT_EQ(table_.Resolve(ref), 0u);
  AllocateUpTo(3 * kChunk);
  EXPECT_STREQ(table_.CheckFreeLists(), "");
}

TEST_F(ObjectTableTest, ARowRetiresWhatIsUsedUp) {
  const Index index = Allocate();
  uint32_t rounds = 0;
  while (table_.retired_count() == 0) {
    ASSERT_LE(++rounds, TableEntry::kMaxIncarnation);
    {
      ObjectTable::FreeRow row(&table_);
      row.Free(index);
    }
    if (table_.retired_count() > 0) break;
    ASSERT_EQ(Allocate(), index);
  }
  EXPECT_EQ(rounds, TableEntry::kMaxIncarnation);
  EXPECT_EQ(table_.live_count(), 0u);
  EXPECT_STREQ(table_.CheckFreeLists(), "");
  EXPECT_NE(Allocate(), index);
}

TEST_F(ObjectTableTest, FreedIndicesOfAFullTableAreFoundAgain) {
  SetLimit(2 * (ObjectTable::kChunkBytes + ObjectTable::kChunkSideBytes));
  AllocateUpTo(2 * kChunk - 1);
  ASSERT_EQ(Allocate(), 0u);
  table_.Free(17);
  EXPECT_EQ(Allocate(), 17u);
  Sweep({kChunk + 5, kChunk + 6, 40});
  EXPECT_EQ(Allocate(), 40u);
  EXPECT_EQ(Allocate(), kChunk + 5);
  EXPECT_EQ(Allocate(), kChunk + 6);
  EXPECT_EQ(Allocate(), 0u);
}

TEST_F(ObjectTableTest, ASweepFreesTheDeadAndKeepsTheRest) {
  AllocateUpTo(10);
  std::vector<Ref> refs;
  for (Index i = 1; i <= 10; ++i) refs.push_back(table_.RefOf(i));
  Sweep({2, 3, 9});
  EXPECT_EQ(table_.live_count(), 7u);
  for (const Ref ref : refs) {
    const bool dead = ref.index() == 2 || ref.index() == 3 || ref.index() == 9;
    EXPECT_EQ(table_.Resolve(ref) == 0, dead);
  }
}

TEST_F(ObjectTableTest, AWhollyFreeChunkGoesBackButTheFirst) {
  AllocateUpTo(3 * kChunk);
  SweepAll();
  EXPECT_EQ(table_.live_count(), 0u);
  EXPECT_EQ(account_.committed_bytes(),
            ObjectTable::kChunkBytes + ObjectTable::kChunkSideBytes);
}

// Capability row 1.
TEST_F(ObjectTableTest, StaleRefsStayStaleWhenAChunkComesBack) {
  std::vector<Ref> stale;
  for (int round = 0; round < 3; ++round) {
    AllocateUpTo(2 * kChunk);
    for (Index i = kChunk; i < 2 * kChunk; ++i) {
      stale.push_back(table_.RefOf(i));
    }
    SweepAll();
    for (const Ref ref : stale) ASSERT_EQ(table_.Resolve(ref), 0u);
  }
  AllocateUpTo(2 * kChunk);
  for (const Ref ref : stale) ASSERT_EQ(table_.Resolve(ref), 0u);
}

TEST_F(ObjectTableTest, AChunkThatCameBackHasPassedEveryIncarnationInIt) {
  AllocateUpTo(2 * kChunk - 1);
  for (int round = 0; round < 5; ++round) {
    table_.Free(kChunk + 1);
    ASSERT_EQ(Allocate(), kChunk + 1);
  }
  const uint32_t highest = table_.entry(kChunk + 1).incarnation();
  SweepAll();
  AllocateUpTo(2 * kChunk - 1);
  EXPECT_GT(table_.entry(kChunk).incarnation(), highest);
  EXPECT_GT(table_.entry(kChunk + 1).incarnation(), highest);
}

// Capability row 1.
TEST_F(ObjectTableTest, AnIndexWhoseIncarnationsAreUsedUpIsRetired) {
  const Index index = Allocate();
  for (uint32_t n = 1; n < TableEntry::kMaxIncarnation; ++n) {
    ASSERT_EQ(table_.entry(index).incarnation(), n);
    table_.Free(index);
    ASSERT_EQ(Allocate(), index);
  }
  const Ref last = table_.RefOf(index);
  EXPECT_EQ(last.incarnation(), 0xffffu);
  table_.Free(index);
  EXPECT_EQ(table_.retired_count(), 1u);
  EXPECT_EQ(table_.Resolve(last), 0u);
  EXPECT_EQ(table_.Resolve(Ref(index, 0)), 0u);
  SweepAll();
  AllocateUpTo(kChunk - 2);
  EXPECT_TRUE(table_.entry(index).is_free()) << "never given out again";
  EXPECT_EQ(table_.retired_count(), 1u);
}

TEST_F(ObjectTableTest, AnIndexIsRetiredByASweepToo) {
  AllocateUpTo(kChunk);
  for (uint32_t n = 1; n < TableEntry::kMaxIncarnation; ++n) {
    table_.Free(kChunk);
    ASSERT_EQ(Allocate(), kChunk);
  }
  SweepAll();
  EXPECT_EQ(table_.retired_count(), 1u);
  EXPECT_EQ(table_.free_entry_count(), 2 * kChunk - 2)
      << "a chunk with a retired index is not given back";
}

}  // namespace
}  // namespace heapd
