#ifndef HEAPD_SERVER_METRICS_METRICS_HANDLER_H_
#define HEAPD_SERVER_METRICS_METRICS_HANDLER_H_

#include "absl/status/statusor.h"
#include "server/auth/access_control.h"
#include "server/auth/authenticator.h"
#include "server/http/http_handler.h"
#include "server/metrics/metrics_collector.h"

namespace heapd::server {

// Serves /metrics to callers with the permission `metrics` on one heap or
// another; they see the series of the heaps on which they have it, and what is
// of no heap. Others are answered with 401 or 403. Thread-safe; everything
// outlives it.
class MetricsHandler final : public HttpHandler {
 public:
  MetricsHandler(const Authenticator* authenticator,
                 const AccessControl* access, MetricsCollector* collector)
      : authenticator_(*authenticator),
        access_(*access),
        collector_(*collector) {}

  absl::optional<HttpResponse> Refuse(const HttpRequest& request) override;
  HttpResponse Handle(const HttpRequest& request) override;

 private:
  // Who asks, if they may.
  absl::StatusOr<std::shared_ptr<const Principal>> Permit(
      const HttpRequest& request) const;

  const Authenticator& authenticator_;
  const AccessControl& access_;
  MetricsCollector& collector_;
};

}  // namespace heapd::server

#endif  // HEAPD_SERVER_METRICS_METRICS_HANDLER_H_
