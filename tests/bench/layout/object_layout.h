#ifndef HEAPD_TESTS_BENCH_LAYOUT_OBJECT_LAYOUT_H_
#define HEAPD_TESTS_BENCH_LAYOUT_OBJECT_LAYOUT_H_

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

#include "tests/bench/layout/graph.h"
#include "tests/bench/layout/mapped_array.h"
#include "tests/bench/layout/mark_state.h"
#include "tests/bench/layout/slot_value.h"

namespace heapd::layout_bench {

// Candidate (b): the table holds addresses only (48 bits, and 16 bits of
// incarnation above them); slots lie in the object, between its header (the
// slot count) and its payload, padded to 8 bytes.
//
// Thread-compatible.
class ObjectLayout {
 public:
  static constexpr char kName[] = "object";
  static constexpr bool kHasTable = true;

  explicit ObjectLayout(const Graph& graph)
      : table_(graph.object_count + 1), arena_(ArenaBytes(graph)) {
    // The null object: no slots.
    table_[0] = reinterpret_cast<uint64_t>(Bump(0, 0));
    for (const uint32_t object : graph.placement) {
      const uint32_t count = graph.SlotCount(object);
      const uint32_t payload_bytes = graph.PayloadBytes(object);
      char* const address = Bump(count, payload_bytes);
      table_[object] = reinterpret_cast<uint64_t>(address);
      SlotValue* const slots = SlotsOf(address);
      for (uint32_t s = 0; s < count; ++s) {
        slots[s] = StrongRef(graph.targets[graph.first_slot[object] + s]);
      }
      std::memset(address + ObjectBytes(count, 0), 1, payload_bytes);
    }
  }

  uint32_t Root(uint32_t object) const { return object; }
  size_t positions() const { return table_.size(); }
  uint64_t CountMarked(const MarkState& state) const {
    return state.CountMarked();
  }
  size_t ResidentBytes() const {
    return table_.ResidentBytes() + arena_.ResidentBytes();
  }

  const uint64_t* table() const { return table_.data(); }
  static char* AddressOf(uint64_t entry) {
    return reinterpret_cast<char*>(entry & kAddressMask);
  }
  static SlotValue* SlotsOf(char* address) {
    return reinterpret_cast<SlotValue*>(address + sizeof(uint64_t));
  }

  uint64_t RefOf(uint32_t index) const {
    return MakeRef(static_cast<uint16_t>(table_[index] >> 48), index);
  }
  SlotValue ReadSlot(uint64_t ref, uint32_t slot, uint64_t& stale) const {
    return SlotsOf(Resolve(ref, stale))[slot];
  }
  void WriteSlot(uint64_t ref, uint32_t slot, uint64_t target,
                 uint64_t& stale) {
    SlotsOf(Resolve(ref, stale))[slot] =
        StrongRef(static_cast<uint32_t>(target));
  }
  uint64_t Follow(uint64_t ref, uint32_t slot) const {
    uint64_t stale = 0;
    return RefOf(StrongIndexOrNull(ReadSlot(ref, slot, stale)) + stale);
  }
  void Prefetch(uint64_t ref) const {
    __builtin_prefetch(&table_[static_cast<uint32_t>(ref)]);
  }

  void BeginAllocation() { bump_ = ObjectBytes(0, 0); }
  uint64_t Allocate(uint32_t index, const char* payload, uint64_t first,
                    uint64_t second) {
    char* const address = Bump(2, kPayloadBytes);
    SlotValue* const slots = SlotsOf(address);
    slots[0] = StrongRef(static_cast<uint32_t>(first));
    slots[1] = StrongRef(static_cast<uint32_t>(second));
    std::memcpy(slots + 2, payload, kPayloadBytes);
    const uint64_t incarnation = table_[index] >> 48;
    table_[index] = reinterpret_cast<uint64_t>(address) | incarnation << 48;
    return MakeRef(static_cast<uint16_t>(incarnation), index);
  }

