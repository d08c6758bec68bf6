#include "heap/gc/mark_checker.h"

#include <vector>

#include "heap/gc/corruption.h"

namespace heapd {

absl::Status CheckMarks(const HeapParts& parts) {
  std::vector<bool> seen(parts.table.end());
  std::vector<Index> queue;
  const auto reach = [&](Index object) {
    if (seen[object]) return;
    seen[object] = true;
    queue.push_back(object);
  };
  for (const auto& [name, object] : parts.roots.map()) reach(object);
  for (const auto& [id, session] : parts.sessions.map()) {
    session->ForEachHold(reach);
  }
  while (!queue.empty()) {
    const Index object = queue.back();
    queue.pop_back();
    if (parts.IsDead(object)) {
      return Corruption("inv.mark", "a reachable object that was not marked",
                        object);
    }
    for (const Slot slot : parts.table.entry(object).slot_span()) {
      if (slot.is_strong()) reach(slot.index());
    }
  }
  return absl::OkStatus();
}

}  // namespace heapd
