#ifndef HEAPD_TESTS_CLIENT_HEAPD_FAKE_DAEMON_H_
#define HEAPD_TESTS_CLIENT_HEAPD_FAKE_DAEMON_H_

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "grpcpp/server.h"
#include "heapd/v1/heap_service.grpc.pb.h"
#include "heapd/v1/object_service.grpc.pb.h"
#include "heapd/v1/snapshot_service.grpc.pb.h"

namespace heapd::client {

// A gRPC server on loopback that has no heap: it writes down what it is called
// with and answers what the test has prepared. For what the client does by
// itself: retries, leases, streams. Thread-safe.
class FakeDaemon {
 public:
  FakeDaemon();
  ~FakeDaemon();
  FakeDaemon(const FakeDaemon&) = delete;
  FakeDaemon& operator=(const FakeDaemon&) = delete;

  // "127.0.0.1:PORT"
  const std::string& address() const { return address_; }

  // The next calls of any method fail with these, in this order.
  void FailNext(absl::Status status);
  // Time to live of sessions opened from now on.
  void SetTimeToLive(absl::Duration time_to_live);
  // Renewals answer this from now on.
  void SetRenewStatus(absl::Status status);
  // The file that DownloadSnapshot sends, in pieces, and after how many pieces
  // each of the next streams is cut with UNAVAILABLE.
  void SetFile(std::string file, size_t piece_bytes,
               std::deque<size_t> cuts = {});

  // "Method request_id" of every call so far, in order.
  std::vector<std::string> calls() const;
  // How many calls of this method there were.
  size_t CallCount(std::string_view method) const;
  // Waits for that many; false if they do not come in time.
  bool WaitForCalls(std::string_view method, size_t count) const;
  // "authorization" of the last call.
  std::string authorization() const;
  // "heapd-heap" of the last call of this method.
  std::string heap_metadata(std::string_view method) const;

 private:
  class Heaps;
  class Objects;
  class Snapshots;

  // Writes the call down; returns what it shall fail with, if anything.
  grpc::Status Begin(const grpc::ServerContext& context,
                     std::string_view method, const std::string& request_id);
  size_t CountLocked(std::string_view method) const
      ABSL_SHARED_LOCKS_REQUIRED(mu_);

  mutable absl::Mutex mu_;
  std::deque<absl::Status> failures_ ABSL_GUARDED_BY(mu_);
  std::vector<std::string> calls_ ABSL_GUARDED_BY(mu_);
  std::string authorization_ ABSL_GUARDED_BY(mu_);
  std::map<std::string, std::string, std::less<>> heap_metadata_
      ABSL_GUARDED_BY(mu_);
  absl::Duration time_to_live_ ABSL_GUARDED_BY(mu_) = absl::Seconds(60);
  absl::Status renew_status_ ABSL_GUARDED_BY(mu_);
  std::string file_ ABSL_GUARDED_BY(mu_);
  size_t piece_bytes_ ABSL_GUARDED_BY(mu_) = 1;
  std::deque<size_t> cuts_ ABSL_GUARDED_BY(mu_);

  const std::unique_ptr<Heaps> heaps_;
  const std::unique_ptr<Objects> objects_;
  const std::unique_ptr<Snapshots> snapshots_;
  std::unique_ptr<grpc::Server> server_;
  std::string address_;
};

}  // namespace heapd::client

#endif  // HEAPD_TESTS_CLIENT_HEAPD_FAKE_DAEMON_H_
