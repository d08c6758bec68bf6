#ifndef HEAPD_CLIENT_HEAPD_SNAPSHOTS_H_
#define HEAPD_CLIENT_HEAPD_SNAPSHOTS_H_

#include <cstdint>
#include <memory>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "client/heapd/client_options.h"
#include "client/heapd/connection.h"
#include "heapd/v1/snapshot_service.grpc.pb.h"

namespace heapd::client {

// How a snapshot is taken.
struct SnapshotOptions {
  // The caller's own words, at most 256 bytes of UTF-8.
  std::string label = {};
  // Write contents of strings too: they are other people's data.
  bool include_strings = false;
  // The name of a destination of the daemon; empty for its default.
  std::string destination = {};
  v1::SnapshotCompression compression = v1::SNAPSHOT_COMPRESSION_UNSPECIFIED;
  // What the file shows; all if nothing is set.
  v1::SnapshotReduction reduction = {};
};

// Which snapshots are listed: those that meet everything that is given.
struct SnapshotFilter {
  std::string heap = {};
  v1::SnapshotState state = v1::SNAPSHOT_STATE_UNSPECIFIED;
  v1::SnapshotTrigger trigger = v1::SNAPSHOT_TRIGGER_UNSPECIFIED;
  std::string label = {};  // exactly
  std::string destination = {};
  // Asked for at this time or later, and
  absl::Time start = absl::InfinitePast();
  // before this one.
  absl::Time end = absl::InfiniteFuture();
};

// The snapshot calls of one daemon, on its operations address, or on that of
// its snapshots where they have one (`listen.snapshots`). They need a bearer
// token (ClientOptions.bearer_token), also on loopback.
//
// Thread-safe. Calls block until they are answered, retries included.
class SnapshotClient {
 public:
  // As Client::Connect().
  static absl::StatusOr<std::unique_ptr<SnapshotClient>> Connect(
      std::string_view operations_address, ClientOptions options);

  explicit SnapshotClient(std::shared_ptr<Connection> connection);
  SnapshotClient(const SnapshotClient&) = delete;
  SnapshotClient& operator=(const SnapshotClient&) = delete;

  // Starts a snapshot; it is WRITING when this returns.
  absl::StatusOr<v1::Snapshot> Create(std::string_view heap,
                                      const SnapshotOptions& options = {});
  absl::StatusOr<v1::Snapshot> Get(std::string_view snapshot);
  // Newest first.
  absl::StatusOr<std::vector<v1::Snapshot>> List(
      const SnapshotFilter& filter = {});
  absl::Status Delete(std::string_view snapshot);
  // Gives up a snapshot that is being taken: nothing of it is stored when this
  // returns. FAILED_PRECONDITION (SNAPSHOT_DONE) when it is READY or FAILED.
  absl::StatusOr<v1::Snapshot> Cancel(std::string_view snapshot);

  // Waits until a snapshot is READY, and returns it; `on_progress` sees every
  // state on the way. FAILED_PRECONDITION (SNAPSHOT_FAILED) with its error if
  // it failed, (SNAPSHOT_CANCELLED) if it was cancelled; DEADLINE_EXCEEDED
  // after `timeout`, and the snapshot goes on.
  absl::StatusOr<v1::Snapshot> WaitUntilReady(
      std::string_view snapshot, absl::Duration timeout,
      absl::FunctionRef<void(const v1::Snapshot&)> on_progress =
          [](const v1::Snapshot&) {});

  // Gives the file to `sink` piece by piece and checks its size and SHA-256 at
  // the end: DATA_LOSS if they are not what the daemon says. A cut stream is
  // taken up again where it broke. An error of `sink` ends the download and is
  // returned.
  absl::Status Download(std::string_view snapshot, absl::Duration timeout,
                        absl::FunctionRef<absl::Status(std::string_view)> sink);
  // The same into a stream, or into a file that is open for writing.
  absl::Status DownloadTo(std::string_view snapshot, absl::Duration timeout,
                          std::ostream& out);
  absl::Status DownloadTo(std::string_view snapshot, absl::Duration timeout,
                          int file_descriptor);

  // Class by class, by falling size delta, and tag by tag.
  absl::StatusOr<v1::CompareSnapshotsResponse> Compare(
      std::string_view base_snapshot, std::string_view snapshot);

 private:
  absl::Status WatchOnce(
      std::string_view snapshot, absl::Time deadline,
      absl::FunctionRef<void(const v1::Snapshot&)> on_progress,
      v1::Snapshot& last);
  absl::Status ReadStream(
      const v1::DownloadSnapshotRequest& request, absl::Time deadline,
      absl::FunctionRef<absl::Status(std::string_view)> sink);

  const std::shared_ptr<Connection> connection_;
  const std::unique_ptr<v1::SnapshotService::Stub> stub_;
};

}  // namespace heapd::client

#endif  // HEAPD_CLIENT_HEAPD_SNAPSHOTS_H_
