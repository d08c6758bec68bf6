#ifndef HEAPD_SERVER_HTTP_HTTP_ROUTER_H_
#define HEAPD_SERVER_HTTP_HTTP_ROUTER_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "server/http/http_handler.h"

namespace heapd::server {

// Which handler answers which path. Filled before a listener starts; then
// immutable and thread-safe.
class HttpRouter {
 public:
  // What was found: a handler, or the answer that there is none.
  struct Match {
    HttpHandler* handler = nullptr;
    HttpResponse refusal;  // 404, or 405 with the methods that there are
  };

  // `path` is "/metrics", or "/api/*" for all that begins with "/api/". The
  // longest that fits is taken, and an exact one before those. `handler`
  // outlives the listener.
  void Add(absl::string_view method, absl::string_view path,
           HttpHandler* handler);

  // HEAD finds what GET does.
  Match Find(absl::string_view method, absl::string_view path) const;

 private:
  struct Route {
    std::string method;
    std::string path;  // without the '*'
    bool is_prefix;
    HttpHandler* handler;
  };

  std::vector<Route> routes_;
};

}  // namespace heapd::server

#endif  // HEAPD_SERVER_HTTP_HTTP_ROUTER_H_
