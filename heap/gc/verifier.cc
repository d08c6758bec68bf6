#include "heap/gc/verifier.h"

#include <algorithm>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "heap/base/status_macros.h"
#include "heap/gc/corruption.h"
#include "heap/gc/young_verifier.h"

namespace heapd {
namespace {

class HeapVerifier {
 public:
  HeapVerifier(const HeapParts& parts, const MemoryAccount& account)
      : parts_(parts), account_(account) {}

  absl::Status Verify() {
    HEAPD_RETURN_IF_ERROR(VerifyTable());
    HEAPD_RETURN_IF_ERROR(
        VerifySpace(parts_.spaces.old_space(), /*slot_blocks=*/false));
    HEAPD_RETURN_IF_ERROR(
        VerifySpace(parts_.spaces.slot_space(), /*slot_blocks=*/true));
    HEAPD_RETURN_IF_ERROR(VerifyLargeObjects());
    HEAPD_RETURN_IF_ERROR(VerifyHolds());
    HEAPD_RETURN_IF_ERROR(VerifyStrings());
    HEAPD_RETURN_IF_ERROR(VerifyBytes());
    return VerifyYoung(parts_);
  }

 private:
  bool IsObject(Index index) const {
    return index != 0 && index < parts_.table.end() &&
           !parts_.table.entry(index).is_free();
  }

  // inv.table, inv.slot: every entry leads to a block that leads back, and its
  // slots lead to objects.
  absl::Status VerifyTable() {
    if (const char* wrong = parts_.table.CheckFreeLists(); *wrong != 0) {
      return Corruption("inv.free_index", wrong, 0);
    }
    for (const LargeHeader* header :
         parts_.spaces.large_object_space().blocks()) {
      large_.insert(header->block());
    }
    for (const Block* block : parts_.left_blocks.blocks()) {
      left_.insert(block);
      object_bytes_ += Spaces::BlockBytes(block);
    }
    for (Index i = 1; i < parts_.table.end(); ++i) {
      const TableEntry& entry = parts_.table.entry(i);
      if (entry.is_free()) continue;
      HEAPD_RETURN_IF_ERROR(VerifyObject(i, entry));
      object_bytes_ += sizeof(TableEntry) + Spaces::BlockBytes(entry.payload());
      if (entry.has_slot_block()) {
        object_bytes_ += Spaces::BlockBytes(entry.slot_block());
      }
    }
    return absl::OkStatus();
  }

  static bool IsSlotBlockOf(const TableEntry& entry, const Block* block) {
    return entry.has_slot_block() && entry.slot_block() == block;
  }

  absl::Status VerifyBlock(Index owner, const Block* block) const {
    const bool paged = parts_.spaces.page_source().Contains(block) ||
                       parts_.spaces.new_space().IsInUse(block);
    const bool known = paged ? !block->is_large() : large_.contains(block);
    if (!known) return Corruption("inv.table", "a block in no space", owner);
    if (block->owner() != owner) {
      return Corruption("inv.table", "a block of another object", owner);
    }
    return absl::OkStatus();
  }

  absl::Status VerifyObject(Index index, const TableEntry& entry) const {
    HEAPD_RETURN_IF_ERROR(VerifyBlock(index, entry.payload()));
    if (parts_.types.Find(entry.payload()->type()) == nullptr) {
      return Corruption("inv.type", "an object of no type", index);
    }
    if (entry.incarnation() == 0) {
      return Corruption("inv.incarnation", "a live object without one", index);
    }
    if (entry.has_slot_block()) {
      HEAPD_RETURN_IF_ERROR(VerifyBlock(index, entry.slot_block()));
      if (entry.slot_count() > Spaces::SlotCapacity(entry.slot_block())) {
        return Corruption("inv.slot", "more slots than room", index);
      }
    } else {
      // Markers read both inline slots whatever the count says.
      const uint64_t unused = entry.slot_count() == 2 ? 0
                              : entry.slot_count() == 1
                                  ? entry.inline_word() >> 32
                                  : entry.inline_word();
      if (unused != 0) return Corruption("inv.slot", "an unused slot", index);
    }
    for (const Slot slot : entry.slot_span()) {
      if (!slot.is_ref()) continue;
      if (!IsObject(slot.index())) {
        return Corruption("inv.slot", "a slot names a free index", index);
      }
      if (slot.is_weak() && !entry.may_have_weak_slots()) {
        return Corruption("inv.weak", "an object with a forgotten weak slot",
                          index);
      }
    }
    return absl::OkStatus();
  }

