#include "client/heapload/record/ref_map.h"

namespace heapd::heapload {

RefMap::Found RefMap::Find(uint64_t recorded) const {
  if (recorded == 0) return {State::kKnown, 0};
  const auto found = refs_.find(static_cast<uint32_t>(recorded));
  if (found == refs_.end() ||
      found->second.incarnation != static_cast<uint32_t>(recorded >> 32)) {
    return {};
  }
  const uint64_t ref = found->second.replayed;
  return {ref == 0 ? State::kLost : State::kKnown, ref};
}

void RefMap::Learn(uint64_t recorded, uint64_t replayed) {
  if (recorded == 0) return;
  const auto incarnation = static_cast<uint32_t>(recorded >> 32);
  Entry& entry = refs_[static_cast<uint32_t>(recorded)];
  // What was learned stays: a retry that was answered from memory, or failed,
  // tells nothing new.
  if (entry.replayed != 0 && entry.incarnation == incarnation) return;
  entry = {incarnation, replayed};
}

}  // namespace heapd::heapload
