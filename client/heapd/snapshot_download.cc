// The download half of SnapshotClient.

#include <unistd.h>

#include <cerrno>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "client/heapd/sha256.h"
#include "client/heapd/snapshots.h"
#include "client/heapd/status.h"
#include "client/heapd/status_macros.h"

namespace heapd::client {
namespace {

absl::Status WriteAll(int file_descriptor, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = write(file_descriptor, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) {
      return absl::ErrnoToStatus(errno, "writing the downloaded snapshot");
    }
    bytes.remove_prefix(static_cast<size_t>(written));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status SnapshotClient::Download(
    std::string_view snapshot, absl::Duration timeout,
    absl::FunctionRef<absl::Status(std::string_view)> sink) {
  HEAPD_CLIENT_ASSIGN_OR_RETURN(const v1::Snapshot expected, Get(snapshot));
  const absl::Time deadline = absl::Now() + timeout;
  Sha256 sha256;
  absl::Status sink_status;
  v1::DownloadSnapshotRequest request;
  request.set_snapshot(std::string(snapshot));
  const auto count_and_pass_on = [&](std::string_view piece) {
    request.set_offset_bytes(request.offset_bytes() + piece.size());
    sha256.Update(piece);
    sink_status = sink(piece);
    return sink_status;
  };
  HEAPD_CLIENT_RETURN_IF_ERROR(CallWithRetries(
      connection_->options().retry, *connection_->options().clock, deadline,
      Repeat::kSafe, [&] {
        const absl::Status status =
            ReadStream(request, deadline, count_and_pass_on);
        // An UNAVAILABLE of the sink's own must not look like the network's.
        return sink_status.ok() ? status : absl::OkStatus();
      }));
  HEAPD_CLIENT_RETURN_IF_ERROR(sink_status);
  const std::string found = sha256.Finish();
  if (request.offset_bytes() != expected.size_bytes() ||
      found != expected.sha256()) {
    return absl::DataLossError(absl::StrCat(
        "the download is not the snapshot: ", request.offset_bytes(),
        " bytes with SHA-256 ", found, " instead of ", expected.size_bytes(),
        " with ", expected.sha256()));
  }
  return absl::OkStatus();
}

absl::Status SnapshotClient::ReadStream(
    const v1::DownloadSnapshotRequest& request, absl::Time deadline,
    absl::FunctionRef<absl::Status(std::string_view)> sink) {
  grpc::ClientContext context;
  connection_->Prepare(context, deadline);
  const auto reader = stub_->DownloadSnapshot(&context, request);
  v1::DownloadSnapshotResponse response;
  absl::Status status;
  while (status.ok() && reader->Read(&response)) {
    status = sink(response.data());
  }
  if (!status.ok()) context.TryCancel();
  const absl::Status end = ToAbslStatus(reader->Finish());
  return status.ok() ? end : status;
}

absl::Status SnapshotClient::DownloadTo(std::string_view snapshot,
                                        absl::Duration timeout,
                                        std::ostream& out) {
  HEAPD_CLIENT_RETURN_IF_ERROR(
      Download(snapshot, timeout, [&out](std::string_view piece) {
        return out.write(piece.data(),
                         static_cast<std::streamsize>(piece.size()))
                   ? absl::OkStatus()
                   : absl::DataLossError("writing the snapshot failed");
      }));
  return out.flush() ? absl::OkStatus()
                     : absl::DataLossError("writing the snapshot failed");
}

absl::Status SnapshotClient::DownloadTo(std::string_view snapshot,
                                        absl::Duration timeout,
                                        int file_descriptor) {
  return Download(snapshot, timeout, [file_descriptor](std::string_view piece) {
    return WriteAll(file_descriptor, piece);
  });
}

}  // namespace heapd::client
