#ifndef HEAPD_SERVER_PAGE_PAGE_HANDLERS_H_
#define HEAPD_SERVER_PAGE_PAGE_HANDLERS_H_

#include <grpcpp/channel.h>

#include <memory>

#include "server/http/http_handler.h"
#include "server/http/http_router.h"
#include "server/page/json_api.h"
#include "server/page/plane_channel.h"

namespace heapd::server {

// Gives out the files of the page to whoever asks: they hold nothing of any
// heap. Browsers keep them and ask whether they are the same still.
class AssetHandler : public HttpHandler {
 public:
  // 404 for what is none of them; 304 where If-None-Match names the content.
  HttpResponse Handle(const HttpRequest& request) override;
  bool is_immediate() const override { return true; }
};

// Answers POST /api/heapd.v1.SERVICE/METHOD with JSON (see JsonApi), and with
// the bytes of the file for DownloadSnapshot. A request must say that it is
// application/json: no form and no script of another site can, unless it is
// asked for first.
class ApiHandler : public HttpHandler {
 public:
  static constexpr absl::string_view kPrefix = "/api/";

  // `channel` leads to the operations plane, in this process.
  explicit ApiHandler(std::shared_ptr<grpc::Channel> channel);

  absl::optional<HttpResponse> Refuse(const HttpRequest& request) override;
  HttpResponse Handle(const HttpRequest& request) override;
  uint64_t max_body_bytes() const override { return JsonApi::kMaxRequestBytes; }

 private:
  HttpResponse Download(const PlaneCaller& caller, const HttpRequest& request);

  PlaneChannel plane_;
  JsonApi api_;
};

// The operator's page. Thread-safe; outlives the listener of its router, and
// the listener ends before the operations plane does.
class Page {
 public:
  explicit Page(std::shared_ptr<grpc::Channel> channel)
      : api_(std::move(channel)) {}

  // Adds its paths: each file, and /api/.
  void AddTo(HttpRouter* router);

 private:
  AssetHandler assets_;
  ApiHandler api_;
};

}  // namespace heapd::server

#endif  // HEAPD_SERVER_PAGE_PAGE_HANDLERS_H_
