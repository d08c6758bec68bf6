#ifndef HEAPD_TESTS_BENCH_LAYOUT_TABLE_MARKER_H_
#define HEAPD_TESTS_BENCH_LAYOUT_TABLE_MARKER_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "tests/bench/layout/mark_state.h"
#include "tests/bench/layout/slot_value.h"
#include "tests/bench/layout/table_layout.h"

namespace heapd::layout_bench {

// Marking loops over TableLayout. Each takes the roots, leaves the bitmap in
// `state` complete, and visits every reachable object's slots exactly once.

// Visits slots. Two things wait in rings of their own: a referent for its mark
// bit, and a slot block, which is known of only when the entry has arrived.
template <size_t kBitDistance, PushStyle kStyle = PushStyle::kBranchFree>
class SlotVisitor {
 public:
  SlotVisitor(const TableLayout& heap, MarkState& state)
      : cursor(state), table_(heap.table()), slot_memory_(heap.slot_memory()) {}

  void PrefetchEntry(uint32_t index) const {
    __builtin_prefetch(&table_[index]);
  }

  void Visit(uint32_t index) {
    const TableEntry& entry = table_[index];
    // Both are loaded first: a push might write to them, as the compiler sees
    // it.
    const SlotValue first = entry.slots[0];
    const SlotValue second = entry.slots[1];
    if (entry.has_slot_block()) {
      __builtin_prefetch(&slot_memory_[first]);
      VisitBlock(blocks_.Exchange(first));
      return;
    }
    Reach(first);
    Reach(second);
  }

  // Empties the rings. More may be on the worklist afterwards.
  void VisitWaiting() {
    for (size_t i = 0; i < kBlockDistance; ++i) VisitBlock(blocks_.Exchange(0));
    for (size_t i = 0; i < kBitDistance; ++i) Reach(0);
  }

  MarkCursor<kStyle> cursor;

 private:
  static constexpr size_t kBlockDistance = 8;

  void Reach(SlotValue value) {
    const uint32_t index = StrongIndexOrNull(value);
    if constexpr (kBitDistance > 0) cursor.PrefetchBit(index);
    cursor.MarkAndPush(referents_.Exchange(index));
  }

  void VisitBlock(uint32_t unit) {
    const uint64_t count = slot_memory_[unit] & ((1u << 21) - 1);
    const auto* slots =
        reinterpret_cast<const SlotValue*>(&slot_memory_[unit + 1]);
    for (uint64_t s = 0; s < count; ++s) Reach(slots[s]);
  }

  const TableEntry* table_;
  const uint64_t* slot_memory_;
  PrefetchRing<kBlockDistance> blocks_;
  PrefetchRing<kBitDistance> referents_;
};

// The loop for the engine, with distances 32 and 8. A stack whose pops pass
// through a prefetch ring: stage one pops an index and prefetches its entry;
// stage two, kDistance pops later, visits the slots. An empty stack feeds
// nulls, whose entry has null slots, so that no stage tests for the ends of a
// ring.
template <size_t kDistance, size_t kBitDistance,
          PushStyle kStyle = PushStyle::kBranchFree>
void MarkThroughStack(const TableLayout& heap,
                      const std::vector<uint32_t>& roots, MarkState& state) {
  SlotVisitor<kBitDistance, kStyle> visitor(heap, state);
  PrefetchRing<kDistance> ring;
  for (const uint32_t root : roots) visitor.cursor.MarkAndPush(root);
  while (visitor.cursor.length() > 0) {
    size_t nulls_in_row = 0;
    while (nulls_in_row < kDistance) {
      const uint32_t next = visitor.cursor.PopOrNull();
      nulls_in_row = next == 0 ? nulls_in_row + 1 : 0;
      visitor.PrefetchEntry(next);
      visitor.Visit(ring.Exchange(next));
    }
    visitor.VisitWaiting();
  }
}

// The worklist as a queue in place, which is its own look-ahead: objects are
// visited in the order in which they were marked, and an entry is prefetched
// when its turn is kDistance objects away.
template <size_t kDistance, size_t kBitDistance>
void MarkThroughQueue(const TableLayout& heap,
                      const std::vector<uint32_t>& roots, MarkState& state) {
  SlotVisitor<kBitDistance> visitor(heap, state);
  for (const uint32_t root : roots) visitor.cursor.MarkAndPush(root);
  size_t next = 0;
  while (next < visitor.cursor.length()) {
    for (; next < visitor.cursor.length(); ++next) {
      // Past the end lie old positions or zeros: harmless to prefetch.
      visitor.PrefetchEntry(visitor.cursor.At(next + kDistance));
      visitor.Visit(visitor.cursor.At(next));
    }
    visitor.VisitWaiting();
  }
}

// Pops up to kBlock positions, prefetches them all, then visits them all.
template <size_t kBlock>
void MarkThroughBatches(const TableLayout& heap,
                        const std::vector<uint32_t>& roots, MarkState& state) {
  SlotVisitor<0> visitor(heap, state);
  for (const uint32_t root : roots) visitor.cursor.MarkAndPush(root);
  while (visitor.cursor.length() > 0) {
    while (visitor.cursor.length() > 0) {
      uint32_t batch[kBlock];
      size_t size = 0;
      while (size < kBlock && visitor.cursor.length() > 0) {
        batch[size] = visitor.cursor.PopOrNull();
        visitor.PrefetchEntry(batch[size++]);
      }
      for (size_t i = 0; i < size; ++i) visitor.Visit(batch[i]);
    }
    visitor.VisitWaiting();
  }
}

// What the prefetch is worth: the plain depth-first loop.
template <PushStyle kStyle>
void MarkWithoutPrefetch(const TableLayout& heap,
                         const std::vector<uint32_t>& roots, MarkState& state) {
  SlotVisitor<0, kStyle> visitor(heap, state);
  for (const uint32_t root : roots) visitor.cursor.MarkAndPush(root);
  while (visitor.cursor.length() > 0) {
    while (visitor.cursor.length() > 0) {
      visitor.Visit(visitor.cursor.PopOrNull());
    }
    visitor.VisitWaiting();
  }
}

}  // namespace heapd::layout_bench

#endif  // HEAPD_TESTS_BENCH_LAYOUT_TABLE_MARKER_H_
