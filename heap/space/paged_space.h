#ifndef HEAPD_HEAP_SPACE_PAGED_SPACE_H_
#define HEAPD_HEAP_SPACE_PAGED_SPACE_H_

#include <cstdint>
#include <cstring>
#include <vector>

#include "heap/base/check.h"
#include "heap/object/block.h"
#include "heap/space/free_list.h"
#include "heap/space/page.h"
#include "heap/space/page_source.h"
#include "heap/space/space_stats.h"

namespace heapd {

// A space of 256 KiB pages. Allocation bumps a pointer through a free run; when
// the run is used up another one comes from the free list, or a new page. There
// are two instances in a heap: old space for payloads, and slot space for the
// slots of objects that have more than fit a table entry.
//
// Every page is one sequence of blocks without gaps, so it can be walked; the
// rest of the run being bumped through is skipped. Thread-compatible.
class PagedSpace {
 public:
  // Larger blocks go to the large-object space: at most an eighth of a page is
  // lost at a page's end.
  static constexpr uint32_t kMaxBlockUnits = 4096;

  // REQUIRES: `source` outlives the space.
  PagedSpace(PageSource* source, bool clear_free_memory)
      : source_(source), clear_free_memory_(clear_free_memory) {}
  ~PagedSpace();
  PagedSpace(const PagedSpace&) = delete;
  PagedSpace& operator=(const PagedSpace&) = delete;

  // Memory for a block whose header the caller writes before anything else
  // happens to the space; null when the source refuses.
  // REQUIRES: 0 < units <= kMaxBlockUnits.
  Block* Allocate(uint32_t units) {
    const size_t bytes = units * kWordBytes;
    if (static_cast<size_t>(limit_ - top_) < bytes && !Refill(units)) {
      return nullptr;
    }
    char* const address = top_;
    top_ += bytes;
    used_bytes_ += bytes;
    return Block::At(address);
  }
  // Back at once, for what nothing refers to.
  void Free(Block* block, uint32_t units);

  // A sweep frees every block whose owner is not live, joins neighbouring free
  // runs, and gives wholly free pages back. It goes page by page; until it has
  // come to a page nothing is allocated there.
  void BeginSweep();
  bool IsSwept() const { return to_sweep_.empty(); }
  // Goes on with at most `count` pages; how many were given back.
  template <typename IsLive>
  uint64_t Sweep(size_t count, IsLive is_live);

  // Gives back the pages that were added since there were `page_count`.
  // REQUIRES: nothing on them is in use; no sweep ran in between.
  void ReleasePagesFrom(size_t page_count);

  // Calls `visit(const Block*)` for every block and free run of every page.
  template <typename Visit>
  void ForEachBlock(Visit visit) const;

  uint64_t used_bytes() const { return used_bytes_; }
  SpaceStats Stats() const;
  const FreeList& free_list() const { return free_list_; }
  const std::vector<Page*>& pages() const { return pages_; }
  // The rest of the run being bumped through.
  uint64_t bump_bytes() const { return limit_ - top_; }

 private:
  bool Refill(uint32_t units);
  // Ends the run being bumped through; its rest is a free run again.
  void CloseRun();
  template <typename IsLive>
  bool SweepPage(Page* page, IsLive is_live);
  void AddSweptRun(char* start, char* end, bool has_dead);
  // Gives a page back, whose runs are not in the free list.
  void RemovePage(Page* page);

  PageSource* const source_;
  const bool clear_free_memory_;
  char* top_ = nullptr;
  char* limit_ = nullptr;
  uint64_t used_bytes_ = 0;
  uint64_t hit_count_ = 0;
  uint64_t miss_count_ = 0;
  FreeList free_list_;
  std::vector<Page*> pages_;
  std::vector<Page*> to_sweep_;
};

template <typename Visit>
void PagedSpace::ForEachBlock(Visit visit) const {
  for (Page* page : pages_) {
    char* at = page->area_start();
    while (at < page->area_end()) {
      if (at == top_ && top_ != limit_) {
        at = limit_;
        continue;
      }
      const Block* const block = Block::At(at);
      visit(block);
      const uint64_t units =
          block->is_free() ? block->free_units() : block->units();
      HEAPD_CHECK(units > 0);
      at += units * kWordBytes;
    }
  }
}

template <typename IsLive>
uint64_t PagedSpace::Sweep(size_t count, IsLive is_live) {
  uint64_t released = 0;
  for (; count > 0 && !to_sweep_.empty(); --count) {
    Page* const page = to_sweep_.back();
    to_sweep_.pop_back();
    page->set_awaits_sweep(false);
    if (!SweepPage(page, is_live)) continue;
    RemovePage(page);
    ++released;
  }
  return released;
}

// True when nothing on the page is live; its runs are not taken in then.
template <typename IsLive>
bool PagedSpace::SweepPage(Page* page, IsLive is_live) {
  char* const end = page->area_end();
  char* at = page->area_start();
  char* run = nullptr;  // start of the free run that ends at `at`
  bool run_has_dead = false;
  bool any_live = false;
  while (at < end) {
    Block* const block = Block::At(at);
    size_t bytes = block->units() * kWordBytes;
    if (block->is_free()) {
      bytes = block->free_units() * kWordBytes;
      if (run == nullptr) run = at;
    } else if (is_live(block->owner())) {
      any_live = true;
      if (run != nullptr) AddSweptRun(run, at, run_has_dead);
      run = nullptr;
      run_has_dead = false;
    } else {
      used_bytes_ -= bytes;
      if (run == nullptr) run = at;
      run_has_dead = true;
    }
    HEAPD_DCHECK(bytes > 0);
    at += bytes;
  }
  if (!any_live) return true;
  if (run != nullptr) AddSweptRun(run, end, run_has_dead);
  return false;
}

}  // namespace heapd

#endif  // HEAPD_HEAP_SPACE_PAGED_SPACE_H_