 private:
  static constexpr uint64_t kAddressMask = (uint64_t{1} << 48) - 1;

  static size_t ObjectBytes(uint32_t slots, uint32_t payload_bytes) {
    return sizeof(uint64_t) + (size_t{slots} + 1) / 2 * 8 + payload_bytes;
  }
  static size_t ArenaBytes(const Graph& graph) {
    size_t bytes = ObjectBytes(0, 0);
    for (uint32_t i = 1; i <= graph.object_count; ++i) {
      bytes += ObjectBytes(graph.SlotCount(i), graph.PayloadBytes(i));
    }
    return bytes;
  }

  char* Bump(uint32_t slots, uint32_t payload_bytes) {
    char* const address = arena_.data() + bump_;
    const uint64_t header = slots;
    std::memcpy(address, &header, sizeof(header));
    bump_ += ObjectBytes(slots, payload_bytes);
    return address;
  }

  char* Resolve(uint64_t ref, uint64_t& stale) const {
    const uint64_t entry = table_[static_cast<uint32_t>(ref)];
    stale += (entry >> 48) != (ref >> 32);
    return AddressOf(entry);
  }

  MappedArray<uint64_t> table_;
  MappedArray<char> arena_;
  size_t bump_ = 0;
};

// As MarkThroughStack over a TableLayout, with one more stage: an entry that
// has arrived gives the address of an object that has not.
template <size_t kDistance, size_t kBitDistance>
void MarkObjects(const ObjectLayout& heap, const std::vector<uint32_t>& roots,
                 MarkState& state) {
  MarkCursor<PushStyle::kBranchFree> cursor(state);
  PrefetchRing<kDistance> entries;
  PrefetchRing<kDistance> objects;
  PrefetchRing<kBitDistance> referents;
  const uint64_t* const table = heap.table();
  for (const uint32_t root : roots) cursor.MarkAndPush(root);
  size_t nulls_in_row = 0;
  while (nulls_in_row <= 2 * kDistance + kBitDistance) {
    const uint32_t next = cursor.PopOrNull();
    nulls_in_row = next == 0 ? nulls_in_row + 1 : 0;
    __builtin_prefetch(&table[next]);
    const uint32_t arrived = entries.Exchange(next);
    __builtin_prefetch(ObjectLayout::AddressOf(table[arrived]));
    // The entry was read kDistance steps ago, so it is read again for free.
    char* const address =
        ObjectLayout::AddressOf(table[objects.Exchange(arrived)]);
    uint64_t count;
    std::memcpy(&count, address, sizeof(count));
    const SlotValue* const slots = ObjectLayout::SlotsOf(address);
    for (uint64_t s = 0; s < count; ++s) {
      const uint32_t index = StrongIndexOrNull(slots[s]);
      if constexpr (kBitDistance > 0) cursor.PrefetchBit(index);
      cursor.MarkAndPush(referents.Exchange(index));
    }
    if (count == 0) cursor.MarkAndPush(referents.Exchange(0));
  }
}

// What the prefetch is worth: the plain depth-first loop.
inline void MarkObjectsWithoutPrefetch(const ObjectLayout& heap,
                                       const std::vector<uint32_t>& roots,
                                       MarkState& state) {
  MarkCursor<PushStyle::kBranching> cursor(state);
  for (const uint32_t root : roots) cursor.MarkAndPush(root);
  while (cursor.length() > 0) {
    char* const address =
        ObjectLayout::AddressOf(heap.table()[cursor.PopOrNull()]);
    uint64_t count;
    std::memcpy(&count, address, sizeof(count));
    const SlotValue* const slots = ObjectLayout::SlotsOf(address);
    for (uint64_t s = 0; s < count; ++s) {
      cursor.MarkAndPush(StrongIndexOrNull(slots[s]));
    }
  }
}

}  // namespace heapd::layout_bench

#endif  // HEAPD_TESTS_BENCH_LAYOUT_OBJECT_LAYOUT_H_
