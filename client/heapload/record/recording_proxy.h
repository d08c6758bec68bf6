#ifndef HEAPD_CLIENT_HEAPLOAD_RECORD_RECORDING_PROXY_H_
#define HEAPD_CLIENT_HEAPLOAD_RECORD_RECORDING_PROXY_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "client/heapd/client.h"
#include "client/heapd/credentials.h"
#include "client/heapload/record/call_recorder.h"
#include "client/heapload/record/relay_core.h"
#include "grpcpp/server.h"

namespace heapd::heapload {

struct RecordingProxyOptions {
  // As ParseListenAddress() takes it.
  std::string listen;
  // Of the daemon's data plane.
  std::string address;
  // For the proxy's own calls. Calls that it passes on go through connections
  // with its TLS, but have the tokens that their callers sent and no other.
  client::Credentials credentials = {};
  std::string file;
  RelayOrder order = RelayOrder::kAsTheyCome;
  CallRecorderOptions recorder = {};
};

// Stands between clients and a daemon: passes on every call of every service
// as it is, bytes, metadata, deadlines, cancellations and errors with their
// details, and records what changes heaps.
//
// Single-threaded; serves on gRPC's threads.
class RecordingProxy {
 public:
  // Notes the heaps that the daemon has, so it must answer: errors of the
  // daemon, of ParseListenAddress() and of CallRecorder::Create(); UNAVAILABLE
  // if the address cannot be listened on. Leaves no file behind then.
  static absl::StatusOr<std::unique_ptr<RecordingProxy>> Start(
      RecordingProxyOptions options);

  // Without Stop(): leaves a recording without an end.
  ~RecordingProxy();
  RecordingProxy(const RecordingProxy&) = delete;
  RecordingProxy& operator=(const RecordingProxy&) = delete;

  // Where clients connect to, with the port filled in.
  const std::string& address() const { return address_; }
  CallRecorder::Progress progress() const { return recorder_->progress(); }

  enum class Counts { kNone, kCollectAndCount };
  // Takes no more calls, cuts those in flight off after `grace`, and ends the
  // recording; with counts of each heap at that time. OK, or why something is
  // missing in the file.
  absl::Status Stop(absl::Duration grace, Counts counts);
  // What Stop() counted.
  const std::vector<recording::HeapCounts>& counts() const { return counts_; }

 private:
  class Service;

  RecordingProxy(RecordingProxyOptions options,
                 std::unique_ptr<client::Client> client);

  absl::Status NoteHeaps();
  absl::Status Listen(const std::string& listen);
  void StopServer(absl::Duration grace);

  const RecordingProxyOptions options_;
  const std::unique_ptr<client::Client> client_;
  std::unique_ptr<CallRecorder> recorder_;
  std::unique_ptr<RelayCore> core_;
  std::unique_ptr<Service> service_;
  std::unique_ptr<grpc::Server> server_;
  std::string address_;
  std::vector<recording::HeapCounts> counts_;
};

}  // namespace heapd::heapload

#endif  // HEAPD_CLIENT_HEAPLOAD_RECORD_RECORDING_PROXY_H_
