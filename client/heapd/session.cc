#include "client/heapd/session.h"

#include <utility>

#include "absl/time/clock.h"
#include "client/heapd/heap_metadata.h"
#include "client/heapd/lease_renewer.h"

namespace heapd::client {
namespace {

constexpr absl::Duration kQuietCloseTimeout = absl::Seconds(2);

v1::CloseSessionRequest CloseRequest(const Lease& lease) {
  v1::CloseSessionRequest request;
  request.set_heap(lease.heap());
  request.set_session(lease.session().value());
  return request;
}

}  // namespace

Session::Session(RemoteHeap heap, std::shared_ptr<Lease> lease)
    : RemoteHeap(std::move(heap)), lease_(std::move(lease)) {
  connection()->leases().Add(lease_);
}

Session::~Session() { CloseQuietly(); }

Session::Session(Session&& other) noexcept
    : RemoteHeap(other), lease_(std::exchange(other.lease_, nullptr)) {}

Session& Session::operator=(Session&& other) noexcept {
  if (this != &other) {
    CloseQuietly();
    RemoteHeap::operator=(other);
    lease_ = std::exchange(other.lease_, nullptr);
  }
  return *this;
}

absl::Duration Session::time_to_live() const {
  return open() ? lease_->time_to_live() : absl::ZeroDuration();
}

absl::Status Session::lease_status() const {
  if (!open()) return absl::FailedPreconditionError("the session is closed");
  return lease_->status();
}

absl::StatusOr<Scope> Session::OpenScope() const { return Scope::Open(*this); }

absl::Status Session::Close() {
  if (!open()) return absl::OkStatus();
  const std::shared_ptr<Lease> lease = std::exchange(lease_, nullptr);
  connection()->leases().Remove(lease);
  return connection()
      ->Call(stub(), &v1::ObjectService::Stub::CloseSession,
             CloseRequest(*lease), Repeat::kSafe)
      .status();
}

SessionId Session::Detach() {
  if (open()) connection()->leases().Remove(std::exchange(lease_, nullptr));
  return session();
}

void Session::CloseQuietly() {
  if (!open()) return;
  const std::shared_ptr<Lease> lease = std::exchange(lease_, nullptr);
  connection()->leases().Remove(lease);
  grpc::ClientContext context;
  connection()->Prepare(context, absl::Now() + kQuietCloseTimeout);
  NameHeap(lease->heap(), context);
  v1::CloseSessionResponse response;
  // Whatever comes of it: without renewals the lease runs out.
  stub().CloseSession(&context, CloseRequest(*lease), &response);
}

}  // namespace heapd::client
