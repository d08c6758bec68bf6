#ifndef HEAPD_SERVER_HTTP_HTTP_HANDLER_H_
#define HEAPD_SERVER_HTTP_HTTP_HANDLER_H_

#include <cstdint>

#include "absl/types/optional.h"
#include "server/http/http_message.h"

namespace heapd::server {

// Answers the requests of some paths. A listener asks it in this order, for one
// request:
//
//   1. Refuse()   when method, path and headers are there, before the body
//   2. Handle()   when the body is there, too
//
// Thread-safe; outlives the listener.
class HttpHandler {
 public:
  virtual ~HttpHandler() = default;

  // The answer to who may not ask, or to what need not be read; nothing to go
  // on. Must not wait: it runs on the thread of all connections.
  virtual absl::optional<HttpResponse> Refuse(const HttpRequest& /*request*/) {
    return absl::nullopt;
  }

  // May wait for what is bounded in time: it runs on one of a few threads.
  virtual HttpResponse Handle(const HttpRequest& request) = 0;

  // The longest body that is read; longer ones are answered with 413.
  virtual uint64_t max_body_bytes() const { return 0; }

  // Handle() never waits, and is called on the thread of all connections: it
  // answers though the other threads are at work.
  virtual bool is_immediate() const { return false; }
};

}  // namespace heapd::server

#endif  // HEAPD_SERVER_HTTP_HTTP_HANDLER_H_
