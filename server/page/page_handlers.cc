#include "server/page/page_handlers.h"

#include <string>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "heap/base/error.h"
#include "server/base/reasons.h"
#include "server/page/api_method.h"
#include "server/page/page_assets.h"

namespace heapd::server {
namespace {

// Nothing from elsewhere and nothing inline; nobody frames the page; and no
// text can become markup by a slip of its scripts.
constexpr absl::string_view kPolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'; require-trusted-types-for 'script'";

HttpResponse JsonResponse(JsonApi::Answer answer) {
  HttpResponse response;
  response.status = answer.http_status;
  response.content_type = "application/json";
  response.body = std::move(answer.body);
  if (answer.http_status == 401) {
    response.headers.emplace_back("WWW-Authenticate", "Bearer");
  }
  if (answer.retry_after_seconds > 0) {
    response.headers.emplace_back("Retry-After",
                                  absl::StrCat(answer.retry_after_seconds));
  }
  return response;
}

absl::Status CheckRequest(const HttpRequest& request) {
  // As with gRPC: which of two a proxy looked at is not known here.
  if (request.HeaderCount("authorization") > 1) {
    return MakeError(absl::StatusCode::kUnauthenticated,
                     reason::kCredentialsInvalid,
                     "header 'Authorization' is there twice");
  }
  const std::string* const type = request.Header("content-type");
  const absl::string_view media =
      type == nullptr ? absl::string_view()
                      : absl::string_view(*type).substr(0, type->find(';'));
  if (absl::EqualsIgnoreCase(absl::StripAsciiWhitespace(media),
                             "application/json")) {
    return absl::OkStatus();
  }
  return InvalidField("content-type", "must be application/json");
}

PlaneCaller CallerOf(const HttpRequest& request) {
  PlaneCaller caller;
  const std::string* const header = request.Header("authorization");
  if (header != nullptr) caller.authorization = *header;
  caller.peer = request.peer;
  caller.certificate = request.client_certificate;
  return caller;
}

}  // namespace

HttpResponse AssetHandler::Handle(const HttpRequest& request) {
  const PageAsset* const asset = FindPageAsset(request.path);
  if (asset == nullptr) return TextResponse(404, "there is no such page");
  HttpResponse response;
  response.content_type = std::string(asset->content_type);
  response.headers = {{"ETag", std::string(asset->etag)},
                      {"Cache-Control", "no-cache"},
                      {"Content-Security-Policy", std::string(kPolicy)},
                      {"Referrer-Policy", "no-referrer"},
                      {"Cross-Origin-Opener-Policy", "same-origin"},
                      {"Cross-Origin-Resource-Policy", "same-origin"}};
  const std::string* const known = request.Header("if-none-match");
  if (known != nullptr && absl::StrContains(*known, asset->etag)) {
    response.status = 304;
    return response;
  }
  response.body = std::string(asset->content);
  return response;
}

ApiHandler::ApiHandler(std::shared_ptr<grpc::Channel> channel)
    : plane_(std::move(channel)), api_(&plane_) {}

absl::optional<HttpResponse> ApiHandler::Refuse(const HttpRequest& request) {
  const absl::Status good = CheckRequest(request);
  if (good.ok()) return absl::nullopt;
  return JsonResponse(ErrorAnswer(good));
}

HttpResponse ApiHandler::Handle(const HttpRequest& request) {
  absl::string_view method = request.path;
  absl::ConsumePrefix(&method, kPrefix);
  const PlaneCaller caller = CallerOf(request);
  if (method == kDownloadPath) return Download(caller, request);
  return JsonResponse(api_.Call(method, caller, request.body));
}

HttpResponse ApiHandler::Download(const PlaneCaller& caller,
                                  const HttpRequest& request) {
  auto [started, refused] = api_.StartDownload(caller, request.body);
  if (refused.has_value()) return JsonResponse(*std::move(refused));
  HttpResponse response;
  response.content_type = "application/octet-stream";
  // std::function wants to be copied.
  response.source = [download = std::make_shared<JsonApi::StartedDownload>(
                         std::move(started))] { return download->Next(); };
  return response;
}

void Page::AddTo(HttpRouter* router) {
  router->Add("GET", "/", &assets_);
  for (const PageAsset& asset : PageAssets()) {
    router->Add("GET", asset.path, &assets_);
  }
  router->Add("POST", absl::StrCat(ApiHandler::kPrefix, "*"), &api_);
}

}  // namespace heapd::server
