#ifndef HEAPD_HEAP_GC_WRITE_BARRIER_H_
#define HEAPD_HEAP_GC_WRITE_BARRIER_H_

#include "heap/object/slot.h"
#include "heap/object/table_entry.h"

namespace heapd {

// The one way to store into a slot of an object. Remembers on the entry that it
// may have weak slots, so that a collection looks for them only there.
// REQUIRES: `slot` is one of the entry's slots.
inline void WriteSlot(TableEntry* entry, Slot* slot, Slot value) {
  if (value.is_weak()) entry->set_may_have_weak_slots(true);
  *slot = value;
}

}  // namespace heapd

#endif  // HEAPD_HEAP_GC_WRITE_BARRIER_H_
