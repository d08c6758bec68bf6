#ifndef HEAPD_HEAP_SPACE_PAGE_SOURCE_H_
#define HEAPD_HEAP_SPACE_PAGE_SOURCE_H_

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/container/btree_set.h"
#include "heap/base/memory_budget.h"
#include "heap/base/task_runner.h"
#include "heap/space/arena_supply.h"
#include "heap/space/page.h"

namespace heapd {

// Where the pages of one heap come from: address space in arenas of 2 MiB, so
// that huge pages can back it, handed out in pages of 256 KiB, lowest address
// first. A page is charged to the account while it is out and its memory goes
// back to the system when it comes back.
//
// With a runner the next arenas on huge pages are made ready beforehand
// (arena_supply.h): 2 to 8 MiB that are not charged.
// Thread-compatible.
class PageSource {
 public:
  // REQUIRES: `account` outlives the source.
  explicit PageSource(MemoryAccount* account, TaskRunner runner = nullptr)
      : account_(account), huge_arenas_(std::move(runner)) {}
  ~PageSource();
  PageSource(const PageSource&) = delete;
  PageSource& operator=(const PageSource&) = delete;

  // Null when the account or the system refuses.
  Page* Allocate();
  void Free(Page* page);

  // Pages that are charged and mapped before they are needed, for work that
  // must not fail: a scavenge promotes into them. Makes them at least
  // `pages`; false, with what could be had, when there is no memory.
  bool RaiseReserve(size_t pages);
  void LowerReserve(size_t pages);
  size_t reserve_pages() const { return reserve_.size(); }

  // While one lives, pages come out of the reserve, and Allocate() does not
  // fail. REQUIRES: the reserve suffices.
  class ReserveScope {
   public:
    explicit ReserveScope(PageSource* source) : source_(source) {
      source_->from_reserve_ = true;
    }
    ~ReserveScope() { source_->from_reserve_ = false; }
    ReserveScope(const ReserveScope&) = delete;
    ReserveScope& operator=(const ReserveScope&) = delete;

   private:
    PageSource* const source_;
  };

  // Whether the address is in a page that is out.
  bool Contains(const void* address) const;

 private:
  static constexpr uint32_t kPagesPerArena = kArenaBytes / kPageBytes;
  static constexpr uint32_t kAllFree = (1u << kPagesPerArena) - 1;

  // The arena gets huge pages once the heap is larger than one: a small heap
  // would pay 2 MiB for its first page.
  static constexpr size_t kArenasWithoutHugePages = 1;

  // A new arena; null when the system refuses.
  char* TakeArena();
  // The memory of a page, not touched yet.
  char* Take();
  void GiveBack(char* memory);

  MemoryAccount* const account_;
  std::vector<char*> reserve_;
  bool from_reserve_ = false;
  // From the arena's address to its free pages, one bit each.
  absl::btree_map<char*, uint32_t> arenas_;
  // Those with a free page.
  absl::btree_set<char*> partly_free_;
  ArenaSupply huge_arenas_;
};

}  // namespace heapd

#endif  // HEAPD_HEAP_SPACE_PAGE_SOURCE_H_
