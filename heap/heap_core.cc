#include "heap/heap_core.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "heap/base/check.h"
#include "heap/base/limits.h"
#include "heap/base/status_macros.h"
#include "heap/gc/new_space_sizing.h"
#include "heap/gc/verifier.h"

namespace heapd {

namespace {

// Small heaps get a small new space: with its two halves and the pages kept for
// what it promotes it takes about three times its size.
uint64_t NewSpaceBytes(const HeapOptions& options) {
  const uint64_t share = options.limit_bytes / 32;
  if (options.new_space_bytes == 0) return 0;
  return std::clamp(share, kMinNewSpaceBytes, options.new_space_bytes);
}

TaskRunner RunnerOf(const HeapOptions& options) {
  return options.stress.random_delays ? DelayedAtRandom(options.runner)
                                      : options.runner;
}

}  // namespace

HeapCore::HeapCore(const HeapOptions& options,
                   std::unique_ptr<MemoryAccount> memory, MemoryBudget* budget)
    : stress(options.stress),
      budget(budget),
      owned_account(std::move(memory)),
      account(*owned_account),
      parts(&account, NewSpaceBytes(options), options.clear_free_memory,
            RunnerOf(options)),
      collector(&parts, &account, options.min_collection_threshold_bytes,
                RunnerOf(options), options.stress) {}

absl::Status HeapCore::NotThere(Ref ref) {
  absl::Status error = MakeError(
      absl::StatusCode::kNotFound, reason::kObjectCollected,
      absl::StrFormat("object %#x was collected or never existed", ref.bits()));
  error.SetPayload("heapd/ref", absl::Cord(absl::StrCat(ref.bits())));
  return error;
}

absl::Status HeapCore::ToSlot(Value value, Slot* slot) {
  switch (value.kind()) {
    case Value::Kind::kNull:
      *slot = Slot();
      return absl::OkStatus();
    case Value::Kind::kSmallInteger:
      *slot = Slot::SmallInteger(value.small_integer());
      return absl::OkStatus();
    case Value::Kind::kStrong:
    case Value::Kind::kWeak: {
      Index index = 0;
      HEAPD_RETURN_IF_ERROR(ResolveAndShade(value.ref(), &index));
      *slot = value.kind() == Value::Kind::kStrong ? Slot::Strong(index)
                                                   : Slot::Weak(index);
      return absl::OkStatus();
    }
    case Value::Kind::kLocalStrong:
    case Value::Kind::kLocalWeak:
      return InvalidField("value", "a local ref has a meaning only in a batch");
    case Value::Kind::kMalformed:
      break;
  }
  return InvalidField("value",
                      "must be null, a ref, or an integer from -2^30 to "
                      "2^30 - 1");
}

Value HeapCore::ToValue(Slot slot) const {
  if (slot.is_null()) return Value::Null();
  if (slot.is_small_integer()) return Value::SmallInteger(slot.small_integer());
  const Ref ref = parts.table.RefOf(slot.index());
  return slot.is_weak() ? Value::Weak(ref) : Value::Strong(ref);
}

absl::Status HeapCore::FindSession(SessionId id, Session** session) const {
  *session = parts.sessions.Find(id);
  if (*session != nullptr) return absl::OkStatus();
  if (id == 0) return InvalidField("session", "is required");
  return MakeError(absl::StatusCode::kNotFound, reason::kSessionExpired,
                   "the session was closed or its time to live ran out");
}

absl::Status HeapCore::CheckShape(TypeId type, uint64_t payload_bytes,
                                  uint64_t slot_count) const {
  if (parts.types.Find(type) == nullptr) {
    if (type == 0) return InvalidField("type", "is required");
    return MakeError(absl::StatusCode::kNotFound, reason::kTypeNotFound,
                     absl::StrCat("type ", type, " is not defined"));
  }
  if (payload_bytes > kMaxPayloadBytes) {
    return InvalidField("payload", "at most 64 MiB");
  }
  if (slot_count > kMaxSlots) {
    return InvalidField("slot_count", "at most 1,048,576");
  }
  return absl::OkStatus();
}

Index HeapCore::NewAnyObject(TypeId type, absl::string_view content,
                             uint32_t slot_count) {
  Block* const payload = parts.spaces.AllocatePayload(type, content);
  if (payload == nullptr) return 0;
  const Age age = parts.spaces.AgeOfNew(payload);
  Block* slots = nullptr;
  if (slot_count > TableEntry::kInlineSlots) {
    slots = parts.spaces.AllocateSlots(slot_count, slot_count, age);
    if (slots == nullptr) {
      parts.spaces.FreePayload(payload);
      return 0;
    }
  }
  const Index index =
      parts.table.Allocate(payload, slots != nullptr ? 0 : slot_count, age);
  if (index == 0) {
    if (slots != nullptr) parts.spaces.FreeSlots(slots);
    parts.spaces.FreePayload(payload);
    return 0;
  }
  Spaces::SetOwner(payload, index);
  TableEntry& e = entry(index);
  uint64_t self_size = sizeof(TableEntry) + Spaces::BlockBytes(payload);
  if (slots != nullptr) {
    Spaces::SetOwner(slots, index);
    e.set_slot_block(slots);
    self_size += Spaces::BlockBytes(slots);
  }
  if (age == Age::kYoung && payload->is_large()) {
    parts.young_large.Add(index, self_size);
  }
  ++allocated_object_count;
  allocated_bytes += self_size;
  return index;
}

Index HeapCore::CopyObject(Index from) {
  const Index to =
      NewObject(TypeOf(from), Payload(from), entry(from).slot_count());
  if (to == 0) return 0;
  const absl::Span<const Slot> slots = entry(from).slot_span();
  for (uint32_t i = 0; i < slots.size(); ++i) {
    WriteSlot(&parts, to, i, slots[i]);
  }
  return to;
}

void HeapCore::DiscardObject(Index index) {
  TableEntry& e = entry(index);
  --allocated_object_count;
  allocated_bytes -= SelfSize(index);
  // Slots were allocated last, so they go first: both spaces bump back.
  if (e.has_slot_block()) parts.spaces.FreeSlots(e.slot_block());
  parts.spaces.FreePayload(e.payload());
  parts.snapshot_ids.Forget(index);
  parts.table.Free(index);
}

void HeapCore::FreeReplacedSlots(Block* block) {
  if (parts.IsGraphRead() && parts.table.IsClosed(block->owner())) {
    parts.left_blocks.Add(block);
  } else {
    parts.spaces.FreeSlots(block);
  }
}

HeapCore::Taken HeapCore::TakenNow() const {
  return {account.committed_bytes(), parts.spaces.old_space().pages().size(),
          parts.spaces.slot_space().pages().size()};
}

void HeapCore::GiveBackSince(const Taken& before) {
  // What was left for a reader may be on those pages.
  if (parts.IsGraphRead()) return;
  if (account.committed_bytes() <= before.bytes) return;
  parts.spaces.old_space().ReleasePagesFrom(before.old_space_pages);
  parts.spaces.slot_space().ReleasePagesFrom(before.slot_space_pages);
  parts.table.ReleaseFreeChunks();
}

absl::Status HeapCore::SetRoot(absl::string_view name, Index object,
                               Index* former) {
  HEAPD_RETURN_IF_ERROR(parts.roots.Set(name, object, former));
  if (entry(object).is_young()) parts.remembered.AddRoot(object);
  if (*former != 0) may_have_garbage = true;
  return absl::OkStatus();
}

void HeapCore::Safepoint(uint64_t upcoming_bytes) {
  if (stress.random_delays) DelayAtRandom();
  if (stress.collection_interval > 0 &&
      allocated_object_count - allocated_at_stress_ >=
          stress.collection_interval) {
    CollectForStress();
  }
  if (parts.spaces.new_space().capacity_bytes() == 0) {
    if (parts.spaces.new_space().max_capacity_bytes() > 0 &&
        allocated_bytes >= kNewSpaceFromBytes) {
      NewSpaceSizing::Prepare(&parts);
    }
    return;
  }
  if (NewSpaceSizing::IsScavengeDue(parts, upcoming_bytes)) {
    Collect(CollectionKind::kMinor, CollectionReason::kNewSpaceFull);
  }
}

Collection HeapCore::Collect(CollectionKind kind, CollectionReason reason) {
  if (kind == CollectionKind::kMajor) {
    return CollectMajor(reason);
  }
  const Collection collection = collector.CollectMinor(reason);
  Collected(collection);
  return collection;
}

Collection HeapCore::CollectMajor(CollectionReason reason) {
  const bool for_memory = reason == CollectionReason::kNearLimit;
  const bool finished = FinishMajor();
  if (finished && for_memory && !MayMakeRoom()) return collector.last_major();
  const Compaction compaction =
      for_memory ? Compaction::kThorough : Compaction::kUsual;
  BeginMajor(compaction);
  const Collection collection = collector.CollectMajor(reason, compaction);
  Collected(collection);
  return collection;
}

void HeapCore::StartMajor(CollectionReason reason, Compaction compaction,
                          std::shared_ptr<GraphCapture> capture) {
  if (collector.IsMajorRunning()) return;
  BeginMajor(compaction);
  collector.StartMajor(reason, compaction, std::move(capture));
}

void HeapCore::BeginMajor(Compaction compaction) {
  may_have_garbage = false;
  may_be_fragmented = compaction == Compaction::kUsual;
}

bool HeapCore::MayMakeRoom() const {
  if (may_have_garbage || collector.IsMajorRunning()) return true;
  const uint64_t in_pieces =
      (parts.spaces.old_space().free_list().free_units() +
       parts.spaces.slot_space().free_list().free_units()) *
      kWordBytes;
  return may_be_fragmented && in_pieces >= kPageBytes;
}

MajorProgress HeapCore::StepMajor(const MajorSlice& slice) {
  if (!collector.IsMajorRunning()) return MajorProgress::kDone;
  const MajorProgress progress = collector.StepMajor(slice);
  if (progress == MajorProgress::kDone) Collected(collector.last_major());
  return progress;
}

bool HeapCore::FinishMajor() {
  if (!collector.IsMajorRunning()) return false;
  Collected(collector.FinishMajor());
  return true;
}

void HeapCore::Collected(const Collection& collection) {
  if (observer) observer(collection);
  // Between slices of a sweep the dead are still there.
  if (stress.verify_heap && !parts.sweeping) {
    const absl::Status found = VerifyHeap(parts, account);
    if (!found.ok()) {
      internal::CheckFailed(__FILE__, __LINE__, found.ToString().c_str());
    }
  }
}

void HeapCore::CollectForStress() {
  allocated_at_stress_ = allocated_object_count;
  Collect(minor_is_next_ ? CollectionKind::kMinor : CollectionKind::kMajor,
          CollectionReason::kStress);
  minor_is_next_ = !minor_is_next_;
}

bool HeapCore::IsInternedString(Index index) const {
  return TypeOf(index) == kInternedStringType &&
         parts.strings.Find(Payload(index)) == index;
}

ObjectInfo HeapCore::Describe(Index index) const {
  ObjectInfo info;
  const Type& type = *parts.types.Find(TypeOf(index));
  info.type = type.untagged;
  info.tag = type.tag;
  info.payload_size = Spaces::PayloadBytes(entry(index).payload());
  info.slot_count = entry(index).slot_count();
  info.self_size = SelfSize(index);
  return info;
}

absl::Status HeapCore::CheckSlot(Index index, uint64_t slot) const {
  const uint32_t count = entry(index).slot_count();
  if (slot < count) return absl::OkStatus();
  return InvalidField("slot", absl::StrCat(slot,
                                           " is out of range: the object "
                                           "has ",
                                           count, " slots"));
}

absl::Status HeapCore::CheckWrite(Index index, uint64_t offset,
                                  uint64_t bytes) const {
  const uint64_t size = Spaces::PayloadBytes(entry(index).payload());
  if (offset > size || bytes > size - offset) {
    return InvalidField(
        "payload", absl::StrCat(bytes, " bytes at ", offset,
                                " do not fit a payload of ", size, " bytes"));
  }
  if (IsInternedString(index)) {
    return MakeError(absl::StatusCode::kFailedPrecondition, reason::kImmutable,
                     "an interned string cannot be written");
  }
  return absl::OkStatus();
}

bool HeapCore::GrowSlots(Index index, uint32_t count, Block** replaced) {
  *replaced = nullptr;
  TableEntry& e = entry(index);
  if (parts.saved_slots != nullptr) parts.saved_slots->Save(index);
  const uint32_t old_count = e.slot_count();
  const uint32_t new_count = old_count + count;
  // An inline count alone is one word, and a marker does not ask for it.
  if (!e.has_slot_block() && new_count <= TableEntry::kInlineSlots) {
    e.set_inline_slot_count(new_count);
    return true;
  }
  if (e.has_slot_block() && new_count <= Spaces::SlotCapacity(e.slot_block())) {
    e.slot_block()->set_slot_count(new_count);
    return true;
  }
  // Half as much again, so that n appends move O(n) slots; exactly what is
  // needed when there is no memory for more.
  const uint32_t roomy =
      std::min(kMaxSlots, std::max(new_count, old_count + old_count / 2 + 2));
  const Age age = e.is_young() ? Age::kYoung : Age::kOld;
  Block* block = parts.spaces.AllocateSlots(new_count, roomy, age);
  if (block == nullptr && roomy > new_count) {
    block = parts.spaces.AllocateSlots(new_count, new_count, age);
  }
  if (block == nullptr) return false;
  Spaces::SetOwner(block, index);
  std::memcpy(block->slots(), e.slots(), old_count * sizeof(Slot));
  if (e.has_slot_block()) *replaced = e.slot_block();
  const ObjectTable::FormChange change(&parts.table);
  e.set_slot_block(block);
  return true;
}

}  // namespace heapd
