#include <algorithm>
#include <vector>

#include "heap/base/check.h"
#include "heap/base/status_macros.h"
#include "heap/heap.h"
#include "heap/heap_core.h"

namespace heapd {
namespace {

// Breadth-first search from everything that is held. Takes 8 bytes for each
// index of the heap while it runs.
class PathFinder {
 public:
  explicit PathFinder(const HeapParts& parts)
      : parts_(parts), parent_(parts.table.end(), 0) {}

  // The objects from a held one to `target`; empty when there is no path.
  std::vector<Index> Find(Index target) {
    for (const auto& [name, object] : parts_.roots.map()) Reach(object, object);
    for (const auto& [id, session] : parts_.sessions.map()) {
      session->ForEachHold([this](Index object) { Reach(object, object); });
    }
    for (size_t next = 0; next < queue_.size() && parent_[target] == 0;
         ++next) {
      const Index from = queue_[next];
      for (const Slot slot : parts_.table.entry(from).slot_span()) {
        if (slot.is_strong()) Reach(slot.index(), from);
      }
    }
    std::vector<Index> path;
    if (parent_[target] == 0) return path;
    for (Index at = target;; at = parent_[at]) {
      path.push_back(at);
      if (parent_[at] == at) break;
    }
    std::reverse(path.begin(), path.end());
    return path;
  }

 private:
  // What is held is its own parent.
  void Reach(Index object, Index from) {
    if (parent_[object] != 0) return;
    parent_[object] = from;
    queue_.push_back(object);
  }

  const HeapParts& parts_;
  std::vector<Index> parent_;
  std::vector<Index> queue_;
};

void NameHolder(const HeapParts& parts, Index held,
                Heap::Explanation* explanation) {
  for (const auto& [name, object] : parts.roots.map()) {
    if (object != held) continue;
    explanation->by_root = true;
    explanation->root = name;
    return;
  }
  for (const auto& [id, session] : parts.sessions.map()) {
    bool holds = false;
    session->ForEachHold([&](Index object) { holds |= object == held; });
    if (!holds) continue;
    explanation->session = id;
    return;
  }
  HEAPD_CHECK(false);  // a path starts at something that is held
}

}  // namespace

absl::StatusOr<Heap::Explanation> Heap::Explain(Ref ref) const {
  Index target = 0;
  HEAPD_RETURN_IF_ERROR(core_->Resolve(ref, &target));
  const HeapParts& parts = core_->parts;
  const std::vector<Index> path = PathFinder(parts).Find(target);
  if (path.empty()) {
    return MakeError(absl::StatusCode::kNotFound, reason::kUnreachable,
                     "nothing holds the object: the next collection frees it");
  }
  Explanation explanation;
  NameHolder(parts, path.front(), &explanation);
  for (size_t i = 0; i < path.size(); ++i) {
    Explanation::Step step;
    step.ref = parts.table.RefOf(path[i]);
    step.type = core_->TypeOf(path[i]);
    step.has_slot = i + 1 < path.size();
    if (step.has_slot) {
      const absl::Span<const Slot> slots =
          parts.table.entry(path[i]).slot_span();
      const auto link =
          std::find(slots.begin(), slots.end(), Slot::Strong(path[i + 1]));
      step.slot = static_cast<uint32_t>(link - slots.begin());
    }
    explanation.steps.push_back(step);
  }
  return explanation;
}

}  // namespace heapd
