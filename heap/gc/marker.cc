#include "heap/gc/marker.h"

#include <cstdint>
#include <utility>
#include <vector>

#include "heap/base/check.h"

namespace heapd {

Marker::Marker(HeapParts* parts, TaskRunner runner,
               std::function<void()> on_idle)
    : parts_(parts),
      is_empty_(parts->table.live_count() == 0),
      worklist_(parts->table.end()),
      task_(
          std::move(runner), [this] { return MarkBeside(); },
          std::move(on_idle)) {
  parts->marks.Reset(parts->table.end());
  loop_.emplace(&parts->table, parts->marks.cursor(), worklist_.cursor(),
                &weak_objects_, &large_blocks_);
}

bool Marker::MarkBeside() {
  if (!Mark(kTaskBudget)) return false;
  // The mutators' thread would wait for it at the end: 4 ms for the 40 MB of
  // ten million objects that were on the stack at once.
  worklist_.GiveBack();
  return true;
}

void Marker::ReachRoots() {
  MarkingLoop loop(*loop_);
  for (const auto& [name, object] : parts_->roots.map()) loop.Reach(object);
  loop_.emplace(loop);
}

bool Marker::ReachShaded() {
  MarkingLoop loop(*loop_);
  size_t taken = 0;
  for (; taken < kTaskShaded; ++taken) {
    shaded_ = parts_->barrier.Take(std::move(shaded_));
    if (shaded_.empty()) break;
    for (const Index index : shaded_) loop.Reach(index);
  }
  loop_.emplace(loop);
  return taken > 0;
}

bool Marker::Mark(size_t budget) {
  if (is_empty_) return true;
  const bool reached = ReachShaded();
  MarkingLoop loop(*loop_);
  const bool done = loop.Drain(budget);
  loop_.emplace(loop);
  return done && !reached;
}

}  // namespace heapd
