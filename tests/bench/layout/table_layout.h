#ifndef HEAPD_TESTS_BENCH_LAYOUT_TABLE_LAYOUT_H_
#define HEAPD_TESTS_BENCH_LAYOUT_TABLE_LAYOUT_H_

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "tests/bench/layout/graph.h"
#include "tests/bench/layout/mapped_array.h"
#include "tests/bench/layout/mark_state.h"
#include "tests/bench/layout/slot_value.h"

namespace heapd::layout_bench {

// One object's table entry:
//
//   word0   63          48 47                       4 3      0
//           +-------------+--------------------------+--------+
//           | incarnation | address >> 3 (44 bits)   | flags  |
//           +-------------+--------------------------+--------+
//   slots   two slot values, or, with kHasSlotBlock, the slot block's unit
//           number in slot memory and an unused word
struct TableEntry {
  uint64_t word0;
  SlotValue slots[2];

  bool has_slot_block() const { return (word0 & 1) != 0; }
  uint16_t incarnation() const { return static_cast<uint16_t>(word0 >> 48); }
  char* address() const {
    return reinterpret_cast<char*>((word0 & kAddressMask) >> 1);
  }

  static constexpr uint64_t kAddressMask = (uint64_t{1} << 48) - (1u << 4);
};
static_assert(sizeof(TableEntry) == 16);

// Candidate (a): slots live with the table. Payloads are not read by marking.
//
// Thread-compatible.
class TableLayout {
 public:
  static constexpr char kName[] = "table";
  static constexpr bool kHasTable = true;

  explicit TableLayout(const Graph& graph)
      : table_(graph.object_count + 1),
        slot_memory_(1 + SlotUnits(graph)),
        arena_(ArenaBytes(graph)) {
    for (const uint32_t object : graph.placement) {
      const uint32_t payload_bytes = graph.PayloadBytes(object);
      char* const address = Bump(payload_bytes);
      std::memset(address + sizeof(uint64_t), 1, payload_bytes);
      table_[object].word0 = Word0(address);
    }
    for (uint32_t i = 1; i <= graph.object_count; ++i) FillSlots(graph, i);
  }

  uint32_t Root(uint32_t object) const { return object; }
  size_t positions() const { return table_.size(); }
  uint64_t CountMarked(const MarkState& state) const {
    return state.CountMarked();
  }
  size_t ResidentBytes() const {
    return table_.ResidentBytes() + slot_memory_.ResidentBytes() +
           arena_.ResidentBytes();
  }

  const TableEntry* table() const { return table_.data(); }
  const uint64_t* slot_memory() const { return slot_memory_.data(); }

  uint64_t RefOf(uint32_t index) const {
    return MakeRef(table_[index].incarnation(), index);
  }

  // Slot 0 or 1 of a live object; `stale` counts refs of collected objects.
  SlotValue ReadSlot(uint64_t ref, uint32_t slot, uint64_t& stale) {
    TableEntry& entry = table_[static_cast<uint32_t>(ref)];
    stale += entry.incarnation() != static_cast<uint16_t>(ref >> 32);
    return *SlotOf(entry, slot);
  }
  void WriteSlot(uint64_t ref, uint32_t slot, uint64_t target,
                 uint64_t& stale) {
    TableEntry& entry = table_[static_cast<uint32_t>(ref)];
    stale += entry.incarnation() != static_cast<uint16_t>(ref >> 32);
    *SlotOf(entry, slot) = StrongRef(static_cast<uint32_t>(target));
  }
  uint64_t Follow(uint64_t ref, uint32_t slot) {
    uint64_t stale = 0;
    return RefOf(StrongIndexOrNull(ReadSlot(ref, slot, stale)) + stale);
  }
  void Prefetch(uint64_t ref) const {
    __builtin_prefetch(&table_[static_cast<uint32_t>(ref)]);
  }

  void BeginAllocation() { bump_ = 0; }
  // Allocates an object with two slots at a free index.
  uint64_t Allocate(uint32_t index, const char* payload, uint64_t first,
                    uint64_t second) {
    char* const address = Bump(kPayloadBytes);
    std::memcpy(address + sizeof(uint64_t), payload, kPayloadBytes);
    TableEntry& entry = table_[index];
    const uint64_t incarnation = entry.word0 >> 48;
    entry.slots[0] = StrongRef(static_cast<uint32_t>(first));
    entry.slots[1] = StrongRef(static_cast<uint32_t>(second));
    entry.word0 = Word0(address) | incarnation << 48;
    return MakeRef(static_cast<uint16_t>(incarnation), index);
  }

 private:
  static constexpr uint64_t kHasSlotBlock = 1;

  static uint64_t Word0(const char* address) {
    return reinterpret_cast<uint64_t>(address) << 1;
  }
  static size_t BlockUnits(uint32_t slots) { return 1 + (slots + 1) / 2; }
  static size_t SlotUnits(const Graph& graph) {
    size_t units = 0;
    for (uint32_t i = 1; i <= graph.object_count; ++i) {
      if (graph.SlotCount(i) > 2) units += BlockUnits(graph.SlotCount(i));
    }
    return units;
  }
  static size_t ArenaBytes(const Graph& graph) {
    size_t bytes = 0;
    for (uint32_t i = 1; i <= graph.object_count; ++i) {
      bytes += sizeof(uint64_t) + graph.PayloadBytes(i);
    }
    return bytes;
  }

  char* Bump(uint32_t payload_bytes) {
    char* const address = arena_.data() + bump_;
    const uint64_t header = payload_bytes;
    std::memcpy(address, &header, sizeof(header));
    bump_ += sizeof(header) + payload_bytes;
    return address;
  }

  // A slot block is a header (owner index 30 bits, units 13 bits, slot count
  // 21 bits, from the top) and its slots.
  void FillSlots(const Graph& graph, uint32_t object) {
    const uint32_t count = graph.SlotCount(object);
    TableEntry& entry = table_[object];
    SlotValue* slots = entry.slots;
    if (count > 2) {
      const size_t units = BlockUnits(count);
      slot_memory_[next_unit_] = uint64_t{object} << 34 | count;
      slots = reinterpret_cast<SlotValue*>(&slot_memory_[next_unit_ + 1]);
      entry.slots[0] = static_cast<uint32_t>(next_unit_);
      entry.word0 |= kHasSlotBlock;
      next_unit_ += units;
    }
    for (uint32_t s = 0; s < count; ++s) {
      slots[s] = StrongRef(graph.targets[graph.first_slot[object] + s]);
    }
  }

  SlotValue* SlotOf(TableEntry& entry, uint32_t slot) {
    if (!entry.has_slot_block()) return &entry.slots[slot];
    uint64_t* const slots = &slot_memory_[entry.slots[0] + 1];
    return reinterpret_cast<SlotValue*>(slots) + slot;
  }

  MappedArray<TableEntry> table_;
  MappedArray<uint64_t> slot_memory_;
  MappedArray<char> arena_;
  size_t next_unit_ = 1;  // unit 0 is the empty block
  size_t bump_ = 0;
};

}  // namespace heapd::layout_bench

#endif  // HEAPD_TESTS_BENCH_LAYOUT_TABLE_LAYOUT_H_
