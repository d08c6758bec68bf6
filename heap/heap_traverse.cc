#include <utility>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "heap/base/limits.h"
#include "heap/base/status_macros.h"
#include "heap/heap.h"
#include "heap/heap_core.h"

namespace heapd {
namespace {

// What a row of TraverseResponse takes beside slots and payload, in bytes.
constexpr uint64_t kRowBytes = 20;

uint64_t EncodedBytes(const ObjectInfo& info, bool with_payload) {
  return kRowBytes + info.slot_count * sizeof(uint64_t) +
         (with_payload ? info.payload_size : 0);
}

}  // namespace

absl::StatusOr<bool> Heap::Traverse(
    absl::Span<const Ref> starts, const TraverseOptions& options,
    absl::FunctionRef<void(const TraversedObject&)> visit) const {
  if (starts.empty() || starts.size() > kMaxTraverseStarts) {
    return InvalidField("refs", "must be 1 to 1,024, names of roots included");
  }
  if (options.max_objects > kMaxTraverseObjects) {
    return InvalidField("max_object_count", "at most 100,000");
  }
  absl::flat_hash_set<Index> seen;
  std::vector<std::pair<Index, uint32_t>> queue;  // object, depth
  const auto enqueue = [&](Index index, uint32_t depth) {
    // Beyond the most that will be visited nothing need be remembered.
    if (queue.size() > options.max_objects) return;
    if (seen.insert(index).second) queue.emplace_back(index, depth);
  };
  for (const Ref start : starts) {
    Index index = 0;
    HEAPD_RETURN_IF_ERROR(core_->Resolve(start, &index));
    enqueue(index, 0);
  }
  uint64_t bytes = 0;
  std::vector<Value> values;
  for (size_t next = 0; next < queue.size(); ++next) {
    const auto [index, depth] = queue[next];
    TraversedObject object;
    object.info = core_->Describe(index);
    bytes += EncodedBytes(object.info, options.include_payloads);
    if (next >= options.max_objects || bytes > options.max_bytes) return true;
    values.clear();
    for (const Slot slot : core_->entry(index).slot_span()) {
      values.push_back(core_->ToValue(slot));
      if (depth >= options.max_depth || !slot.is_ref()) continue;
      if (slot.is_strong() || options.follow_weak_refs) {
        enqueue(slot.index(), depth + 1);
      }
    }
    object.ref = core_->parts.table.RefOf(index);
    object.depth = depth;
    object.values = values;
    if (options.include_payloads) object.payload = core_->Payload(index);
    visit(object);
  }
  return false;
}

}  // namespace heapd
