#include "heap/space/paged_space.h"

#include <algorithm>

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
  // Popped from the end, so in the order of the list.
  to_sweep_.assign(pages_.rbegin(), pages_.rend());
  for (Page* page : to_sweep_) page->set_awaits_sweep(true);
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
  const size_t bytes = units * kWordBytes;
  used_bytes_ -= bytes;
  if (clear_free_memory_) std::memset(block->address(), 0, bytes);
  if (Page::Of(block)->awaits_sweep()) {
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

void PagedSpace::AddSweptRun(char* start, char* end, bool has_dead) {
  if (clear_free_memory_ && has_dead) std::memset(start, 0, end - start);
  free_list_.Add(start, (end - start) / kWordBytes);
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
