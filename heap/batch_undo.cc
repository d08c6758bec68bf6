#include "heap/batch_undo.h"

#include <algorithm>
#include <utility>

#include "heap/base/check.h"

namespace heapd {

void BatchUndo::Grew(Index index, const TableEntry& entry, uint32_t slot_count,
                     Block* replaced) {
  Add({index, Kind::kGrew, growths_.size()});
  growths_.push_back({entry, slot_count, replaced});
}

void BatchUndo::Wrote(Index index, uint32_t offset, absl::string_view former) {
  Add({index, Kind::kWrote, overwrites_.size()});
  overwrites_.push_back({offset, std::string(former)});
}

void BatchUndo::Rooted(absl::string_view name, Index former) {
  Add({former, Kind::kRooted, names_.size()});
  names_.emplace_back(name);
}

void BatchUndo::Unrooted(absl::string_view name, Index former) {
  Add({former, Kind::kUnrooted, names_.size()});
  names_.emplace_back(name);
}

void BatchUndo::PoppedScope(Session* session, std::vector<Index> dropped) {
  session_ = session;
  Add({0, Kind::kPoppedScope, dropped_.size()});
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
    core_->FreeReplacedSlots(growth.replaced);
    core_->may_have_garbage = true;
  }
}

void BatchUndo::UndoGrowth(Index index, const Growth& growth) {
  TableEntry& entry = core_->entry(index);
  const bool new_block =
      entry.has_slot_block() &&
      (!growth.entry.has_slot_block() || growth.replaced != nullptr);
  if (new_block) core_->FreeReplacedSlots(entry.slot_block());
  {
    const ObjectTable::FormChange change(&core_->parts.table);
    entry.Restore(growth.entry);
  }
  if (entry.has_slot_block()) {
    entry.slot_block()->set_slot_count(growth.slot_count);
  }
}

void BatchUndo::UndoRoot(const std::string& name, Index former) {
  if (former == 0) {
    core_->parts.roots.Remove(name);
    return;
  }
  Index ignored = 0;
  HEAPD_CHECK(core_->parts.roots.Set(name, former, &ignored).ok());
}

void BatchUndo::Undo(const Record& record) {
  switch (record.kind) {
    case Kind::kAllocatedHeld:
      for (uint64_t i = 0; i < record.detail; ++i) {
        core_->DiscardObject(session_->UndoHoldNew());
      }
      return;
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
      core_->Store(record.index, static_cast<uint32_t>(record.detail >> 32),
                   Slot::FromWord(static_cast<uint32_t>(record.detail)));
      return;
    case Kind::kGrew:
      UndoGrowth(record.index, growths_[record.detail]);
      return;
    case Kind::kWrote: {
      const Overwrite& overwrite = overwrites_[record.detail];
      std::copy(overwrite.former.begin(), overwrite.former.end(),
                core_->MutablePayload(record.index) + overwrite.offset);
      return;
    }
    case Kind::kRooted:
      UndoRoot(names_[record.detail], record.index);
      return;
    case Kind::kUnrooted:
      core_->parts.roots.Restore(names_[record.detail], record.index);
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