  // inv.page: blocks fill every page, each is its owner's, and free runs are
  // exactly those of the free list.
  absl::Status VerifySpace(const PagedSpace& space, bool slot_blocks) {
    std::vector<const Block*> free_runs;
    uint64_t used = 0;
    absl::Status status = absl::OkStatus();
    space.ForEachBlock([&](const Block* block) {
      if (!status.ok()) return;
      if (block->is_free()) {
        if (block->free_units() >= FreeRunClass::kMinUnits) {
          free_runs.push_back(block);
        }
        return;
      }
      used += block->units() * kWordBytes;
      const Index owner = block->owner();
      if (!IsObject(owner)) {
        status = Corruption("inv.page", "a block without an object", owner);
        return;
      }
      const TableEntry& entry = parts_.table.entry(owner);
      const bool leads_back =
          slot_blocks ? IsSlotBlockOf(entry, block) || left_.contains(block)
                      : entry.payload() == block;
      if (!leads_back) {
        status =
            Corruption("inv.page", "a block that its object forgot", owner);
      }
    });
    HEAPD_RETURN_IF_ERROR(status);
    if (used != space.used_bytes()) {
      return Corruption("inv.bytes", "a space's used bytes", used);
    }
    return VerifyFreeList(space, std::move(free_runs));
  }

  absl::Status VerifyFreeList(const PagedSpace& space,
                              std::vector<const Block*> in_pages) const {
    std::vector<const Block*> in_list;
    uint64_t units = 0;
    space.free_list().ForEach([&](const Block* run) {
      in_list.push_back(run);
      units += run->free_units();
    });
    std::sort(in_pages.begin(), in_pages.end());
    std::sort(in_list.begin(), in_list.end());
    if (in_pages != in_list) {
      return Corruption("inv.free_list", "free runs and free list differ",
                        in_list.size());
    }
    if (units != space.free_list().free_units()) {
      return Corruption("inv.bytes", "free bytes of a free list", units);
    }
    return absl::OkStatus();
  }

  absl::Status VerifyLargeObjects() const {
    for (const Block* block : large_) {
      const Index owner = block->owner();
      if (!IsObject(owner)) {
        return Corruption("inv.page", "a large block without an object", owner);
      }
      const TableEntry& entry = parts_.table.entry(owner);
      if (entry.payload() != block && !IsSlotBlockOf(entry, block) &&
          !left_.contains(block)) {
        return Corruption("inv.page", "a large block that its object forgot",
                          owner);
      }
    }
    return absl::OkStatus();
  }

  // inv.hold: what is held is an object, and no session holds it twice.
  absl::Status VerifyHolds() const {
    for (const auto& [name, object] : parts_.roots.map()) {
      if (!IsObject(object)) {
        return Corruption("inv.hold", "a root of a free index", object);
      }
    }
    absl::Status status = absl::OkStatus();
    uint64_t total = 0;
    for (const auto& [id, session] : parts_.sessions.map()) {
      absl::flat_hash_set<Index> seen;
      size_t count = 0;
      session->ForEachHold([&](Index object) {
        ++count;
        if (!IsObject(object)) {
          status = Corruption("inv.hold", "a hold on a free index", object);
        } else if (!seen.insert(object).second) {
          status = Corruption("inv.hold", "an object held twice", object);
        }
      });
      HEAPD_RETURN_IF_ERROR(status);
      if (count != session->hold_count()) {
        return Corruption("inv.hold", "holds miscounted", count);
      }
      total += count;
    }
    if (total != parts_.sessions.hold_count()) {
      return Corruption("inv.hold", "all holds miscounted", total);
    }
    return absl::OkStatus();
  }

  // inv.intern: interned strings are objects of that type, found by content.
  absl::Status VerifyStrings() const {
    absl::Status status = absl::OkStatus();
    parts_.strings.ForEach([&](Index string) {
      if (!IsObject(string)) {
        status =
            Corruption("inv.intern", "an interned string that is free", string);
        return;
      }
      const Block* const block = parts_.table.entry(string).payload();
      const absl::string_view content(block->body(),
                                      Spaces::PayloadBytes(block));
      if (block->type() != kInternedStringType ||
          parts_.strings.Find(content) != string) {
        status =
            Corruption("inv.intern", "a string not found by content", string);
      }
    });
    return status;
  }

  // inv.bytes: self sizes sum to the used bytes, which fit what is committed.
  absl::Status VerifyBytes() const {
    if (object_bytes_ != parts_.used_bytes()) {
      return Corruption("inv.bytes", "self sizes do not sum to the used bytes",
                        object_bytes_);
    }
    if (parts_.used_bytes() > account_.committed_bytes()) {
      return Corruption("inv.bytes", "more used than committed",
                        account_.committed_bytes());
    }
    return absl::OkStatus();
  }

  const HeapParts& parts_;
  const MemoryAccount& account_;
  absl::flat_hash_set<const Block*> large_;
  absl::flat_hash_set<const Block*> left_;  // see LeftBlocks
  uint64_t object_bytes_ = 0;
};

}  // namespace

absl::Status VerifyHeap(const HeapParts& parts, const MemoryAccount& account) {
  return HeapVerifier(parts, account).Verify();
}

}  // namespace heapd
