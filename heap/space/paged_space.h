#ifndef HEAPD_HEAP_SPACE_PAGED_SPACE_H_
#define HEAPD_HEAP_SPACE_PAGED_SPACE_H_

#include <cstdint>
#include <cstring>
#include <vector>

#include "heap/base/check.h"
#include "heap/object/block.h"
#include "heap/space/free_list.h"
#include "heap/space/free_runs.h"
#include "heap/space/page.h"
#include "heap/space/page_source.h"
#include "heap/space/space_stats.h"

namespace heapd {

// What a sweep of one page came to. A value.
struct SweptPage {
  Page* page = nullptr;
  uint64_t live_bytes = 0;
  uint64_t freed_bytes = 0;
  FreeRuns runs;  // none when nothing is live
};

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
  // runs, and gives wholly free pages back. Until a page has been swept and
  // taken in, nothing is allocated there, and what is freed there is freed
  // later.
  void BeginSweep();
  bool IsSwept() const { return awaiting_count_ == 0; }
  // May run beside mutators: touches only what on the page is not live. Calls
  // `is_live(const Block&)`.
  // REQUIRES: the page awaits it.
  template <typename IsLive>
  SweptPage SweepPage(Page* page, IsLive is_live) const;
  // What becomes of a page that was swept.
  enum class Use : uint8_t {
    kAllocate,
    kEvacuate,  // if anything lives there
  };
  // Whether the page was given back.
  bool TakeIn(const SweptPage& swept, Use use);

  // Moves what is in use on the page to others and gives the page back: copies
  // each block and calls `move(Block* from, Block* to)`. False when there is no
  // memory: some blocks may have moved, and the page still awaits evacuation.
  // `prefetch(const Block*)` is called some blocks ahead.
  // REQUIRES: the page awaits evacuation; IsSwept().
  template <typename Prefetch, typename Move>
  bool Evacuate(Page* page, Prefetch prefetch, Move move);
  // The page that awaits evacuation stays. REQUIRES: IsSwept().
  void Reopen(Page* page);

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
  size_t awaiting_count_ = 0;  // pages that await a sweep
  // Freed meanwhile on pages that await it, whose headers a sweep may be at.
  std::vector<Block*> freed_late_;
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
SweptPage PagedSpace::SweepPage(Page* page, IsLive is_live) const {
  SweptPage swept;
  swept.page = page;
  const auto add_run = [&](char* start, char* end, bool has_dead) {
    if (clear_free_memory_ && has_dead) std::memset(start, 0, end - start);
    swept.runs.Add(start, (end - start) / kWordBytes);
  };
  char* const end = page->area_end();
  char* run = nullptr;  // start of the free run that ends at `at`
  bool run_has_dead = false;
  for (char* at = page->area_start(); at < end;) {
    Block* const block = Block::At(at);
    size_t bytes = block->units() * kWordBytes;
    if (block->is_free()) {
      bytes = block->free_units() * kWordBytes;
      if (run == nullptr) run = at;
    } else if (is_live(*block)) {
      swept.live_bytes += bytes;
      if (run != nullptr) add_run(run, at, run_has_dead);
      run = nullptr;
      run_has_dead = false;
    } else {
      swept.freed_bytes += bytes;
      if (run == nullptr) run = at;
      run_has_dead = true;
    }
    HEAPD_DCHECK(bytes > 0);
    at += bytes;
  }
  // A page that is wholly free is given back as it is.
  if (run != nullptr && swept.live_bytes > 0) add_run(run, end, run_has_dead);
  return swept;
}

template <typename Prefetch, typename Move>
bool PagedSpace::Evacuate(Page* page, Prefetch prefetch, Move move) {
  constexpr int kAhead = 8;
  const auto size_of = [](const Block* block) {
    return (block->is_free() ? block->free_units() : block->units()) *
           kWordBytes;
  };
  char* const end = page->area_end();
  char* ahead = page->area_start();
  const auto look_ahead = [&] {
    if (ahead >= end) return;
    const Block* const block = Block::At(ahead);
    if (!block->is_free()) prefetch(block);
    ahead += size_of(block);
  };
  for (int i = 0; i < kAhead; ++i) look_ahead();
  for (char* at = page->area_start(); at < end;) {
    look_ahead();
    Block* const from = Block::At(at);
    const size_t bytes = size_of(from);
    at += bytes;
    if (from->is_free()) continue;
    Block* const to = Allocate(from->units());
    if (to == nullptr) return false;
    std::memcpy(static_cast<void*>(to), from, bytes);
    move(from, to);
    used_bytes_ -= bytes;
    from->set_header(Block::MakeFreeHeader(bytes / kWordBytes));
  }
  RemovePage(page);
  return true;
}

}  // namespace heapd

#endif  // HEAPD_HEAP_SPACE_PAGED_SPACE_H_
