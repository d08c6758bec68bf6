#include "client/heapd/lease_renewer.h"

#include <algorithm>
#include <utility>

#include "absl/time/clock.h"
#include "client/heapd/heap_metadata.h"
#include "client/heapd/status.h"

namespace heapd::client {
namespace {

constexpr size_t kMaxInFlight = 256;
constexpr absl::Duration kMaxCallTime = absl::Seconds(10);

}  // namespace

// One call on its way.
struct LeaseRenewer::Renewal {
  std::shared_ptr<Lease> lease;
  bool removed = false;  // guarded by mu_
  grpc::ClientContext context;
  v1::RenewSessionResponse response;
  grpc::Status status;
  std::unique_ptr<grpc::ClientAsyncResponseReader<v1::RenewSessionResponse>>
      reader;
};

LeaseRenewer::LeaseRenewer(std::shared_ptr<grpc::Channel> channel,
                           Prepare prepare)
    : stub_(v1::ObjectService::NewStub(std::move(channel))),
      prepare_(std::move(prepare)) {}

LeaseRenewer::~LeaseRenewer() {
  std::thread thread;
  {
    absl::MutexLock lock(&mu_);
    stopping_ = true;
    schedule_.clear();
    scheduled_.clear();
    for (auto& [lease, renewal] : in_flight_) renewal->context.TryCancel();
    // Under the lock, like everything that starts an operation on the queue:
    // none may start after this.
    queue_.Shutdown();
    thread = std::move(thread_);
  }
  if (thread.joinable()) thread.join();
}

void LeaseRenewer::Add(std::shared_ptr<Lease> lease) {
  absl::MutexLock lock(&mu_);
  const absl::Time due = absl::Now() + lease->time_to_live() / 3;
  ScheduleAt(std::move(lease), due);
  if (!thread_.joinable()) {
    thread_ = std::thread([this] { Run(); });
  } else if (schedule_.begin()->first == due) {
    Wake();
  }
}

void LeaseRenewer::Remove(const std::shared_ptr<Lease>& lease) {
  absl::MutexLock lock(&mu_);
  if (const auto found = scheduled_.find(lease.get());
      found != scheduled_.end()) {
    schedule_.erase(found->second);
    scheduled_.erase(found);
  }
  if (const auto found = in_flight_.find(lease.get());
      found != in_flight_.end()) {
    found->second->removed = true;
  }
}

size_t LeaseRenewer::LeaseCountForTesting() const {
  absl::MutexLock lock(&mu_);
  return schedule_.size() + in_flight_.size();
}

void LeaseRenewer::Run() {
  while (true) {
    const absl::Time next = SendDue();
    void* tag = nullptr;
    bool delivered = false;
    switch (queue_.AsyncNext(&tag, &delivered, absl::ToChronoTime(next))) {
      case grpc::CompletionQueue::SHUTDOWN:
        return;
      case grpc::CompletionQueue::TIMEOUT:
        break;
      case grpc::CompletionQueue::GOT_EVENT:
        if (tag == nullptr) {
          absl::MutexLock lock(&mu_);
          wake_pending_ = false;
        } else {
          Finish(*static_cast<Renewal*>(tag));
        }
        break;
    }
  }
}

absl::Time LeaseRenewer::SendDue() {
  absl::MutexLock lock(&mu_);
  const absl::Time now = absl::Now();
  while (!stopping_ && !schedule_.empty() && schedule_.begin()->first <= now) {
    // The end of a call makes room and comes back here.
    if (in_flight_.size() >= kMaxInFlight) return absl::InfiniteFuture();
    std::shared_ptr<Lease> lease = std::move(schedule_.begin()->second);
    schedule_.erase(schedule_.begin());
    scheduled_.erase(lease.get());
    Send(std::move(lease));
  }
  return schedule_.empty() ? absl::InfiniteFuture() : schedule_.begin()->first;
}

void LeaseRenewer::Send(std::shared_ptr<Lease> lease) {
  auto renewal = std::make_unique<Renewal>();
  renewal->lease = std::move(lease);
  const Lease& renewed = *renewal->lease;
  prepare_(renewal->context,
           absl::Now() + std::min(kMaxCallTime, renewed.time_to_live() / 3));
  NameHeap(renewed.heap(), renewal->context);
  v1::RenewSessionRequest request;
  request.set_heap(renewed.heap());
  request.set_session(renewed.session().value());
  renewal->reader =
      stub_->AsyncRenewSession(&renewal->context, request, &queue_);
  renewal->reader->Finish(&renewal->response, &renewal->status, renewal.get());
  in_flight_.emplace(&renewed, std::move(renewal));
}

void LeaseRenewer::Finish(Renewal& renewal) {
  absl::MutexLock lock(&mu_);
  const std::shared_ptr<Lease> lease = renewal.lease;
  const absl::Status status = ToAbslStatus(renewal.status);
  const bool removed = renewal.removed;
  in_flight_.erase(lease.get());  // frees `renewal`
  if (stopping_ || removed) return;
  if (absl::IsNotFound(status)) {
    lease->MarkLost(status);
    return;
  }
  const absl::Duration time_to_live = lease->time_to_live();
  ScheduleAt(lease,
             absl::Now() + (status.ok() ? time_to_live / 3 : time_to_live / 6));
}

void LeaseRenewer::ScheduleAt(std::shared_ptr<Lease> lease, absl::Time due) {
  const Lease* const key = lease.get();
  scheduled_[key] = schedule_.emplace(due, std::move(lease));
}

void LeaseRenewer::Wake() {
  if (wake_pending_ || stopping_) return;
  wake_pending_ = true;
  wake_.Set(&queue_, absl::ToChronoTime(absl::UnixEpoch()), nullptr);
}

}  // namespace heapd::client
