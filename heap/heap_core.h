#ifndef HEAPD_HEAP_HEAP_CORE_H_
#define HEAPD_HEAP_HEAP_CORE_H_

#include <cstdint>
#include <functional>
#include <memory>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "heap/base/error.h"
#include "heap/base/limits.h"
#include "heap/base/memory_budget.h"
#include "heap/base/planted_bug.h"
#include "heap/gc/collector.h"
#include "heap/gc/heap_parts.h"
#include "heap/gc/write_barrier.h"
#include "heap/heap.h"

namespace heapd {

// The inside of a Heap: its parts, and the steps that single operations,
// batches and deep copies are made of. Steps work on indices, not refs, and
// none of them collects, so an index stays good between steps.
// Thread-compatible.
class HeapCore {
 public:
  // REQUIRES: `memory` has its limits, and room for kMinHeapLimitBytes is
  // reserved.
  HeapCore(const HeapOptions& options, std::unique_ptr<MemoryAccount> memory,
           MemoryBudget* budget);

  // ---- From refs to indices and back ----
  // NOT_FOUND (OBJECT_COLLECTED).
  absl::Status Resolve(Ref ref, Index* index) const {
    *index = parts.Resolve(ref);
    return *index != 0 ? absl::OkStatus() : NotThere(ref);
  }
  // For what makes an object reachable that may not have been: tells a running
  // marker.
  absl::Status ResolveAndShade(Ref ref, Index* index) {
    *index = NameObject(ref);
    return *index != 0 ? absl::OkStatus() : NotThere(ref);
  }
  // The same; 0 instead of an error.
  Index NameObject(Ref ref) {
    const Index index = parts.Resolve(ref);
    if (!HEAPD_PLANTED(kForgetShade)) parts.barrier.Shade(index);
    return index;
  }
  static absl::Status NotThere(Ref ref);
  // NOT_FOUND for a ref, INVALID_ARGUMENT for a local or malformed value.
  absl::Status ToSlot(Value value, Slot* slot);
  Value ToValue(Slot slot) const;
  // NOT_FOUND (SESSION_EXPIRED).
  absl::Status FindSession(SessionId id, Session** session) const;

  // ---- Making objects ----
  // INVALID_ARGUMENT or NOT_FOUND (TYPE_NOT_FOUND) for what NewObject must not
  // be asked for.
  absl::Status CheckShape(TypeId type, uint64_t payload_bytes,
                          uint64_t slot_count) const;
  // Whether CheckShape() says yes.
  bool IsShape(TypeId type, uint64_t payload_bytes, uint64_t slot_count) const {
    return parts.types.Has(type) && payload_bytes <= kMaxPayloadBytes &&
           slot_count <= kMaxSlots;
  }
  // An object that nothing holds, its slots null; 0 when there is no memory.
  // REQUIRES: IsShape().
  Index NewObject(TypeId type, absl::string_view payload, uint32_t slot_count) {
    if (slot_count <= TableEntry::kInlineSlots) {
      Block* const block = parts.spaces.AllocateYoungPayload(payload);
      if (block != nullptr) {
        return NewYoungObject(block, type, payload.size(), slot_count);
      }
    }
    return NewAnyObject(type, payload, slot_count);
  }
  // A new object that nothing holds, with the same type, payload and slot
  // values; 0 when there is no memory.
  Index CopyObject(Index from);
  // Takes NewObject() or CopyObject() back. REQUIRES: nothing refers to the
  // object.
  void DiscardObject(Index index);
  // Frees a slot block that its object has left, at once or when markers do not
  // read it any more.
  void FreeReplacedSlots(Block* block);
  // What the heap has taken from the system.
  struct Taken {
    uint64_t bytes;
    size_t old_space_pages;
    size_t slot_space_pages;
  };
  Taken TakenNow() const;
  // Gives back what was taken since `before` for objects that were discarded:
  // it would crowd others out, and no collection is due where nothing died.
  // REQUIRES: every object made since has been discarded.
  void GiveBackSince(const Taken& before);

