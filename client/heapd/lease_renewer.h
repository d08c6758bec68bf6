#ifndef HEAPD_CLIENT_HEAPD_LEASE_RENEWER_H_
#define HEAPD_CLIENT_HEAPD_LEASE_RENEWER_H_

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "client/heapd/lease.h"
#include "grpcpp/alarm.h"
#include "grpcpp/channel.h"
#include "grpcpp/client_context.h"
#include "grpcpp/completion_queue.h"
#include "heapd/v1/object_service.grpc.pb.h"

namespace heapd::client {

// Renews the leases of a Client's sessions, each every third of its time to
// live. One thread sends the renewals and takes their answers, many at a time,
// so that one slow answer does not cost the other sessions their leases. The
// thread starts with the first lease and ends with the object.
//
// A renewal that fails is sent again after a sixth of the time to live; one
// that is told NOT_FOUND marks the lease as lost and is the last.
//
// Thread-safe.
class LeaseRenewer {
 public:
  // `prepare` sets a call's deadline and token; called on the renewer's thread.
  using Prepare =
      std::function<void(grpc::ClientContext& context, absl::Time deadline)>;

  LeaseRenewer(std::shared_ptr<grpc::Channel> channel, Prepare prepare);
  ~LeaseRenewer();
  LeaseRenewer(const LeaseRenewer&) = delete;
  LeaseRenewer& operator=(const LeaseRenewer&) = delete;

  void Add(std::shared_ptr<Lease> lease) ABSL_LOCKS_EXCLUDED(mu_);
  // A renewal on its way may still arrive.
  void Remove(const std::shared_ptr<Lease>& lease) ABSL_LOCKS_EXCLUDED(mu_);

  size_t LeaseCountForTesting() const ABSL_LOCKS_EXCLUDED(mu_);

 private:
  struct Renewal;
  // Due time -> lease. A lease is here or on its way (in_flight_), never both.
  using Schedule = std::multimap<absl::Time, std::shared_ptr<Lease>>;

  void Run();
  // Sends what is due and returns when the next is.
  absl::Time SendDue() ABSL_LOCKS_EXCLUDED(mu_);
  void Send(std::shared_ptr<Lease> lease) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void Finish(Renewal& renewal) ABSL_LOCKS_EXCLUDED(mu_);
  void ScheduleAt(std::shared_ptr<Lease> lease, absl::Time due)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  // Makes the thread look at the schedule again.
  void Wake() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  const std::unique_ptr<v1::ObjectService::Stub> stub_;
  const Prepare prepare_;
  grpc::CompletionQueue queue_;

  mutable absl::Mutex mu_;
  Schedule schedule_ ABSL_GUARDED_BY(mu_);
  absl::flat_hash_map<const Lease*, Schedule::iterator> scheduled_
      ABSL_GUARDED_BY(mu_);
  absl::flat_hash_map<const Lease*, std::unique_ptr<Renewal>> in_flight_
      ABSL_GUARDED_BY(mu_);
  bool stopping_ ABSL_GUARDED_BY(mu_) = false;
  grpc::Alarm wake_ ABSL_GUARDED_BY(mu_);
  bool wake_pending_ ABSL_GUARDED_BY(mu_) = false;
  std::thread thread_ ABSL_GUARDED_BY(mu_);
};

}  // namespace heapd::client

#endif  // HEAPD_CLIENT_HEAPD_LEASE_RENEWER_H_
