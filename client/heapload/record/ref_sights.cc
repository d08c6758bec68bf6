#include "client/heapload/record/ref_sights.h"

#include "client/heapd/value.h"

namespace heapd::heapload {

uint64_t RefOfWord(uint64_t word) {
  // Local refs, which only requests have, are none.
  const auto value = client::Value::FromWord(word);
  return value.ok() ? value->ref().id() : 0;
}

uint64_t RefOfValue(const v1::Value& value) {
  return client::Value::FromProto(value).ref().id();
}

void RefSights::Watch(const std::string& heap) { heaps_.try_emplace(heap); }

bool RefSights::IsWatched(const std::string& heap) const {
  return heaps_.contains(heap);
}

void RefSights::HeapDeleted(const std::string& heap) { heaps_.erase(heap); }

void RefSights::Made(const std::string& heap, uint64_t ref) {
  if (ref != 0) Note(heap, ref);
}

void RefSights::SeenInSlot(uint64_t owner, uint32_t slot, uint64_t value,
                           recording::RefsSeen* seen) {
  const uint64_t ref = RefOfWord(value);
  if (ref == 0 || !Note(seen->heap(), ref)) return;
  recording::RefsSeen::Sight* sight = seen->add_sights();
  sight->set_owner(owner);
  sight->set_slot(slot);
  sight->set_ref(ref);
}

void RefSights::SeenInSlot(uint64_t owner, uint32_t slot,
                           const v1::Value& value, recording::RefsSeen* seen) {
  SeenInSlot(owner, slot, client::Value::FromProto(value).word(), seen);
}

void RefSights::SeenAtRoot(const std::string& name, uint64_t ref,
                           recording::RefsSeen* seen) {
  if (ref == 0 || !Note(seen->heap(), ref)) return;
  recording::RefsSeen::Sight* sight = seen->add_sights();
  sight->set_root(name);
  sight->set_ref(ref);
}

bool RefSights::Note(const std::string& heap, uint64_t ref) {
  const auto found = heaps_.find(heap);
  if (found == heaps_.end()) return false;
  const auto incarnation = static_cast<uint32_t>(ref >> 32);
  const auto [entry, added] =
      found->second.try_emplace(static_cast<uint32_t>(ref), incarnation);
  if (!added && entry->second == incarnation) return false;
  entry->second = incarnation;
  return true;
}

}  // namespace heapd::heapload
