#ifndef HEAPD_SERVER_SERVICE_SNAPSHOT_SERVICE_H_
#define HEAPD_SERVER_SERVICE_SNAPSHOT_SERVICE_H_

#include <cstdint>
#include <memory>
#include <string>

#include "heapd/v1/snapshot_service.grpc.pb.h"
#include "server/host/snapshot_jobs.h"
#include "server/service/audited_call.h"
#include "server/service/caller.h"
#include "server/service/method_permission.h"
#include "server/service/plane_gate.h"
#include "server/service/service_core.h"
#include "server/service/unary_streamer.h"
#include "server/storage/snapshot_catalog.h"

namespace heapd::server {

// Takes, cancels, lists, sends and compares snapshots for callers whom the
// policy permits it: every method looks at that first, and what touches a
// snapshot is written into the audit log before it is done. Synchronous, for it
// waits for storage; one instance serves one server, of the operations plane.
// Thread-safe.
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
                  SnapshotCatalog* catalog, SnapshotJobs* jobs)
      : core_(*core), gate_(*gate), catalog_(catalog), jobs_(jobs) {}

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
  grpc::Status StreamedCancelSnapshot(
      grpc::ServerContext* context,
      UnaryStreamer<v1::CancelSnapshotRequest, v1::CancelSnapshotResponse>*
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
  // OK for a caller who may call the method at all, with storage that is there,
  // unless draining.
  absl::Status Admit(const grpc::ServerContext& context,
                     const MethodPermission& method, Caller* caller) const;
  // Serves a unary call with `method(caller, audit, request, &response)`.
  template <typename Request, typename Response, typename Method>
  grpc::Status Serve(const grpc::ServerContext& context,
                     UnaryStreamer<Request, Response>* call,
                     Method method) const;
  // Serves a stream with `method(caller, audit)`.
  template <typename Request, typename Method>
  grpc::Status ServeStream(const grpc::ServerContext& context,
                           Method method) const;

  // The record of a snapshot for a caller who has `needed` on its heap. To one
  // who may not know which snapshots the heap has, it is not there: NOT_FOUND
  // (SNAPSHOT_NOT_FOUND).
  absl::StatusOr<SnapshotRecord> Find(const Caller& caller,
                                      const std::string& snapshot,
                                      absl::string_view field,
                                      PermissionSet needed) const;
  // The same for a download, which of some snapshots needs more.
  absl::StatusOr<SnapshotRecord> FindForDownload(
      const Caller& caller, const std::string& snapshot) const;
  absl::Status CheckDownload(const Caller& caller,
                             const SnapshotRecord& record) const;

  absl::Status Create(Caller& caller, AuditedCall& audit,
                      const v1::CreateSnapshotRequest& request,
                      v1::CreateSnapshotResponse* response) const;
  // After everything was checked and written down.
  absl::Status Start(const Caller& caller, AuditedCall& audit,
                     const v1::CreateSnapshotRequest& request,
                     v1::CreateSnapshotResponse* response) const;
  absl::Status List(const Caller& caller,
                    const v1::ListSnapshotsRequest& request,
                    v1::ListSnapshotsResponse* response) const;
  absl::Status Delete(const Caller& caller, AuditedCall& audit,
                      const v1::DeleteSnapshotRequest& request) const;
  absl::Status Cancel(const grpc::ServerContext& context, const Caller& caller,
                      AuditedCall& audit,
                      const v1::CancelSnapshotRequest& request,
                      v1::CancelSnapshotResponse* response) const;
  absl::Status CancelAndWait(const grpc::ServerContext& context,
                             const Caller& caller, const std::string& snapshot,
                             v1::CancelSnapshotResponse* response) const;
  absl::Status Compare(const Caller& caller, AuditedCall& audit,
                       const v1::CompareSnapshotsRequest& request,
                       v1::CompareSnapshotsResponse* response) const;
  absl::Status Watch(const grpc::ServerContext& context, Caller& caller,
                     WatchStreamer* call) const;
  absl::Status Download(const grpc::ServerContext& context, Caller& caller,
                        AuditedCall& audit, DownloadStreamer* call) const;
  // Sends the file from `offset` on; `sent` is what was sent when this returns,
  // in any way.
  absl::Status Send(const grpc::ServerContext& context, Caller& caller,
                    const SnapshotRecord& record, uint64_t offset,
                    DownloadStreamer* call, uint64_t* sent) const;

  const ServiceCore& core_;
  PlaneGate& gate_;
  SnapshotCatalog* const catalog_;
  SnapshotJobs* const jobs_;
};

}  // namespace heapd::server

#endif  // HEAPD_SERVER_SERVICE_SNAPSHOT_SERVICE_H_
