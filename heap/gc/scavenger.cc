#include "heap/gc/scavenger.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "heap/base/check.h"
#include "heap/base/planted_bug.h"
#include "heap/base/prefetch.h"

namespace heapd {
namespace {

constexpr size_t kBitsPerWord = 64;

uint64_t BlockBytes(const TableEntry& entry) {
  return Spaces::BlockBytes(entry.payload()) +
         (entry.has_slot_block() ? Spaces::BlockBytes(entry.slot_block()) : 0);
}

// Copies a block to where it was allocated anew, which cannot fail: to-space is
// as large as from-space, and the reserve was sized for it.
Block* CopyBlock(Block* to, const Block* from) {
  HEAPD_CHECK(to != nullptr);
  std::memcpy(static_cast<void*>(to), from, from->units() * kWordBytes);
  return to;
}

}  // namespace

Scavenger::Scavenger(HeapParts* parts, Promotion promotion)
    : parts_(*parts),
      table_(parts->table),
      new_space_(parts->spaces.new_space()),
      promote_all_(promotion == Promotion::kAll),
      from_(new_space_.start()),
      buffers_(parts->scavenge_buffers) {
  buffers_.Reset(new_space_.filled_bytes() / kWordBytes / kBitsPerWord + 1);
}

void Scavenger::Run() {
  MarkRoots();
  Drain();
  ClearWeakSlots();
  {
    const PageSource::ReserveScope from_reserve(&parts_.spaces.page_source());
    new_space_.Flip();
    EvacuateNewSpace();
    EvacuateLarge();
    new_space_.FinishCopying();
  }
  RememberPromoted();
  parts_.sessions.AfterScavenge(promote_all_);
}

// ---- Mark ----

// Old objects, so they are hardly ever in the cache: first the entry, later the
// slot.
HEAPD_PREFETCHES inline void Scavenger::PrefetchPlaces(
    const std::vector<RememberedSet::Place>& places, size_t at) const {
  constexpr size_t kAhead = 8;
  if (at + 2 * kAhead < places.size()) {
    table_.Prefetch(places[at + 2 * kAhead].source);
  }
  if (at + kAhead < places.size()) {
    const RememberedSet::Place place = places[at + kAhead];
    const TableEntry& source = table_.entry(place.source);
    if (source.has_slot_block()) {
      __builtin_prefetch(source.slot_block()->slots() + place.slot);
    }
  }
}

void Scavenger::MarkRoots() {
  for (const Session* session : parts_.sessions.young()) {
    session->ForEachYoungHold([this](Index object) { Reach(object); });
  }
  for (const Index object : parts_.remembered.roots()) Reach(object);
  MarkPlaces();
}

void Scavenger::MarkPlaces() {
  const std::vector<RememberedSet::Place>& places = parts_.remembered.places();
  buffers_.place_targets.assign(places.size(), 0);
  for (size_t i = 0; i < places.size(); ++i) {
    PrefetchPlaces(places, i);
    const RememberedSet::Place place = places[i];
    const TableEntry& source = table_.entry(place.source);
    // What a batch remembered and took back may not be there any more, or may
    // be another object's.
    if (source.is_free() || source.is_young()) continue;
    if (place.slot >= source.slot_count()) continue;
    const Slot value = source.slots()[place.slot];
    if (!value.is_ref()) continue;
    buffers_.place_targets[i] = value.index();
    if (value.is_weak()) buffers_.weak_places.push_back(place);
    Reach(value.strong_index_or_zero());
  }
}

void Scavenger::Reach(Index index) {
  table_.Prefetch(index);
  MarkIfYoung(reached_.Exchange(index));
}

void Scavenger::MarkIfYoung(Index index) {
  if (index == 0) return;
  const TableEntry& entry = table_.entry(index);
  if (!entry.is_young() || !SetMark(entry.payload())) return;
  buffers_.worklist.push_back(index);
}

void Scavenger::Drain() {
  do {
    while (!buffers_.worklist.empty()) {
      const Index index = buffers_.worklist.back();
      buffers_.worklist.pop_back();
      const TableEntry& entry = table_.entry(index);
      if (entry.may_have_weak_slots()) buffers_.weak_objects.push_back(index);
      for (const Slot slot : entry.slot_span()) {
        if (slot.is_ref()) Reach(slot.strong_index_or_zero());
      }
    }
    for (size_t i = 0; i < reached_.size(); ++i) Reach(0);
  } while (!buffers_.worklist.empty());
}

bool Scavenger::IsMarked(const Block* payload) const {
  if (!new_space_.Contains(payload)) {
    return LargeHeader::Of(payload)->scavenge_mark != 0;
  }
  const size_t word = (payload->address() - from_) / kWordBytes;
  return (buffers_.marks[word / kBitsPerWord] >> (word % kBitsPerWord) & 1) !=
         0;
}

// Whether it was not marked before.
bool Scavenger::SetMark(Block* payload) {
  if (!new_space_.Contains(payload)) {
    uint64_t& mark = LargeHeader::Of(payload)->scavenge_mark;
    return std::exchange(mark, 1) == 0;
  }
  const size_t word = (payload->address() - from_) / kWordBytes;
  uint64_t& marks = buffers_.marks[word / kBitsPerWord];
  const uint64_t bit = uint64_t{1} << (word % kBitsPerWord);
  const bool is_new = (marks & bit) == 0;
  marks |= bit;
  return is_new;
}

// ---- Clear weak ----

bool Scavenger::IsDead(Slot slot) const {
  const TableEntry& target = table_.entry(slot.index());
  return target.is_young() && !IsMarked(target.payload());
}

bool Scavenger::ClearIfDead(Slot* slot) {
  if (HEAPD_PLANTED(kSkipWeakClearing)) return false;
  if (!slot->is_weak() || !IsDead(*slot)) return false;
  Slot::Store(slot, Slot());
  ++counts_.cleared_weak_slot_count;
  return true;
}

void Scavenger::ClearWeakSlots() {
  for (const RememberedSet::Place place : buffers_.weak_places) {
    ClearIfDead(table_.entry(place.source).slots() + place.slot);
  }
  for (const Index index : buffers_.weak_objects) {
    TableEntry& entry = table_.entry(index);
    Slot* const slots = entry.slots();
    const uint32_t count = entry.slot_count();
    for (uint32_t i = 0; i < count; ++i) ClearIfDead(slots + i);
  }
}

// ---- Evacuate ----

// What a scavenge does most.
inline void Scavenger::Free(Index index, const TableEntry& entry,
                            Block* payload, ObjectTable::FreeRow* row) {
  if (payload->type() == kInternedStringType) ForgetString(index, payload);
  if (entry.has_slot_block() && !new_space_.Contains(entry.slot_block())) {
    parts_.spaces.FreeSlots(entry.slot_block());
  }
  parts_.snapshot_ids.Forget(index);
  row->Free(index);
  if (HEAPD_PLANTED(kFreeIndexTwice) && index % 97 == 0) row->Free(index);
  ++counts_.freed_count;
}

void Scavenger::EvacuateNewSpace() {
  constexpr int kAhead = 8;
  char* const top = new_space_.from_top();
  char* ahead = new_space_.from_start();
  const auto look_ahead = [&] {
    if (ahead >= top) return;
    const Block* const block = Block::At(ahead);
    table_.Prefetch(block->owner());
    ahead += NewSpace::SizeOf(block);
  };
  for (int i = 0; i < kAhead; ++i) look_ahead();
  ObjectTable::FreeRow row(&table_);
  for (char* at = new_space_.from_start(); at < top;) {
    look_ahead();
    Block* const block = Block::At(at);
    at += NewSpace::SizeOf(block);
    if (block->is_free()) continue;
    const Index index = block->owner();
    TableEntry& entry = table_.entry(index);
    // Slot blocks go with their payload; others were left by their object.
    if (entry.is_free() || entry.payload() != block) continue;
    if (!IsMarked(block)) {
      Free(index, entry, block, &row);
    } else if (promote_all_ || new_space_.IsIntermediate(block)) {
      Promote(&entry, block);
      Promoted(index, &entry);
    } else {
      Copy(&entry, block);
      Survived(entry);
    }
  }
}

void Scavenger::Copy(TableEntry* entry, Block* payload) {
  entry->set_payload(CopyBlock(new_space_.Allocate(payload->units()), payload));
  CopySlots(entry);
}

void Scavenger::CopySlots(TableEntry* entry) {
  if (!entry->has_slot_block()) return;
  const Block* const slots = entry->slot_block();
  if (!new_space_.Contains(slots)) return;
  entry->set_slot_block(CopyBlock(new_space_.Allocate(slots->units()), slots));
}

void Scavenger::Promote(TableEntry* entry, Block* payload) {
  entry->set_payload(
      CopyBlock(parts_.spaces.old_space().Allocate(payload->units()), payload));
  PromoteSlots(entry);
}

void Scavenger::PromoteSlots(TableEntry* entry) {
  if (!entry->has_slot_block()) return;
  const Block* const slots = entry->slot_block();
  if (!new_space_.Contains(slots)) return;
  entry->set_slot_block(
      CopyBlock(parts_.spaces.slot_space().Allocate(slots->units()), slots));
}

void Scavenger::Survived(const TableEntry& entry) {
  ++counts_.survived_count;
  counts_.survived_bytes += BlockBytes(entry);
}

void Scavenger::Promoted(Index index, TableEntry* entry) {
  entry->set_young(false);
  ++counts_.promoted_count;
  counts_.promoted_bytes += BlockBytes(*entry);
  if (!promote_all_ && entry->slot_count() > 0) {
    buffers_.promoted.push_back(index);
  }
}

void Scavenger::ForgetString(Index index, const Block* payload) {
  const absl::string_view content(payload->body(),
                                  Spaces::PayloadBytes(payload));
  if (parts_.strings.Find(content) != index) return;
  parts_.strings.Erase(index);
  ++counts_.purged_string_count;
}

void Scavenger::EvacuateLarge() {
  YoungLargeObjects& large = parts_.young_large;
  AgeLarge(large.TakeIntermediate(), /*promote=*/true);
  AgeLarge(large.TakeNursery(), /*promote=*/promote_all_);
}

void Scavenger::AgeLarge(const std::vector<Index>& objects, bool promote) {
  ObjectTable::FreeRow row(&table_);
  for (const Index index : objects) {
    TableEntry& entry = table_.entry(index);
    if (entry.is_free() || !entry.is_young() || !entry.payload()->is_large()) {
      continue;
    }
    Block* const payload = entry.payload();
    if (!IsMarked(payload)) {
      Free(index, entry, payload, &row);
      parts_.spaces.FreePayload(payload);
      continue;
    }
    LargeHeader::Of(payload)->scavenge_mark = 0;
    // The payload stays; its slots can be in new space.
    if (promote) {
      PromoteSlots(&entry);
      Promoted(index, &entry);
    } else {
      CopySlots(&entry);
      Survived(entry);
      parts_.young_large.AddIntermediate(index);
    }
  }
}

// ---- Remember ----

// What the first slots refer to is mostly old, and not in the cache.
HEAPD_PREFETCHES inline void Scavenger::PrefetchTargets(Index source) const {
  const TableEntry& entry = table_.entry(source);
  const uint32_t count = std::min<uint32_t>(entry.slot_count(), 4);
  for (uint32_t i = 0; i < count; ++i) {
    const Slot value = entry.slots()[i];
    if (value.is_ref()) table_.Prefetch(value.index());
  }
}

void Scavenger::RememberPromoted() {
  RememberedSet& remembered = parts_.remembered;
  remembered.KeepIf(
      // What died is young no more: its entry is free.
      [this](RememberedSet::Place /*place*/, size_t position) {
        return IsYoung(buffers_.place_targets[position]);
      },
      [this](Index root) { return IsYoung(root); });
  if (HEAPD_PLANTED(kForgetPromoted)) return;
  constexpr size_t kAhead = 8;
  const std::vector<Index>& promoted = buffers_.promoted;
  for (size_t i = 0; i < promoted.size(); ++i) {
    if (i + kAhead < promoted.size()) PrefetchTargets(promoted[i + kAhead]);
    const Index index = promoted[i];
    const absl::Span<const Slot> slots = table_.entry(index).slot_span();
    for (uint32_t slot = 0; slot < slots.size(); ++slot) {
      if (slots[slot].is_ref() && IsYoung(slots[slot].index())) {
        remembered.Add(index, slot);
      }
    }
  }
}

}  // namespace heapd
