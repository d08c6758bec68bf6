#include "client/heapload/load/target_heap.h"

#include <utility>

#include "client/heapd/status.h"

namespace heapd::heapload {

absl::StatusOr<TargetHeap> TargetHeap::Open(client::Client& client,
                                            std::string heap,
                                            std::optional<uint64_t> limit_bytes,
                                            bool keep) {
  const auto found = client.GetHeap(heap);
  if (found.ok()) return TargetHeap(client, std::move(heap), false, keep);
  if (client::ErrorReason(found.status()) != "HEAP_NOT_FOUND") {
    return found.status();
  }
  const auto created = client.CreateHeap(heap, {.limit_bytes = limit_bytes});
  if (!created.ok()) return created.status();
  return TargetHeap(client, std::move(heap), true, keep);
}

TargetHeap::TargetHeap(client::Client& client, std::string heap, bool created,
                       bool keep)
    : client_(&client),
      heap_(std::move(heap)),
      created_(created),
      remove_(created && !keep) {}

TargetHeap::TargetHeap(TargetHeap&& other) noexcept
    : client_(other.client_),
      heap_(other.heap_),
      created_(other.created_),
      remove_(std::exchange(other.remove_, false)) {}

// Who wants to know whether it worked has called Remove().
TargetHeap::~TargetHeap() { Remove().IgnoreError(); }

absl::Status TargetHeap::Remove() {
  if (!std::exchange(remove_, false)) return absl::OkStatus();
  return client_->DeleteHeap(heap_);
}

}  // namespace heapd::heapload
