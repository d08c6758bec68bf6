#ifndef HEAPD_SERVER_HTTP_HTTP_CALLER_H_
#define HEAPD_SERVER_HTTP_HTTP_CALLER_H_

#include <memory>

#include "absl/status/statusor.h"
#include "server/auth/authenticator.h"
#include "server/auth/principal.h"
#include "server/http/http_message.h"

namespace heapd::server {

// Who makes the request: by its header "Authorization: Bearer TOKEN" if there
// is one, else by the certificate of its connection, else `anonymous`. Errors
// of Authenticator::Authenticate().
absl::StatusOr<std::shared_ptr<const Principal>> CallerOf(
    const Authenticator& authenticator, const HttpRequest& request);

}  // namespace heapd::server

#endif  // HEAPD_SERVER_HTTP_HTTP_CALLER_H_
