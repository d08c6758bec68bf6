#ifndef HEAPD_CLIENT_HEAPLOAD_RECORD_STREAM_RELAY_H_
#define HEAPD_CLIENT_HEAPLOAD_RECORD_STREAM_RELAY_H_

#include <atomic>
#include <cstdint>
#include <deque>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "client/heapload/record/relay_core.h"

namespace heapd::heapload {

// One call with streams in either direction on its way through the proxy. One
// message each way is in the proxy at a time, so a slow reader slows its writer
// down, as without the proxy. The requests of a Pipeline are recorded each with
// its answer, before that is passed on.
//
// Two reactors of gRPC: what the client sees and what the daemon sees. Deletes
// itself when gRPC is done with both.
class StreamRelay {
 public:
  // Returns the reactor for the client's side.
  static grpc::ServerGenericBidiReactor* Start(
      RelayCore* core, grpc::GenericCallbackServerContext* context,
      MethodTraits traits);

  StreamRelay(const StreamRelay&) = delete;
  StreamRelay& operator=(const StreamRelay&) = delete;

 private:
  class ClientSide final : public grpc::ServerGenericBidiReactor {
   public:
    explicit ClientSide(StreamRelay* relay) : relay_(*relay) {}
    void OnReadDone(bool ok) override { relay_.RequestRead(ok); }
    void OnWriteDone(bool ok) override { relay_.ResponseWritten(ok); }
    void OnCancel() override { relay_.to_daemon_.TryCancel(); }
    void OnDone() override { relay_.Unref(); }

   private:
    StreamRelay& relay_;
  };

  class DaemonSide final
      : public grpc::ClientBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer> {
   public:
    explicit DaemonSide(StreamRelay* relay) : relay_(*relay) {}
    void OnReadInitialMetadataDone(bool ok) override {
      relay_.InitialMetadataRead(ok);
    }
    void OnReadDone(bool ok) override { relay_.ResponseRead(ok); }
    void OnWriteDone(bool ok) override { relay_.RequestWritten(ok); }
    void OnDone(const grpc::Status& status) override { relay_.Ended(status); }

   private:
    StreamRelay& relay_;
  };

  // A request that was passed on and not answered yet.
  struct Pending {
    CallStart start;
    grpc::ByteBuffer request;
    std::string gated_heap;
  };

  StreamRelay(RelayCore* core, grpc::GenericCallbackServerContext* context,
              MethodTraits traits);
  ~StreamRelay() = default;

  void RequestRead(bool ok);
  void PassRequest(const std::string& gated_heap);
  void RequestWritten(bool ok);
  void RequestsEnded();
  // Nothing is written to the daemon any more; harmless when repeated.
  void CloseDaemonWrites();
  void InitialMetadataRead(bool ok);
  void ResponseRead(bool ok);
  void ResponseWritten(bool ok);
  void Ended(const grpc::Status& status);
  void RecordAnswer();
  void RecordRest(const grpc::Status& status);
  void Record(Pending pending, const grpc::ByteBuffer& response,
              const grpc::Status& status);
  std::string GateOf(const grpc::ByteBuffer& request);
  void Unref();

  RelayCore& core_;
  grpc::GenericCallbackServerContext& context_;
  const MethodTraits traits_;
  grpc::ClientContext to_daemon_;
  ClientSide client_side_;
  DaemonSide daemon_side_;
  uint32_t stream_ = 0;
  std::string last_heap_;  // of the request before; of the reading side
  grpc::ByteBuffer request_;
  grpc::ByteBuffer response_;
  std::atomic<int> refs_{2};

  absl::Mutex mu_;
  bool daemon_writable_ ABSL_GUARDED_BY(mu_) = true;
  std::deque<Pending> pending_ ABSL_GUARDED_BY(mu_);
};

}  // namespace heapd::heapload

#endif  // HEAPD_CLIENT_HEAPLOAD_RECORD_STREAM_RELAY_H_
