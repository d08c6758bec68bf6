#include "server/metrics/heap_ledger.h"

#include <algorithm>
#include <utility>

namespace heapd::server {

std::vector<HeapLedger::Entry> HeapLedger::Update(
    const std::vector<std::shared_ptr<HostedHeap>>& heaps) {
  std::vector<Entry> entries;
  for (const std::shared_ptr<HostedHeap>& hosted : heaps) {
    const Note& note = notes_[hosted->instance()];
    entries.push_back({hosted, note.is_shown, TotalsOf(*hosted), note.visit});
  }
  ShowMore(&entries);
  // Those that there are now, and no others.
  absl::flat_hash_map<std::string, Note> notes;
  for (const Entry& entry : entries) {
    const std::string& instance = entry.hosted->instance();
    if (!entry.is_shown) {
      other_totals_.AddDifference(entry.totals, notes_[instance].totals);
    }
    notes[instance] = {entry.is_shown, entry.totals, entry.visit};
  }
  notes_ = std::move(notes);
  return entries;
}

void HeapLedger::ShowMore(std::vector<Entry>* entries) const {
  // The largest first; of equal ones, by name.
  std::vector<std::pair<uint64_t, Entry*>> others;
  size_t shown = 0;
  for (Entry& entry : *entries) {
    if (entry.is_shown) {
      ++shown;
    } else {
      others.emplace_back(entry.hosted->figures().used_bytes, &entry);
    }
  }
  const size_t more =
      std::min(others.size(), max_shown_ > shown ? max_shown_ - shown : 0);
  std::partial_sort(
      others.begin(), others.begin() + static_cast<ptrdiff_t>(more),
      others.end(), [](const auto& left, const auto& right) {
        if (left.first != right.first) return left.first > right.first;
        return left.second->hosted->id() < right.second->hosted->id();
      });
  for (size_t i = 0; i < more; ++i) {
    others[i].second->is_shown = true;
    others[i].second->visit = std::make_shared<HeapVisit>();
  }
}

}  // namespace heapd::server
