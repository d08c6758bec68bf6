#include "heap/gc/page_sweeper.h"

#include <utility>

namespace heapd {

PageSweeper::PageSweeper(HeapParts* parts, Compactor* compactor,
                         LiveCensus* census, TaskRunner runner,
                         std::function<void()> on_idle)
    : compactor_(compactor),
      task_(
          UnsweptPages(&parts->spaces),
          [parts, census](const UnsweptPage& unswept) {
            return Sweep(*parts, unswept, census);
          },
          std::move(runner), std::move(on_idle)) {}

PageSweeper::Swept PageSweeper::Sweep(const HeapParts& parts,
                                      const UnsweptPage& unswept,
                                      LiveCensus* census) {
  const bool has_payloads = unswept.space == &parts.spaces.old_space();
  const auto is_live = [&parts, census, has_payloads](const Block& block) {
    if (parts.IsDead(block.owner())) return false;
    if (has_payloads) census->Count(block.type(), block.units() * kWordBytes);
    return true;
  };
  return {unswept.space, unswept.space->SweepPage(unswept.page, is_live)};
}

std::vector<PageSweeper::UnsweptPage> PageSweeper::UnsweptPages(
    Spaces* spaces) {
  std::vector<UnsweptPage> pages;
  for (PagedSpace* space : {&spaces->old_space(), &spaces->slot_space()}) {
    for (Page* page : space->pages()) pages.push_back({space, page});
  }
  return pages;
}

size_t PageSweeper::TakeIn(const std::vector<Swept>& swept) {
  for (const auto& [space, page] : swept) {
    const bool evacuate = compactor_->IsCandidate(page);
    const auto use =
        evacuate ? PagedSpace::Use::kEvacuate : PagedSpace::Use::kAllocate;
    const bool released = space->TakeIn(page, use);
    if (released) {
      ++released_count_;
    } else if (evacuate) {
      compactor_->AddCandidate(space, page);
    }
  }
  return swept.size();
}

}  // namespace heapd
