#ifndef HEAPD_CLIENT_HEAPLOAD_RECORD_REPLAY_SETUP_H_
#define HEAPD_CLIENT_HEAPLOAD_RECORD_REPLAY_SETUP_H_

#include <cstdint>
#include <memory>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "client/heapd/client.h"
#include "client/heapload/record/call_translator.h"
#include "client/heapload/record/recording.pb.h"
#include "heapd/v1/object_service.grpc.pb.h"

namespace heapd::heapload {

// What a replay does beside the recorded calls: what was there before the
// recording, and what clients learned by reading. Blocks until it is answered.
// Single-threaded; errors of the daemon.
class ReplaySetup {
 public:
  ReplaySetup(client::Client* client,
              std::unique_ptr<v1::ObjectService::Stub> stub)
      : client_(*client), stub_(std::move(stub)) {}

  // Makes a heap that no recorded call makes, with its types.
  absl::Status MakeHeap(const recording::HeapFound& like,
                        const ReplayLimits& limits, ReplayIds* ids);
  // Opens a session in place of one that was open before the recording.
  absl::Status OpenSession(uint64_t recorded, ReplayIds* ids);
  // Reads what a client read, for the refs that it learned. A ref that cannot
  // be read stays unknown.
  void SeeRefs(const recording::RefsSeen& seen, ReplayIds* ids);

  // The time to live to ask for, for sessions of any heap: the longest one, or
  // zero for the daemon's default, if it refuses that. Asks with the first.
  absl::StatusOr<absl::Duration> TimeToLive(const ReplayIds& ids);
  // After how long sessions are to be renewed. Infinite before TimeToLive().
  absl::Duration renewal_interval() const { return renewal_interval_; }

 private:
  absl::StatusOr<v1::OpenSessionResponse> Open(const ReplayIds& ids,
                                               absl::Duration time_to_live);

  client::Client& client_;
  const std::unique_ptr<v1::ObjectService::Stub> stub_;
  bool asked_ = false;
  absl::Duration time_to_live_;
  absl::Duration renewal_interval_ = absl::InfiniteDuration();
};

}  // namespace heapd::heapload

#endif  // HEAPD_CLIENT_HEAPLOAD_RECORD_REPLAY_SETUP_H_
