#ifndef HEAPD_SERVER_PAGE_JSON_API_H_
#define HEAPD_SERVER_PAGE_JSON_API_H_

#include <cstddef>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "server/page/json_error.h"
#include "server/page/plane_channel.h"

namespace heapd::server {

// The methods of the operations plane as JSON over HTTP: the request and the
// answer are the messages of proto/heapd/v1 in protobuf's JSON mapping, with
// the names of fields as they stand there and with every field of the answer,
// zeros too. Nothing is decided here: a call goes through the plane as one over
// gRPC does. Thread-safe.
class JsonApi {
 public:
  // Requests are small; only a reduction lists names.
  static constexpr size_t kMaxRequestBytes = size_t{1} << 20;

  // What a call ended with.
  struct Answer {
    int http_status = 200;
    std::string body;  // JSON
    int64_t retry_after_seconds = 0;
  };

  // A download that was permitted and has begun. Single-threaded.
  class StartedDownload {
   public:
    // The next piece of the file, empty at its end; an error where it was cut.
    absl::StatusOr<std::string> Next();

   private:
    friend class JsonApi;

    std::unique_ptr<PlaneChannel::Download> download_;  // null: at its end
    std::string first_piece_;
  };

  // `plane` outlives it.
  explicit JsonApi(PlaneChannel* plane) : plane_(plane) {}

  // Calls the method that `path` names, "heapd.v1.HeapService/ListHeaps".
  // Errors of this layer: NOT_FOUND (METHOD_NOT_FOUND), INVALID_ARGUMENT
  // (INVALID_FIELD) for what is not JSON, has unknown fields or wrong types, or
  // is over kMaxRequestBytes; UNAUTHENTICATED (CREDENTIALS_INVALID).
  Answer Call(absl::string_view path, const PlaneCaller& caller,
              absl::string_view json);

  // Begins DownloadSnapshot and waits for the first bytes, so that what is
  // refused is an error and no file. The answer on error only.
  std::pair<StartedDownload, absl::optional<Answer>> StartDownload(
      const PlaneCaller& caller, absl::string_view json);

 private:
  PlaneChannel* const plane_;
};

// An error as the answer to a call.
JsonApi::Answer ErrorAnswer(const absl::Status& error);

}  // namespace heapd::server

#endif  // HEAPD_SERVER_PAGE_JSON_API_H_