  // ---- Working on objects ----
  TableEntry& entry(Index index) { return parts.table.entry(index); }
  const TableEntry& entry(Index index) const {
    return parts.table.entry(index);
  }
  absl::string_view Payload(Index index) const {
    const Block* const block = entry(index).payload();
    return {block->body(), Spaces::PayloadBytes(block)};
  }
  char* MutablePayload(Index index) {
    if (parts.capture != nullptr) parts.capture->BeforeWrite(index);
    return entry(index).payload()->body();
  }
  TypeId TypeOf(Index index) const { return entry(index).payload()->type(); }
  bool IsInternedString(Index index) const;
  // Table entry, header, slots, payload and padding, in bytes.
  uint64_t SelfSize(Index index) const {
    const TableEntry& e = entry(index);
    return sizeof(TableEntry) + Spaces::BlockBytes(e.payload()) +
           (e.has_slot_block() ? Spaces::BlockBytes(e.slot_block()) : 0);
  }
  ObjectInfo Describe(Index index) const;

  // INVALID_ARGUMENT for a slot out of range.
  absl::Status CheckSlot(Index index, uint64_t slot) const;
  // INVALID_ARGUMENT out of range; FAILED_PRECONDITION (IMMUTABLE).
  absl::Status CheckWrite(Index index, uint64_t offset, uint64_t bytes) const;
  // Returns what was there. REQUIRES: CheckSlot() said yes.
  Slot Store(Index index, uint32_t slot, Slot value) {
    const Slot former = entry(index).slots()[slot];
    if (former.is_ref()) may_have_garbage = true;
    WriteSlot(&parts, index, slot, value);
    return former;
  }
  // Adds null slots. When they need a new slot block, the old one is put into
  // `*replaced` (null otherwise) for the caller to free. False when there is no
  // memory. REQUIRES: the sum is at most kMaxSlots.
  bool GrowSlots(Index index, uint32_t count, Block** replaced);

  // Lets a name hold an object; errors of RootTable::Set().
  absl::Status SetRoot(absl::string_view name, Index object, Index* former);

  // ---- Collection ----
  // See Heap::Safepoint().
  void Safepoint(uint64_t upcoming_bytes);
  Collection Collect(CollectionKind kind, CollectionReason reason);
  // See Heap.
  void StartMajor(CollectionReason reason,
                  Compaction compaction = Compaction::kUsual,
                  std::shared_ptr<GraphCapture> capture = nullptr);
  MajorProgress StepMajor(const MajorSlice& slice);
  // Whether one was running.
  bool FinishMajor();
  // Whether a collection for memory could free any, or join what is free.
  bool MayMakeRoom() const;

  const StressOptions stress;
  MemoryBudget* const budget;  // that the account is of
  const std::unique_ptr<MemoryAccount> owned_account;
  MemoryAccount& account;
  HeapParts parts;
  Collector collector;
  // Something may be unreachable that was reachable at the last collection, or
  // free in pieces that a sweep can join.
  bool may_have_garbage = false;
  // No thorough compaction since memory may have become free in pieces.
  bool may_be_fragmented = false;
  uint64_t allocated_object_count = 0;
  uint64_t allocated_bytes = 0;
  uint64_t scratch_object_count = 0;  // of those none was made
  std::function<void(const Collection&)> observer;

 private:
  Collection CollectMajor(CollectionReason reason);
  void BeginMajor(Compaction compaction);
  void CollectForStress();
  // Tells the observer, and verifies under stress.
  void Collected(const Collection& collection);

  // What most new objects are: small, in new space, with few slots.
  Index NewYoungObject(Block* payload, TypeId type, size_t payload_bytes,
                       uint32_t slot_count) {
    const Index index = parts.table.Allocate(payload, slot_count, Age::kYoung);
    Spaces::FillHeader(payload, index != 0 ? index : Spaces::kNoOwnerYet, type,
                       payload_bytes);
    if (index == 0) {
      parts.spaces.FreePayload(payload);
      return 0;
    }
    ++allocated_object_count;
    allocated_bytes +=
        sizeof(TableEntry) + UnitsFor(payload_bytes) * kWordBytes;
    return index;
  }
  Index NewAnyObject(TypeId type, absl::string_view payload,
                     uint32_t slot_count);

  // What a heap has allocated before new space pays.
  static constexpr uint64_t kNewSpaceFromBytes = uint64_t{64} << 10;

  uint64_t allocated_at_stress_ = 0;
  bool minor_is_next_ = false;
};

}  // namespace heapd

#endif  // HEAPD_HEAP_HEAP_CORE_H_
