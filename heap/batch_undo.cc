#include "heap/batch_undo.h"

#include <algorithm>
#include <utility>

#include "heap/base/check.h"

namespace heapd {

void BatchUndo::Grew(Index index, const TableEntry& entry, uint32_t slot_count,
                     Block* replaced) {
  Add({Kind::kGrew, index, 0, growths_.size()});
  growths_.push_back({entry, slot_count, replaced});
}

void BatchUndo::Wrote(Index index, uint32_t offset, absl::string_view former) {
  Add({Kind::kWrote, index, offset, texts_.size()});
  texts_.emplace_back(former);
}

void BatchUndo::Rooted(absl::string_view name, Index former) {
  Add({Kind::kRooted, former, 0, texts_.size()});
  texts_.emplace_back(name);
}

void BatchUndo::Unrooted(absl::string_view name, Index former) {
  Add({Kind::kUnrooted, former, 0, texts_.size()});
  texts_.emplace_back(name);
}

void BatchUndo::PoppedScope(Session* session, std::vector<Index> dropped) {
  session_ = session;
  Add({Kind::kPoppedScope, 0, 0, dropped_.size()});
  dropped_.push_back(std::move(dropped));
}

void BatchUndo::RollBack() {
  for (size_t i = records_.size(); i-- > 0;) Undo(records_[i]);
  records_.clear();
  core_->may_have_garbage = had_garbage_;
  core_->GiveBackSince(taken_before_);
  if (session_ != nullptr) session_->Compact();
}

void BatchUndo::Commit() {
  for (const Growth& growth : growths_) {
    if (growth.replaced == nullptr) continue;
    core_->parts.spaces.FreeSlots(growth.replaced);
    core_->may_have_garbage = true;
  }
}

void BatchUndo::UndoGrowth(Index index, const Growth& growth) {
  TableEntry& entry = core_->entry(index);
  const bool new_block =
      entry.has_slot_block() &&
      (!growth.entry.has_slot_block() || growth.replaced != nullptr);
  if (new_block) core_->parts.spaces.FreeSlots(entry.slot_block());
  entry = growth.entry;
  if (entry.has_slot_block()) {
    entry.slot_block()->set_slot_count(growth.slot_count);
  }
}

void BatchUndo::Undo(const Record& record) {
  switch (record.kind) {
    case Kind::kAllocated:
      core_->DiscardObject(record.index);
      return;
    case Kind::kInterned:
      core_->parts.strings.Erase(record.index);
      return;
    case Kind::kHeldNew:
      session_->UndoHoldNew();
      return;
    case Kind::kReleased:
      session_->UndoRelease(record.detail, record.index);
      return;
    case Kind::kStored:
      core_->Store(record.index, record.number,
                   Slot::FromWord(static_cast<uint32_t>(record.detail)));
      return;
    case Kind::kGrew:
      UndoGrowth(record.index, growths_[record.detail]);
      return;
    case Kind::kWrote: {
      const std::string& former = texts_[record.detail];
      std::copy(former.begin(), former.end(),
                core_->MutablePayload(record.index) + record.number);
      return;
    }
    case Kind::kRooted: {
      const std::string& name = texts_[record.detail];
      if (record.index == 0) {
        core_->parts.roots.Remove(name);
        return;
      }
      Index ignored = 0;
      HEAPD_CHECK(core_->parts.roots.Set(name, record.index, &ignored).ok());
      return;
    }
    case Kind::kUnrooted:
      core_->parts.roots.Restore(texts_[record.detail], record.index);
      return;
    case Kind::kPushedScope:
      session_->UndoPushScope();
      return;
    case Kind::kPoppedScope:
      session_->UndoPopScope(dropped_[record.detail]);
      return;
  }
}

}  // namespace heapd
