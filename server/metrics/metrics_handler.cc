#include "server/metrics/metrics_handler.h"

#include <memory>
#include <string>

#include "heap/base/error.h"
#include "heap/base/status_macros.h"
#include "server/base/reasons.h"
#include "server/http/http_caller.h"
#include "server/metrics/metric_page.h"

namespace heapd::server {

absl::StatusOr<std::shared_ptr<const Principal>> MetricsHandler::Permit(
    const HttpRequest& request) const {
  HEAPD_ASSIGN_OR_RETURN(std::shared_ptr<const Principal> caller,
                         CallerOf(authenticator_, request));
  if (access_.PermissionsOnAny(*caller).Has(Permission::kMetrics)) {
    return caller;
  }
  if (caller->is_anonymous()) return CredentialsMissing();
  return MakeError(absl::StatusCode::kPermissionDenied,
                   reason::kPermissionMissing,
                   "this needs the permission 'metrics'");
}

absl::optional<HttpResponse> MetricsHandler::Refuse(
    const HttpRequest& request) {
  const absl::Status permitted = Permit(request).status();
  if (permitted.ok()) return absl::nullopt;
  return ErrorResponse(permitted);
}

HttpResponse MetricsHandler::Handle(const HttpRequest& request) {
  // Once more: who may is asked for with each use.
  const auto caller = Permit(request);
  if (!caller.ok()) return ErrorResponse(caller.status());
  HttpResponse response;
  response.content_type = std::string(MetricPage::kContentType);
  response.body = collector_.Scrape([&](absl::string_view heap) {
    return access_.PermissionsOn(**caller, heap).Has(Permission::kMetrics);
  });
  return response;
}

}  // namespace heapd::server
