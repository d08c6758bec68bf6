#include "heap/gc/compactor.h"

#include <algorithm>

#include "heap/base/check.h"
#include "heap/base/planted_bug.h"

namespace heapd {
namespace {

uint64_t MaxLiveBytes(Compaction compaction) {
  switch (compaction) {
    case Compaction::kUsual:
      return Page::kAreaBytes / 2;
    case Compaction::kThorough:
      return Page::kAreaBytes / 10 * 9;
    case Compaction::kAlways:
      break;
  }
  return Page::kAreaBytes;
}

}  // namespace

Compactor::Compactor(HeapParts* parts, Compaction compaction)
    : parts_(parts), max_live_bytes_(MaxLiveBytes(compaction)) {}

void Compactor::AddCandidate(PagedSpace* space, const SweptPage& swept) {
  candidates_.push_back({space, swept.page, swept.live_bytes});
}

void Compactor::Choose() {
  std::sort(candidates_.begin(), candidates_.end(),
            [](const Candidate& a, const Candidate& b) {
              return a.live_bytes < b.live_bytes;
            });
  ChooseIn(&parts_->spaces.old_space());
  ChooseIn(&parts_->spaces.slot_space());
}

void Compactor::ChooseIn(PagedSpace* space) {
  std::vector<Candidate> mine;
  uint64_t to_move = 0;
  for (const Candidate& candidate : candidates_) {
    if (candidate.space != space) continue;
    mine.push_back(candidate);
    to_move += candidate.live_bytes;
  }
  uint64_t room = space->free_list().free_units() * kWordBytes;
  size_t evacuated = mine.size();
  while (evacuated > 0 && to_move > room) {
    const uint64_t live_bytes = mine[--evacuated].live_bytes;
    to_move -= live_bytes;
    room += Page::kAreaBytes - live_bytes;
  }
  // Those that stay come first: what is moved finds its room there.
  for (size_t i = evacuated; i < mine.size(); ++i) {
    work_.push_back({mine[i], /*evacuate=*/false});
  }
  for (size_t i = 0; i < evacuated; ++i) {
    work_.push_back({mine[i], /*evacuate=*/true});
  }
}

bool Compactor::Step() {
  if (next_ == work_.size()) return false;
  const Work& work = work_[next_++];
  if (!work.evacuate || no_memory_ || !Evacuate(work.candidate)) {
    work.candidate.space->Reopen(work.candidate.page);
  }
  return true;
}

bool Compactor::Evacuate(const Candidate& candidate) {
  const bool moved = candidate.space->Evacuate(
      candidate.page,
      [this](const Block* block) { parts_->table.Prefetch(block->owner()); },
      [this](Block* from, Block* to) { Move(from, to); });
  if (moved) {
    ++counts_.evacuated_pages;
  } else {
    no_memory_ = true;
  }
  return moved;
}

void Compactor::Move(Block* from, Block* to) {
  TableEntry& entry = parts_->table.entry(from->owner());
  if (entry.payload() == from) {
    if (HEAPD_PLANTED(kForgetMove) && from->owner() % 13 == 0) return;
    entry.set_payload(to);
    ++counts_.moved_objects;
  } else {
    HEAPD_CHECK(entry.has_slot_block() && entry.slot_block() == from);
    entry.set_slot_block(to);
  }
  counts_.moved_bytes += from->units() * kWordBytes;
}

}  // namespace heapd
