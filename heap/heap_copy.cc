#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "heap/base/limits.h"
#include "heap/base/status_macros.h"
#include "heap/heap.h"
#include "heap/heap_core.h"

namespace heapd {
namespace {

// Copies an object and what its strong slots reach up to a depth. Nothing is
// held or linked from outside until it is complete, so it can be taken back.
class GraphCopier {
 public:
  GraphCopier(HeapCore* core, uint32_t max_depth, uint32_t max_objects)
      : core_(core),
        max_depth_(max_depth),
        max_objects_(max_objects),
        taken_before_(core->TakenNow()) {}

  absl::Status Copy(Index start) {
    absl::Status status = CopyAll(start);
    if (!status.ok()) {
      for (size_t i = copies_.size(); i-- > 0;) {
        core_->DiscardObject(copies_[i].second);
      }
      core_->GiveBackSince(taken_before_);
      return status;
    }
    // The copy of one object shares all that the object refers to, itself too.
    if (max_depth_ == 0) return absl::OkStatus();
    for (const auto& [from, to] : copies_) Relink(to);
    return absl::OkStatus();
  }

  Index first() const { return copies_.front().second; }
  uint32_t count() const { return static_cast<uint32_t>(copies_.size()); }

 private:
  absl::Status CopyAll(Index start) {
    HEAPD_RETURN_IF_ERROR(CopyOne(start));
    // Breadth first: the copies themselves are the queue.
    size_t level_end = 0;
    size_t next = 0;
    for (uint32_t depth = 0; depth < max_depth_; ++depth) {
      level_end = copies_.size();
      if (next == level_end) break;
      for (; next < level_end; ++next) {
        for (const Slot slot : core_->entry(copies_[next].first).slot_span()) {
          if (slot.is_strong()) HEAPD_RETURN_IF_ERROR(CopyOne(slot.index()));
        }
      }
    }
    return absl::OkStatus();
  }

  absl::Status CopyOne(Index from) {
    if (copy_of_.contains(from) || core_->IsInternedString(from)) {
      return absl::OkStatus();
    }
    if (copies_.size() >= max_objects_) {
      return MakeError(absl::StatusCode::kResourceExhausted, reason::kCopyLimit,
                       absl::StrCat("there are more than ", max_objects_,
                                    " objects to copy"));
    }
    const Index to = core_->CopyObject(from);
    if (to == 0) return core_->account.Exhausted();
    copy_of_.emplace(from, to);
    copies_.emplace_back(from, to);
    return absl::OkStatus();
  }

  // Refs to what was copied lead to the copies, weak ones too.
  void Relink(Index copy) {
    const absl::Span<const Slot> slots = core_->entry(copy).slot_span();
    for (uint32_t i = 0; i < slots.size(); ++i) {
      if (!slots[i].is_ref()) continue;
      const auto found = copy_of_.find(slots[i].index());
      if (found == copy_of_.end()) continue;
      WriteSlot(&core_->parts, copy, i,
                slots[i].is_weak() ? Slot::Weak(found->second)
                                   : Slot::Strong(found->second));
    }
  }

  HeapCore* const core_;
  const uint32_t max_depth_;
  const uint32_t max_objects_;
  const HeapCore::Taken taken_before_;
  absl::flat_hash_map<Index, Index> copy_of_;
  std::vector<std::pair<Index, Index>> copies_;  // from, to
};

}  // namespace

absl::StatusOr<std::pair<Ref, uint32_t>> Heap::Copy(SessionId session, Ref ref,
                                                    uint32_t max_depth,
                                                    uint32_t max_objects) {
  Session* holder = nullptr;
  HEAPD_RETURN_IF_ERROR(core_->FindSession(session, &holder));
  Index from = 0;
  HEAPD_RETURN_IF_ERROR(core_->ResolveAndShade(ref, &from));
  if (max_objects == 0 || max_objects > kMaxCopyObjects) {
    return InvalidField("max_object_count", "must be from 1 to 65,536");
  }
  // An interned string is its own copy: equal content is one object.
  if (core_->IsInternedString(from)) {
    HEAPD_RETURN_IF_ERROR(Hold(session, ref));
    return std::make_pair(ref, uint32_t{0});
  }
  if (!holder->Reserve()) return core_->account.Exhausted();
  GraphCopier copier(core_.get(), max_depth, max_objects);
  HEAPD_RETURN_IF_ERROR(copier.Copy(from));
  holder->HoldNew(copier.first());
  // With a depth, weak refs can be all that leads to a copy.
  if (copier.count() > 1) core_->may_have_garbage = true;
  return std::make_pair(core_->parts.table.RefOf(copier.first()),
                        copier.count());
}

}  // namespace heapd
