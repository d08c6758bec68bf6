#ifndef HEAPD_SERVER_PAGE_PLANE_CHANNEL_H_
#define HEAPD_SERVER_PAGE_PLANE_CHANNEL_H_

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>
#include <grpcpp/grpcpp.h>

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "heapd/v1/snapshot_service.grpc.pb.h"

namespace heapd::server {

// On whose behalf a call is made.
struct PlaneCaller {
  // The value of the header "authorization", if there is one.
  absl::optional<std::string> authorization;
  // Where the caller is, as gRPC writes it: "ipv4:127.0.0.1:50112".
  std::string peer;
  // What its connection has shown, in PEM; empty if nothing.
  std::string certificate;
};

// The operations plane as the page calls it: in this process, but as every
// client does, so that who calls, what it may do and the audit log are decided
// and written in one place. Thread-safe.
class PlaneChannel {
 public:
  // A call that takes longer fails (DEADLINE_EXCEEDED): an analysis of a large
  // heap takes minutes.
  static constexpr absl::Duration kMaxCall = absl::Minutes(10);

  // `channel` leads to the plane, in this process
  // (Listener::InProcessChannel()).
  explicit PlaneChannel(std::shared_ptr<grpc::Channel> channel);

  // UNAUTHENTICATED (CREDENTIALS_INVALID) for a header that cannot be one of a
  // caller: too long, or bytes that no metadata can have.
  static absl::Status CheckCaller(const PlaneCaller& caller);

  // Calls a method that is no stream. REQUIRES: CheckCaller() passed, the
  // messages are of the method's types.
  grpc::Status Call(const google::protobuf::MethodDescriptor& method,
                    const PlaneCaller& caller,
                    const google::protobuf::Message& request,
                    google::protobuf::Message* response);

  // A download that goes on while it is read. Single-threaded; ended by its
  // destruction.
  class Download {
   public:
    ~Download();
    Download(const Download&) = delete;
    Download& operator=(const Download&) = delete;

    // The next piece of the file; false at the end, which may be an error.
    bool Next(std::string* piece);
    // REQUIRES: Next() was false.
    grpc::Status Finish();

   private:
    friend class PlaneChannel;
    Download() = default;

    grpc::ClientContext context_;
    std::unique_ptr<grpc::ClientReader<v1::DownloadSnapshotResponse>> reader_;
    bool finished_ = false;
  };

  // Begins a download. REQUIRES: CheckCaller() passed.
  std::unique_ptr<Download> StartDownload(
      const PlaneCaller& caller, const v1::DownloadSnapshotRequest& request);

 private:
  const std::shared_ptr<grpc::Channel> channel_;
  const std::unique_ptr<v1::SnapshotService::Stub> snapshots_;
};

}  // namespace heapd::server

#endif  // HEAPD_SERVER_PAGE_PLANE_CHANNEL_H_
