#include "heap/space/page_source.h"

#include "absl/numeric/bits.h"
#include "heap/base/check.h"
#include "heap/base/reservation.h"

namespace heapd {

PageSource::~PageSource() {
  LowerReserve(0);
  for (const auto& [arena, free_pages] : arenas_) {
    // Spaces give their pages back before their source goes.
    HEAPD_CHECK(free_pages == kAllFree);
    Unmap(arena, kArenaBytes);
  }
}

Page* PageSource::Allocate() {
  char* memory = nullptr;
  if (from_reserve_) {
    HEAPD_CHECK(!reserve_.empty());
    memory = reserve_.back();
    reserve_.pop_back();
  } else {
    memory = Take();
  }
  return memory == nullptr ? nullptr : new (memory) Page;
}

bool PageSource::RaiseReserve(size_t pages) {
  while (reserve_.size() < pages) {
    char* const memory = Take();
    if (memory == nullptr) return false;
    reserve_.push_back(memory);
  }
  return true;
}

void PageSource::LowerReserve(size_t pages) {
  while (reserve_.size() > pages) {
    GiveBack(reserve_.back());
    reserve_.pop_back();
  }
}

void PageSource::Free(Page* page) { GiveBack(reinterpret_cast<char*>(page)); }

char* PageSource::Take() {
  if (!account_->Take(kPageBytes)) return nullptr;
  if (partly_free_.empty()) {
    char* const arena = TakeArena();
    if (arena == nullptr) {
      account_->Give(kPageBytes);
      return nullptr;
    }
    arenas_.emplace(arena, kAllFree);
    partly_free_.insert(arena);
  }
  char* const arena = *partly_free_.begin();
  uint32_t& free_pages = arenas_.find(arena)->second;
  const uint32_t number = absl::countr_zero(free_pages);
  free_pages &= free_pages - 1;
  if (free_pages == 0) partly_free_.erase(arena);
  return arena + number * kPageBytes;
}

char* PageSource::TakeArena() {
  const bool huge = arenas_.size() >= kArenasWithoutHugePages;
  char* arena = huge ? huge_arenas_.Take(arenas_.size()) : nullptr;
  if (arena != nullptr) return arena;
  arena = MapAligned(kArenaBytes, kArenaBytes);
  if (arena != nullptr && huge) AdviseHugePages(arena, kArenaBytes);
  return arena;
}

void PageSource::GiveBack(char* address) {
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
