#ifndef HEAPD_SERVER_HTTP_SAME_SITE_H_
#define HEAPD_SERVER_HTTP_SAME_SITE_H_

#include "absl/status/status.h"
#include "server/http/http_message.h"

namespace heapd::server {

// Refuses what a browser asks for in the name of another site. Where nothing
// but this machine can connect, callers may need no credential; a browser on
// this machine can, and asks for whatever a page tells it to.
//
// PERMISSION_DENIED when
//   - Sec-Fetch-Site says that it is another site, unless somebody has followed
//     a link here (a GET that navigates);
//   - Origin is not this server, as Host names it;
//   - with `by_loopback` (plaintext, a loopback address) Host is no name of
//     loopback: a site can have its own name lead here (DNS rebinding).
// Whoever is no browser sends none of these, but for Host.
absl::Status CheckSameSite(const HttpRequest& request, bool by_loopback);

}  // namespace heapd::server

#endif  // HEAPD_SERVER_HTTP_SAME_SITE_H_
