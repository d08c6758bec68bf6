#include "client/heapd/scope.h"

#include "client/heapd/status_macros.h"

namespace heapd::client {

absl::StatusOr<Scope> Scope::Open(RemoteHeap heap) {
  HEAPD_CLIENT_RETURN_IF_ERROR(heap.PushScope().status());
  return Scope(std::move(heap));
}

Scope::~Scope() { Close().IgnoreError(); }

Scope::Scope(Scope&& other) noexcept
    : heap_(std::exchange(other.heap_, std::nullopt)) {}

Scope& Scope::operator=(Scope&& other) noexcept {
  if (this != &other) {
    Close().IgnoreError();
    heap_ = std::exchange(other.heap_, std::nullopt);
  }
  return *this;
}

absl::Status Scope::Close(Ref carry) {
  if (!heap_.has_value()) return absl::OkStatus();
  const RemoteHeap heap = *std::exchange(heap_, std::nullopt);
  return heap.PopScope(carry).status();
}

}  // namespace heapd::client
