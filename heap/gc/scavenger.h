#ifndef HEAPD_HEAP_GC_SCAVENGER_H_
#define HEAPD_HEAP_GC_SCAVENGER_H_

#include <cstdint>
#include <vector>

#include "heap/gc/heap_parts.h"
#include "heap/gc/prefetch_ring.h"
#include "heap/gc/scavenge_buffers.h"

namespace heapd {

// What a scavenge did. Bytes are those of blocks.
struct ScavengeCounts {
  uint64_t survived_count = 0;  // objects that stay young
  uint64_t survived_bytes = 0;
  uint64_t promoted_count = 0;
  uint64_t promoted_bytes = 0;
  uint64_t freed_count = 0;
  uint64_t purged_string_count = 0;
  uint64_t cleared_weak_slot_count = 0;
};

// Frees young objects that nothing reaches, copies those that survive for the
// first time to the other semi-space, and promotes the others into old space.
//
// Since refs are indices, nobody's slots change when an object moves, and what
// lives is found before anything is copied:
//
//   1. mark        from young holds, young roots and the remembered set,
//                  through strong slots of young objects; one bit a word of
//                  from-space
//   2. clear weak  weak slots that refer to young objects without a mark
//   3. evacuate    from-space from its start to its top: what is marked is
//                  copied in the order of its address, so what was allocated
//                  together stays together; the indices of the rest are free
//   4. remember    slots of promoted objects that refer to young ones
//
// One instance serves one scavenge: construct, Run() once, read the counts.
// Mutators are stopped throughout. Cannot fail. Single-threaded.
class Scavenger {
 public:
  enum class Promotion {
    kSecondSurvival,
    kAll,  // empties new space
  };

  // REQUIRES: `parts` outlives the scavenger; the reserve of its page source
  // has room for what can be promoted (NewSpaceSizing sees to that).
  Scavenger(HeapParts* parts, Promotion promotion);
  Scavenger(const Scavenger&) = delete;
  Scavenger& operator=(const Scavenger&) = delete;

  void Run();
  const ScavengeCounts& counts() const { return counts_; }

 private:
  void MarkRoots();
  void MarkPlaces();
  void PrefetchPlaces(const std::vector<RememberedSet::Place>& places,
                      size_t at) const;
  // Marks the object if it is young, some calls later: its entry is prefetched.
  // Most objects that young ones refer to are old, and not in the cache.
  void Reach(Index index);
  void MarkIfYoung(Index index);
  void Drain();
  // Of a young object.
  bool IsMarked(const Block* payload) const;
  bool SetMark(Block* payload);
  bool IsDead(Slot slot) const;

  void ClearWeakSlots();
  bool ClearIfDead(Slot* slot);

  void EvacuateNewSpace();
  void EvacuateLarge();
  void AgeLarge(const std::vector<Index>& objects, bool promote);
  void Copy(TableEntry* entry, Block* payload);
  void CopySlots(TableEntry* entry);
  void Promote(TableEntry* entry, Block* payload);
  void PromoteSlots(TableEntry* entry);
  void Survived(const TableEntry& entry);
  void Promoted(Index index, TableEntry* entry);
  void Free(Index index, const TableEntry& entry, Block* payload,
            ObjectTable::FreeRow* row);
  void ForgetString(Index index, const Block* payload);

  void PrefetchTargets(Index source) const;
  void RememberPromoted();
  bool IsYoung(Index index) const { return table_.entry(index).is_young(); }

  HeapParts& parts_;
  ObjectTable& table_;
  NewSpace& new_space_;
  const bool promote_all_;
  const char* const from_;
  ScavengeBuffers& buffers_;
  PrefetchRing<Index, 8> reached_;
  ScavengeCounts counts_;
};

}  // namespace heapd

#endif  // HEAPD_HEAP_GC_SCAVENGER_H_
