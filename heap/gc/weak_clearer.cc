#include "heap/gc/weak_clearer.h"

namespace heapd {

uint64_t ClearWeakSlots(HeapParts* parts,
                        absl::Span<const Index> weak_objects) {
  uint64_t cleared = 0;
  for (const Index index : weak_objects) {
    TableEntry& entry = parts->table.entry(index);
    Slot* const slots = entry.slots();
    const uint32_t count = entry.slot_count();
    bool any_left = false;
    for (uint32_t i = 0; i < count; ++i) {
      if (!slots[i].is_weak()) continue;
      if (!parts->IsDead(slots[i].index())) {
        any_left = true;
        continue;
      }
      slots[i] = Slot();
      ++cleared;
    }
    entry.set_may_have_weak_slots(any_left);
  }
  return cleared;
}

}  // namespace heapd
