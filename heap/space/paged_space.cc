#include "heap/space/paged_space.h"

#include <algorithm>
#include <utility>

namespace heapd {

PagedSpace::~PagedSpace() {
  for (Page* page : pages_) source_->Free(page);
}

bool PagedSpace::Refill(uint32_t units) {
  CloseRun();
  if (Block* const run = free_list_.Take(units); run != nullptr) {
    ++hit_count_;
    top_ = run->address();
    limit_ = top_ + run->free_units() * kWordBytes;
    return true;
  }
  ++miss_count_;
  Page* const page = source_->Allocate();
  if (page == nullptr) return false;
  page->set_position(static_cast<uint32_t>(pages_.size()));
  pages_.push_back(page);
  top_ = page->area_start();
  limit_ = page->area_end();
  return true;
}

void PagedSpace::BeginSweep() {
  HEAPD_CHECK(IsSwept());
  CloseRun();
  free_list_.Clear();
  for (Page* page : pages_) page->set_state(Page::State::kAwaitsSweep);
  awaiting_count_ = pages_.size();
}

bool PagedSpace::TakeIn(const SweptPage& swept, Use use) {
  Page* const page = swept.page;
  HEAPD_DCHECK(page->state() == Page::State::kAwaitsSweep);
  used_bytes_ -= swept.freed_bytes;
  const bool is_free = swept.live_bytes == 0;
  if (is_free) {
    RemovePage(page);
  } else if (use == Use::kEvacuate) {
    page->set_state(Page::State::kAwaitsEvacuation);
  } else {
    page->set_state(Page::State::kOpen);
    free_list_.TakeIn(swept.runs);
  }
  if (--awaiting_count_ == 0) {
    for (Block* const block : std::exchange(freed_late_, {})) {
      Free(block, block->units());
    }
  }
  return is_free;
}

void PagedSpace::Reopen(Page* page) {
  const SweptPage swept = SweepPage(page, [](const Block&) { return true; });
  if (swept.live_bytes == 0) {
    RemovePage(page);
    return;
  }
  page->set_state(Page::State::kOpen);
  free_list_.TakeIn(swept.runs);
}

void PagedSpace::RemovePage(Page* page) {
  const uint32_t position = page->position();
  pages_[position] = pages_.back();
  pages_[position]->set_position(position);
  pages_.pop_back();
  source_->Free(page);
}

void PagedSpace::CloseRun() {
  if (top_ != limit_) free_list_.Add(top_, (limit_ - top_) / kWordBytes);
  top_ = nullptr;
  limit_ = nullptr;
}

void PagedSpace::Free(Block* block, uint32_t units) {
  const Page::State state = Page::Of(block)->state();
  if (state == Page::State::kAwaitsSweep) {
    freed_late_.push_back(block);
    return;
  }
  const size_t bytes = units * kWordBytes;
  used_bytes_ -= bytes;
  if (clear_free_memory_) std::memset(block->address(), 0, bytes);
  if (state == Page::State::kAwaitsEvacuation) {
    block->set_header(Block::MakeFreeHeader(units));
    return;
  }
  // The last block allocated: bump back, so that a batch that is undone leaves
  // no crumbs.
  char* const end = block->address() + bytes;
  if (end == top_) {
    top_ = block->address();
    return;
  }
  // Blocks that are freed in reverse become one run again.
  uint64_t run_units = units;
  if (end != Page::Of(block)->area_end()) {
    run_units += free_list_.TakeIfFirst(Block::At(end));
  }
  free_list_.Add(block->address(), run_units);
}

void PagedSpace::ReleasePagesFrom(size_t page_count) {
  if (pages_.size() <= page_count) return;
  CloseRun();
  free_list_.RemoveIf([page_count](const Block* run) {
    return Page::Of(run)->position() >= page_count;
  });
  while (pages_.size() > page_count) {
    source_->Free(pages_.back());
    pages_.pop_back();
  }
}

SpaceStats PagedSpace::Stats() const {
  SpaceStats stats;
  stats.used_bytes = used_bytes_;
  stats.committed_bytes = pages_.size() * kPageBytes;
  stats.free_bytes = free_list_.free_units() * kWordBytes + bump_bytes();
  stats.largest_free_block_bytes =
      std::max(free_list_.LargestRunUnits() * kWordBytes, bump_bytes());
  stats.page_count = pages_.size();
  stats.free_list_hit_count = hit_count_;
  stats.free_list_miss_count = miss_count_;
  stats.free_list_step_count = free_list_.step_count();
  return stats;
}

}  // namespace heapd
