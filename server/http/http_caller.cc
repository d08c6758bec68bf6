#include "server/http/http_caller.h"

#include "heap/base/error.h"
#include "server/base/reasons.h"

namespace heapd::server {

absl::StatusOr<std::shared_ptr<const Principal>> CallerOf(
    const Authenticator& authenticator, const HttpRequest& request) {
  // As with gRPC: which of two a proxy looked at is not known here.
  if (request.HeaderCount("authorization") > 1) {
    return MakeError(absl::StatusCode::kUnauthenticated,
                     reason::kCredentialsInvalid,
                     "header 'Authorization' is there twice");
  }
  return authenticator.Authenticate(request.Header("authorization"),
                                    request.client_certificate);
}

}  // namespace heapd::server
