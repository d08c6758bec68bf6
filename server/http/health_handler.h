#ifndef HEAPD_SERVER_HTTP_HEALTH_HANDLER_H_
#define HEAPD_SERVER_HTTP_HEALTH_HANDLER_H_

#include "server/http/http_handler.h"
#include "server/ops/health_board.h"

namespace heapd::server {

// Says what a board says of the whole server, for balancers and probes that
// speak no gRPC: 200 "SERVING", or 503 "NOT_SERVING". Answers everybody, as the
// listeners for liveness and readiness do. Thread-safe; the board outlives it.
class HealthHandler final : public HttpHandler {
 public:
  explicit HealthHandler(const HealthBoard* board) : board_(*board) {}

  HttpResponse Handle(const HttpRequest& /*request*/) override {
    return board_.Get("") == ServingState::kServing
               ? TextResponse(200, "SERVING")
               : TextResponse(503, "NOT_SERVING");
  }

  bool is_immediate() const override { return true; }

 private:
  const HealthBoard& board_;
};

}  // namespace heapd::server

#endif  // HEAPD_SERVER_HTTP_HEALTH_HANDLER_H_
