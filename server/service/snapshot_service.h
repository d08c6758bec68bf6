#ifndef HEAPD_SERVER_SERVICE_SNAPSHOT_SERVICE_H_
#define HEAPD_SERVER_SERVICE_SNAPSHOT_SERVICE_H_

#include <memory>

#include "heapd/v1/snapshot_service.grpc.pb.h"
#include "server/auth/authenticator.h"
#include "server/host/snapshot_jobs.h"
#include "server/service/plane_gate.h"
#include "server/service/service_core.h"
#include "server/service/unary_streamer.h"
#include "server/storage/snapshot_catalog.h"

namespace heapd::server {

// Takes, lists, sends and compares snapshots for callers with a bearer token:
// every method looks at that first. Synchronous, for it waits for storage; one
// instance serves one server, of the operations plane. Thread-safe.
class SnapshotService final : public v1::SnapshotService::StreamedService {
 public:
  using WatchStreamer = grpc::ServerSplitStreamer<v1::WatchSnapshotRequest,
                                                  v1::WatchSnapshotResponse>;
  using DownloadStreamer =
      grpc::ServerSplitStreamer<v1::DownloadSnapshotRequest,
                                v1::DownloadSnapshotResponse>;

  // `catalog` and `jobs` are null where no storage is configured: every method
  // is then FAILED_PRECONDITION (STORAGE_NOT_CONFIGURED). All outlive this.
  SnapshotService(const ServiceCore* core, PlaneGate* gate,
                  const Authenticator* authenticator, SnapshotCatalog* catalog,
                  SnapshotJobs* jobs)
      : core_(*core),
        gate_(*gate),
        authenticator_(*authenticator),
        catalog_(catalog),
        jobs_(jobs) {}

  grpc::Status StreamedCreateSnapshot(
      grpc::ServerContext* context,
      UnaryStreamer<v1::CreateSnapshotRequest, v1::CreateSnapshotResponse>*
          call) override;
  grpc::Status StreamedGetSnapshot(
      grpc::ServerContext* context,
      UnaryStreamer<v1::GetSnapshotRequest, v1::GetSnapshotResponse>* call)
      override;
  grpc::Status StreamedListSnapshots(
      grpc::ServerContext* context,
      UnaryStreamer<v1::ListSnapshotsRequest, v1::ListSnapshotsResponse>* call)
      override;
  grpc::Status StreamedDeleteSnapshot(
      grpc::ServerContext* context,
      UnaryStreamer<v1::DeleteSnapshotRequest, v1::DeleteSnapshotResponse>*
          call) override;
  grpc::Status StreamedCompareSnapshots(
      grpc::ServerContext* context,
      UnaryStreamer<v1::CompareSnapshotsRequest, v1::CompareSnapshotsResponse>*
          call) override;
  grpc::Status StreamedWatchSnapshot(grpc::ServerContext* context,
                                     WatchStreamer* call) override;
  grpc::Status StreamedDownloadSnapshot(grpc::ServerContext* context,
                                        DownloadStreamer* call) override;

 private:
  // OK for a caller who may, with storage that is there, unless draining.
  absl::Status Admit(const grpc::ServerContext& context,
                     std::shared_ptr<const Principal>* principal) const;
  // Serves a unary call with `method(principal, request, &response)`.
  template <typename Request, typename Response, typename Method>
  grpc::Status Serve(const grpc::ServerContext& context,
                     UnaryStreamer<Request, Response>* call,
                     Method method) const;

  absl::Status Create(const Principal& principal,
                      const v1::CreateSnapshotRequest& request,
                      v1::CreateSnapshotResponse* response) const;
  absl::Status List(const v1::ListSnapshotsRequest& request,
                    v1::ListSnapshotsResponse* response) const;
  absl::Status Compare(const v1::CompareSnapshotsRequest& request,
                       v1::CompareSnapshotsResponse* response) const;
  absl::Status Watch(const grpc::ServerContext& context,
                     WatchStreamer* call) const;
  absl::Status Download(const grpc::ServerContext& context,
                        DownloadStreamer* call) const;

  const ServiceCore& core_;
  PlaneGate& gate_;
  const Authenticator& authenticator_;
  SnapshotCatalog* const catalog_;
  SnapshotJobs* const jobs_;
};

}  // namespace heapd::server

#endif  // HEAPD_SERVER_SERVICE_SNAPSHOT_SERVICE_H_
