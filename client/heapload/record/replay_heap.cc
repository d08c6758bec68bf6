#include "client/heapload/record/replay_heap.h"

namespace heapd::heapload {

using recording::Entry;

void ReplayHeap::Add(std::unique_ptr<Entry> entry) {
  open_.insert(entry->number());
  const std::pair key(entry->start_nanos(), entry->number());
  waiting_.emplace(key, std::move(entry));
}

const Entry* ReplayHeap::front() const {
  return waiting_.empty() ? nullptr : waiting_.begin()->second.get();
}

bool ReplayHeap::FrontMayGo() const {
  return !waiting_.empty() &&
         *open_.begin() >= waiting_.begin()->second->known();
}

std::unique_ptr<Entry> ReplayHeap::TakeFront() {
  std::unique_ptr<Entry> entry = std::move(waiting_.begin()->second);
  waiting_.erase(waiting_.begin());
  return entry;
}

void ReplayHeap::SetAside(std::unique_ptr<Entry> entry) {
  aside_.push_back(std::move(entry));
}

}  // namespace heapd::heapload
