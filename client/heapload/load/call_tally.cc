#include "client/heapload/load/call_tally.h"

namespace heapd::heapload {

void CallTally::AddTo(CallCounts& counts,
                      const std::vector<std::string>& names) const {
  counts.intended += intended_.get();
  counts.ok += ok_.get();
  counts.unsent += unsent_.get();
  counts.refused_with_retry += refused_with_retry_.get();
  counts.refused_without_retry += refused_without_retry_.get();
  counts.retries += retries_.get();
  counts.operations += operations_.get();
  for (size_t i = 0; i < names.size(); ++i) {
    const uint64_t count = errors_[i].get();
    if (count > 0) counts.errors[names[i]] += count;
  }
}

}  // namespace heapd::heapload
