#include "server/http/http_router.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "heap/base/check.h"

namespace heapd::server {

void HttpRouter::Add(absl::string_view method, absl::string_view path,
                     HttpHandler* handler) {
  HEAPD_CHECK(absl::StartsWith(path, "/") && handler != nullptr);
  Route route;
  route.method = std::string(method);
  route.is_prefix = absl::ConsumeSuffix(&path, "*");
  route.path = std::string(path);
  route.handler = handler;
  routes_.push_back(std::move(route));
  // The first that fits is the one.
  std::stable_sort(routes_.begin(), routes_.end(),
                   [](const Route& left, const Route& right) {
                     if (left.is_prefix != right.is_prefix) {
                       return right.is_prefix;
                     }
                     return left.path.size() > right.path.size();
                   });
}

HttpRouter::Match HttpRouter::Find(absl::string_view method,
                                   absl::string_view path) const {
  const absl::string_view wanted = method == "HEAD" ? "GET" : method;
  const Route* first = nullptr;
  std::vector<absl::string_view> methods;
  for (const Route& route : routes_) {
    const bool fits = route.is_prefix ? absl::StartsWith(path, route.path)
                                      : path == route.path;
    // Only what stands at the same path is an alternative to the first.
    if (!fits || (first != nullptr && (route.path != first->path ||
                                       route.is_prefix != first->is_prefix))) {
      continue;
    }
    if (route.method == wanted) return {route.handler, {}};
    first = &route;
    methods.push_back(route.method);
  }
  Match match;
  if (first == nullptr) {
    match.refusal = TextResponse(404, "there is nothing at this path");
    return match;
  }
  match.refusal = TextResponse(405, "this path does not take that method");
  match.refusal.headers.emplace_back("Allow", absl::StrJoin(methods, ", "));
  return match;
}

}  // namespace heapd::server
