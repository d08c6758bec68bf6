#ifndef HEAPD_CLIENT_HEAPLOAD_LOAD_COLLECTION_WATCH_H_
#define HEAPD_CLIENT_HEAPLOAD_LOAD_COLLECTION_WATCH_H_

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>

#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "client/heapd/credentials.h"
#include "client/heapload/load/clock.h"
#include "client/heapload/run_report.h"
#include "heapd/v1/collector_service.grpc.pb.h"

namespace heapd::heapload {

// Receives every collection of the heap as it ends, on a connection and a
// thread of its own. A stream that breaks is opened again; collections between
// are seen by the gap in their numbers and count as missed.
// Thread-safe.
class CollectionWatch {
 public:
  // What was received.
  struct Result {
    std::vector<CollectionMark> collections;
    uint64_t missed = 0;
    // Whether a stream was open when it was stopped.
    bool watched = false;
  };

  // Starts. INVALID_ARGUMENT for an address that is none. `clock` outlives it.
  static absl::StatusOr<std::unique_ptr<CollectionWatch>> Start(
      const std::string& address, const client::Credentials& credentials,
      std::string heap, const RunClock& clock);
  ~CollectionWatch();
  CollectionWatch(const CollectionWatch&) = delete;
  CollectionWatch& operator=(const CollectionWatch&) = delete;

  // Ends, and gives everything that ended after the run started.
  Result Stop() ABSL_LOCKS_EXCLUDED(mu_);

 private:
  CollectionWatch(std::shared_ptr<grpc::Channel> channel, std::string heap,
                  const RunClock& clock);

  void Run() ABSL_LOCKS_EXCLUDED(mu_);
  // One stream, until it breaks or Stop().
  void Watch() ABSL_LOCKS_EXCLUDED(mu_);
  void Add(const v1::Collection& collection) ABSL_LOCKS_EXCLUDED(mu_);
  void EndThread() ABSL_LOCKS_EXCLUDED(mu_);

  const std::shared_ptr<grpc::Channel> channel_;
  const std::unique_ptr<v1::CollectorService::Stub> stub_;
  const std::string heap_;
  const RunClock& clock_;
  uint64_t last_sequence_ = 0;  // of the thread; 0 before the first

  absl::Mutex mu_;
  Result result_ ABSL_GUARDED_BY(mu_);
  // Of the stream that is open.
  grpc::ClientContext* context_ ABSL_GUARDED_BY(mu_) = nullptr;
  bool stopping_ ABSL_GUARDED_BY(mu_) = false;
  std::thread thread_;
};

}  // namespace heapd::heapload

#endif  // HEAPD_CLIENT_HEAPLOAD_LOAD_COLLECTION_WATCH_H_
