#ifndef HEAPD_CLIENT_HEAPD_SCOPE_H_
#define HEAPD_CLIENT_HEAPD_SCOPE_H_

#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "client/heapd/ref.h"
#include "client/heapd/remote_heap.h"

namespace heapd::client {

// A scope on a session's stack: what the session allocates while it is the
// innermost one is held by it, and let go at once when it closes.
//
//   absl::StatusOr<Scope> scope = session.OpenScope();
//   ... many allocations ...
//   scope->Close(result);  // only `result` stays held, by the scope around it
//
// Scopes are a stack: close them in the reverse order of opening, and do not
// open scopes of one session on several threads. The destructor closes a scope
// that is still open and ignores how that went. Must not outlive its session.
//
// Single-threaded. Movable.
class Scope {
 public:
  // For Session::OpenScope(). `heap` must have a session.
  static absl::StatusOr<Scope> Open(RemoteHeap heap);

  ~Scope();
  Scope(Scope&& other) noexcept;
  Scope& operator=(Scope&& other) noexcept;
  Scope(const Scope&) = delete;
  Scope& operator=(const Scope&) = delete;

  // Drops the scope's holds; `carry`, unless null, is then held by the scope
  // around it. The second time it does nothing.
  absl::Status Close(Ref carry = Ref());

 private:
  explicit Scope(RemoteHeap heap) : heap_(std::move(heap)) {}

  std::optional<RemoteHeap> heap_;  // nothing once closed or moved from
};

}  // namespace heapd::client

#endif  // HEAPD_CLIENT_HEAPD_SCOPE_H_
