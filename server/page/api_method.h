#ifndef HEAPD_SERVER_PAGE_API_METHOD_H_
#define HEAPD_SERVER_PAGE_API_METHOD_H_

#include <google/protobuf/descriptor.h>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace heapd::server {

// Finds the method that `path` names, "heapd.v1.HeapService/ListHeaps", among
// those of the operations plane. The descriptor lives as long as the process.
//
// NOT_FOUND (METHOD_NOT_FOUND) for what is none, and for streams: their answers
// are no single message. Thread-safe.
absl::StatusOr<const google::protobuf::MethodDescriptor*> FindApiMethod(
    absl::string_view path);

// The one stream that is served, as the bytes of the file.
inline constexpr absl::string_view kDownloadPath =
    "heapd.v1.SnapshotService/DownloadSnapshot";

}  // namespace heapd::server

#endif  // HEAPD_SERVER_PAGE_API_METHOD_H_
