#include "heap/gc/young_verifier.h"

#include <utility>

#include "absl/container/flat_hash_set.h"
#include "heap/base/status_macros.h"
#include "heap/gc/corruption.h"

namespace heapd {
namespace {

class YoungVerifier {
 public:
  explicit YoungVerifier(const HeapParts& parts) : parts_(parts) {}

  absl::Status Verify() {
    HEAPD_RETURN_IF_ERROR(VerifyNewSpace());
    HEAPD_RETURN_IF_ERROR(VerifyFlags());
    HEAPD_RETURN_IF_ERROR(VerifyRemembered());
    return VerifyHolds();
  }

 private:
  bool IsObject(Index index) const {
    return index != 0 && index < parts_.table.end() &&
           !parts_.table.entry(index).is_free();
  }
  bool IsYoung(Index index) const {
    return parts_.table.entry(index).is_young();
  }

  // Blocks fill new space up to its top, and each is one of its owner's.
  absl::Status VerifyNewSpace() const {
    const NewSpace& space = parts_.spaces.new_space();
    uint64_t used = 0;
    absl::Status status = absl::OkStatus();
    space.ForEachBlock([&](const Block* block) {
      if (block->is_free() || !status.ok()) return;
      used += NewSpace::SizeOf(block);
      const Index owner = block->owner();
      if (!IsObject(owner)) {
        status = Corruption("inv.young", "a block without an object", owner);
        return;
      }
      const TableEntry& entry = parts_.table.entry(owner);
      if (entry.payload() != block &&
          !(entry.has_slot_block() && entry.slot_block() == block)) {
        status =
            Corruption("inv.young", "a block that its object forgot", owner);
      }
    });
    HEAPD_RETURN_IF_ERROR(status);
    if (used == space.used_bytes()) return absl::OkStatus();
    return Corruption("inv.bytes", "new space's used bytes", used);
  }

  // The flag says where the payload is, and no old object has slots in new
  // space.
  absl::Status VerifyFlags() const {
    const NewSpace& space = parts_.spaces.new_space();
    absl::flat_hash_set<Index> large;
    parts_.young_large.ForEach([&large](Index index) { large.insert(index); });
    for (Index i = 1; i < parts_.table.end(); ++i) {
      const TableEntry& entry = parts_.table.entry(i);
      if (entry.is_free()) continue;
      const bool young = entry.payload()->is_large()
                             ? entry.is_young() && large.contains(i)
                             : space.Contains(entry.payload());
      if (young != entry.is_young()) {
        return Corruption("inv.young", "a flag that lies", i);
      }
      if (!young && entry.has_slot_block() &&
          space.Contains(entry.slot_block())) {
        return Corruption("inv.young", "an old object's young slots", i);
      }
    }
    return absl::OkStatus();
  }

  absl::Status VerifyRemembered() const {
    absl::flat_hash_set<std::pair<Index, uint32_t>> remembered;
    for (const RememberedSet::Place place : parts_.remembered.places()) {
      remembered.emplace(place.source, place.slot);
    }
    for (Index i = 1; i < parts_.table.end(); ++i) {
      const TableEntry& entry = parts_.table.entry(i);
      if (entry.is_free() || entry.is_young()) continue;
      const absl::Span<const Slot> slots = entry.slot_span();
      for (uint32_t slot = 0; slot < slots.size(); ++slot) {
        if (!slots[slot].is_ref() || !IsYoung(slots[slot].index())) continue;
        if (!remembered.contains(std::make_pair(i, slot))) {
          return Corruption("inv.remembered", "a forgotten slot of an object",
                            i);
        }
      }
    }
    return absl::OkStatus();
  }

  // A scavenge looks at the newest holds and roots only.
  absl::Status VerifyHolds() const {
    const absl::flat_hash_set<Index> roots(parts_.remembered.roots().begin(),
                                           parts_.remembered.roots().end());
    for (const auto& [name, object] : parts_.roots.map()) {
      if (IsYoung(object) && !roots.contains(object)) {
        return Corruption("inv.remembered", "a forgotten root", object);
      }
    }
    const absl::flat_hash_set<const Session*> listed(
        parts_.sessions.young().begin(), parts_.sessions.young().end());
    for (const auto& [id, session] : parts_.sessions.map()) {
      absl::flat_hash_set<Index> young;
      if (listed.contains(session.get())) {
        session->ForEachYoungHold([&young](Index i) { young.insert(i); });
      }
      Index forgotten = 0;
      session->ForEachHold([&](Index object) {
        if (IsYoung(object) && !young.contains(object)) forgotten = object;
      });
      if (forgotten != 0) {
        return Corruption("inv.remembered", "a forgotten hold", forgotten);
      }
    }
    return absl::OkStatus();
  }

  const HeapParts& parts_;
};

}  // namespace

absl::Status VerifyYoung(const HeapParts& parts) {
  return YoungVerifier(parts).Verify();
}

}  // namespace heapd
