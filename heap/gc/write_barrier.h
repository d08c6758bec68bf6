#ifndef HEAPD_HEAP_GC_WRITE_BARRIER_H_
#define HEAPD_HEAP_GC_WRITE_BARRIER_H_

#include <cstdint>

#include "heap/base/planted_bug.h"
#include "heap/gc/heap_parts.h"
#include "heap/object/slot.h"
#include "heap/object/table_entry.h"

namespace heapd {

// The one way to store into a slot of an object. Tells the entry that it may
// have weak slots, so that a collection looks for them only there, the
// remembered set of a ref from an old object to a young one, a running marker
// of what is overwritten, and saves the slots for one who reads the graph as it
// was. What a weak slot refers to is shaded too: the
// marker may have visited its object before.
// REQUIRES: `source` is live and has the slot; `value` refers to a live object,
// if to any.
inline void WriteSlot(HeapParts* parts, Index source, uint32_t slot,
                      Slot value) {
  TableEntry& entry = parts->table.entry(source);
  if (value.is_ref()) {
    if (value.is_weak()) {
      entry.set_may_have_weak_slots(true);
      parts->barrier.Shade(value.index());
    }
    if (!entry.is_young() && parts->table.entry(value.index()).is_young()) {
      parts->remembered.Add(source, slot);
    }
  }
  Slot* const place = entry.slots() + slot;
  if (parts->barrier.is_on() && !HEAPD_PLANTED(kDropDeletionBarrier)) {
    parts->barrier.Shade(place->strong_index_or_zero());
  }
  if (parts->saved_slots != nullptr) parts->saved_slots->Save(source);
  Slot::Store(place, value);
}

}  // namespace heapd

#endif  // HEAPD_HEAP_GC_WRITE_BARRIER_H_
