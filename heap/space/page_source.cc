#include "heap/space/page_source.h"

#include "absl/numeric/bits.h"
#include "heap/base/check.h"
#include "heap/base/reservation.h"

namespace heapd {

PageSource::~PageSource() {
  for (const auto& [arena, free_pages] : arenas_) {
    // Spaces give their pages back before their source goes.
    HEAPD_CHECK(free_pages == kAllFree);
    Unmap(arena, kArenaBytes);
  }
}

Page* PageSource::Allocate() {
  if (!account_->Take(kPageBytes)) return nullptr;
  if (partly_free_.empty()) {
    char* const arena = MapAligned(kArenaBytes, kArenaBytes);
    if (arena == nullptr) {
      account_->Give(kPageBytes);
      return nullptr;
    }
    if (arenas_.size() >= kArenasWithoutHugePages) {
      AdviseHugePages(arena, kArenaBytes);
    }
    arenas_.emplace(arena, kAllFree);
    partly_free_.insert(arena);
  }
  char* const arena = *partly_free_.begin();
  uint32_t& free_pages = arenas_.find(arena)->second;
  const uint32_t number = absl::countr_zero(free_pages);
  free_pages &= free_pages - 1;
  if (free_pages == 0) partly_free_.erase(arena);
  return new (arena + number * kPageBytes) Page;
}

void PageSource::Free(Page* page) {
  char* const address = reinterpret_cast<char*>(page);
  char* const arena = reinterpret_cast<char*>(
      reinterpret_cast<uintptr_t>(address) & ~(kArenaBytes - 1));
  const auto found = arenas_.find(arena);
  HEAPD_CHECK(found != arenas_.end());
  account_->Give(kPageBytes);
  found->second |= 1u << ((address - arena) / kPageBytes);
  if (found->second == kAllFree) {
    partly_free_.erase(arena);
    arenas_.erase(found);
    Unmap(arena, kArenaBytes);
    return;
  }
  DiscardMemory(address, kPageBytes);
  partly_free_.insert(arena);
}

bool PageSource::Contains(const void* address) const {
  const uintptr_t bits = reinterpret_cast<uintptr_t>(address);
  char* const arena = reinterpret_cast<char*>(bits & ~(kArenaBytes - 1));
  const auto found = arenas_.find(arena);
  if (found == arenas_.end()) return false;
  const uint32_t number =
      static_cast<uint32_t>((bits % kArenaBytes) / kPageBytes);
  return (found->second & (1u << number)) == 0;
}

}  // namespace heapd
