#ifndef HEAPD_HEAP_GC_NEW_SPACE_SIZING_H_
#define HEAPD_HEAP_GC_NEW_SPACE_SIZING_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "heap/gc/heap_parts.h"

namespace heapd {

// How large new space is, and how far it may be filled.
//
// It starts small, so that a heap that is hardly used pays little, and doubles
// after each scavenge up to its configured size. Whatever is in it may have to
// be promoted at the next scavenge, which cannot fail: so many pages are kept
// in reserve, and new space is filled no further than they suffice for, nor
// than lets the next scavenge be short (ScavengePacing).
class NewSpaceSizing {
 public:
  static constexpr uint64_t kStartBytes = uint64_t{64} << 10;

  // Pages that so many bytes of blocks can take when they are promoted: no
  // block is larger than an eighth of a page, so each page but the last of
  // payloads and the last of slots is filled up to that.
  static constexpr size_t PagesFor(uint64_t bytes) {
    return bytes == 0 ? 0 : (bytes + kFilledBytes - 1) / kFilledBytes + 2;
  }
  // How many bytes so many pages suffice for.
  static constexpr uint64_t BytesFor(size_t pages) {
    return pages <= 2 ? 0 : (pages - 2) * kFilledBytes;
  }

  // After a scavenge, or to begin with: lets new space grow, fills the reserve
  // up and sets what is allowed. False when what is in new space could not be
  // promoted any more: then it must be now.
  static bool Prepare(HeapParts* parts) {
    NewSpace& new_space = parts->spaces.new_space();
    PageSource& pages = parts->spaces.page_source();
    const uint64_t grown =
        std::min(std::max(2 * new_space.capacity_bytes(), kStartBytes),
                 new_space.max_capacity_bytes());
    if (pages.RaiseReserve(PagesFor(grown))) {
      new_space.GrowTo(grown);
    } else {
      pages.RaiseReserve(PagesFor(new_space.capacity_bytes()));
    }
    const uint64_t safe = BytesFor(pages.reserve_pages());
    const uint64_t short_enough =
        parts->scavenge_pacing.AllowedBytes(new_space.filled_bytes());
    new_space.SetAllowed(std::min(safe, short_enough));
    return new_space.filled_bytes() <= safe;
  }

  // Whether a scavenge is due before so many bytes are allocated.
  static bool IsScavengeDue(const HeapParts& parts, uint64_t upcoming_bytes) {
    const NewSpace& new_space = parts.spaces.new_space();
    if (parts.remembered.IsDue() || parts.young_large.IsDue()) return true;
    // Half a space free will do even for more: what does not fit goes to old
    // space, and a scavenge for each large batch would promote all too early.
    const uint64_t capacity = new_space.filled_bytes() + new_space.free_bytes();
    const uint64_t wanted =
        std::clamp(upcoming_bytes, capacity / 16, capacity / 2);
    return new_space.filled_bytes() > 0 && new_space.free_bytes() < wanted;
  }

 private:
  static constexpr uint64_t kFilledBytes =
      Page::kAreaBytes - PagedSpace::kMaxBlockUnits * kWordBytes;
};

}  // namespace heapd

#endif  // HEAPD_HEAP_GC_NEW_SPACE_SIZING_H_
