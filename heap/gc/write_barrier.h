#ifndef HEAPD_HEAP_GC_WRITE_BARRIER_H_
#define HEAPD_HEAP_GC_WRITE_BARRIER_H_

#include <cstdint>

#include "heap/gc/heap_parts.h"
#include "heap/object/slot.h"
#include "heap/object/table_entry.h"

namespace heapd {

// The one way to store into a slot of an object. Tells the entry that it may
// have weak slots, so that a collection looks for them only there, and the
// remembered set of a ref from an old object to a young one.
// REQUIRES: `source` is live and has the slot; `value` refers to a live object,
// if to any.
inline void WriteSlot(HeapParts* parts, Index source, uint32_t slot,
                      Slot value) {
  TableEntry& entry = parts->table.entry(source);
  if (value.is_ref()) {
    if (value.is_weak()) entry.set_may_have_weak_slots(true);
    if (!entry.is_young() && parts->table.entry(value.index()).is_young()) {
      parts->remembered.Add(source, slot);
    }
  }
  entry.slots()[slot] = value;
}

}  // namespace heapd

#endif  // HEAPD_HEAP_GC_WRITE_BARRIER_H_
