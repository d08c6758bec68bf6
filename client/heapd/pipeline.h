#ifndef HEAPD_CLIENT_HEAPD_PIPELINE_H_
#define HEAPD_CLIENT_HEAPD_PIPELINE_H_

#include <cstddef>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "client/heapd/batch_builder.h"
#include "client/heapd/batch_reader.h"
#include "client/heapd/connection.h"
#include "client/heapd/ids.h"
#include "heapd/v1/object_service.grpc.pb.h"

namespace heapd::client {

// How a pipeline runs.
struct PipelineOptions {
  // Batches sent and not yet received; at least 1. Bounds the memory on both
  // sides.
  size_t max_outstanding = 8;
  // How long a call may wait for the daemon to take or to answer a batch. After
  // that the stream is cancelled.
  absl::Duration progress_timeout = absl::Seconds(30);
};

// Batches over one stream: several are on their way at a time, and are applied
// and answered in the order of Send().
//
//   while (MoreWork()) {
//     if (!pipeline->HasRoom()) Use(pipeline->Receive());
//     pipeline->Send(NextBatch());
//   }
//   while (pipeline->outstanding() > 0) Use(pipeline->Receive());
//   absl::Status end = pipeline->Finish();
//
// A batch that fails changes nothing and does not end the stream: Receive()
// returns its error, and later batches are applied all the same. When the
// stream itself breaks, every further call returns why; batches not received
// may have been applied or not. Nothing is retried.
//
// Thread-safe to the extent that one thread may send while another receives.
// Destroying it cancels what is on its way.
class Pipeline {
 public:
  // For RemoteHeap::OpenPipeline().
  Pipeline(std::shared_ptr<Connection> connection,
           std::shared_ptr<v1::ObjectService::Stub> stub, std::string heap,
           SessionId session, const PipelineOptions& options);
  ~Pipeline();
  Pipeline(const Pipeline&) = delete;
  Pipeline& operator=(const Pipeline&) = delete;

  // Batches sent and not yet received.
  size_t outstanding() const;
  // Whether another batch may be sent before one is received.
  bool HasRoom() const;
  // Blocks until there is room, for a sender whose receiver is another thread.
  absl::Status WaitForRoom();

  // Sends a batch; blocks while the daemon is slower than the sender.
  // FAILED_PRECONDITION without room, or after Finish().
  absl::Status Send(BatchBuilder&& batch);

  // The answer to the oldest batch that was sent and not received; blocks until
  // it is there. FAILED_PRECONDITION if there is none.
  absl::StatusOr<BatchReader> Receive();

  // Says that no more batches follow, drops answers not received, and returns
  // how the stream ended.
  absl::Status Finish();

 private:
  class Stream;
  std::unique_ptr<Stream> stream_;
};

}  // namespace heapd::client

#endif  // HEAPD_CLIENT_HEAPD_PIPELINE_H_
