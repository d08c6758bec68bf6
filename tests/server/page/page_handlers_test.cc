#include "server/page/page_handlers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "server/page/page_assets.h"
#include "tests/server/support/service_fixture.h"

namespace heapd::server {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using Json = nlohmann::json;

// What a browser sends, and what comes back of it.
class ApiHandlerTest : public ServiceFixture {
 protected:
  ApiHandlerTest() : ApiHandlerTest(SmallConfig()) {}
  explicit ApiHandlerTest(const Config& config)
      : ServiceFixture(config), handler_(server_.operations_channel()) {}

  static HttpRequest Request(const std::string& method, std::string body,
                             const std::string& token) {
    HttpRequest request;
    request.method = "POST";
    request.path = absl::StrCat("/api/heapd.v1.", method);
    request.headers = {{"Content-Type", "application/json; charset=utf-8"}};
    if (!token.empty()) {
      request.headers.emplace_back("Authorization", "Bearer " + token);
    }
    request.body = std::move(body);
    request.peer = "ipv4:192.0.2.7:5000";
    return request;
  }

  // As the listener asks a handler.
  HttpResponse Send(const HttpRequest& request) {
    const absl::optional<HttpResponse> refused = handler_.Refuse(request);
    return refused.has_value() ? *refused : handler_.Handle(request);
  }

  // The answer, which must have this status.
  Json Ask(int status, const std::string& method, std::string body,
           const std::string& token = InProcessServer::kToken) {
    const HttpResponse response = Send(Request(method, std::move(body), token));
    EXPECT_EQ(response.status, status) << response.body;
    EXPECT_EQ(response.content_type, "application/json");
    return Json::parse(response.body);
  }

  // The reason of a refusal.
  std::string Refusal(int status, const std::string& method, std::string body,
                      const std::string& token = InProcessServer::kToken) {
    const Json error = Ask(status, method, std::move(body), token)["error"];
    EXPECT_EQ(error["code"], status);
    EXPECT_NE(error["message"], "");
    EXPECT_EQ(error["details"][0]["domain"], "heapd");
    return error["details"][0]["reason"];
  }

  // The id of a snapshot of "shop" that is READY.
  std::string TakeSnapshot() {
    const Json created =
        Ask(200, "SnapshotService/CreateSnapshot", R"({"heap": "shop"})");
    v1::WatchSnapshotRequest watch;
    watch.set_snapshot(created["snapshot"]["snapshot"].get<std::string>());
    Call call(InProcessServer::kToken);
    const auto reader = server_.snapshots->WatchSnapshot(&call, watch);
    v1::WatchSnapshotResponse response;
    while (reader->Read(&response)) {
    }
    EXPECT_EQ(response.snapshot().state(), v1::SNAPSHOT_STATE_READY);
    return watch.snapshot();
  }

  ApiHandler handler_;
};

TEST_F(ApiHandlerTest, AMethodAnswersInTheJsonOfItsMessage) {
  const uint64_t ref = Allocate("payload");
  ASSERT_SUCCEEDS(Root("name", ref));
  const Json listed = Ask(200, "HeapService/ListHeaps", "{}");
  ASSERT_EQ(listed["heaps"].size(), 1u);
  EXPECT_EQ(listed["heaps"][0]["heap"], "shop");
  // 64-bit numbers are strings, and what is zero is there too.
  EXPECT_EQ(listed["heaps"][0]["object_count"], "1");
  EXPECT_EQ(listed["heaps"][0]["reservation_bytes"], "0");
  EXPECT_EQ(listed["next_page_token"], "");

  const Json explained =
      Ask(200, "CollectorService/ExplainObject",
          absl::StrCat(R"({"heap": "shop", "ref": ")", ref, R"("})"));
  EXPECT_EQ(explained["steps"][0]["type_name"], "Item");
}

TEST_F(ApiHandlerTest, WhatIsNotTheJsonOfTheRequestIsRefused) {
  const std::string method = "CollectorService/GetStats";
  for (const char* body :
       {"", "{", "[]", "null", "\"shop\"", "heap=shop", R"({"heap": ["shop"]})",
        R"({"heap": "shop", "no_such_field": 1})", R"({"heap": 1})",
        "{\"heap\": \"\xff\xfe\"}"}) {
    EXPECT_EQ(Refusal(400, method, body), "INVALID_FIELD") << body;
  }
  // The deepest that there is a message for is no deeper than this.
  EXPECT_EQ(Refusal(400, method, std::string(100'000, '{')), "INVALID_FIELD");
}

TEST_F(ApiHandlerTest, ALongRequestIsRefused) {
  const std::string body = absl::StrCat(
      R"({"heap": ")", std::string(JsonApi::kMaxRequestBytes, 'x'), R"("})");
  EXPECT_EQ(Refusal(400, "CollectorService/GetStats", body), "INVALID_FIELD");
  EXPECT_EQ(handler_.max_body_bytes(), JsonApi::kMaxRequestBytes);
}

TEST_F(ApiHandlerTest, OnlyMethodsOfTheOperationsPlaneAreServed) {
  for (const char* method :
       {"HeapService/NoSuch", "HeapService", "HeapService/", "NoSuch/GetHeap",
        "ObjectService/ReadObject", "HeapService/ListHeaps/", "",
        // Streams.
        "CollectorService/WatchCollections", "SnapshotService/WatchSnapshot"}) {
    EXPECT_EQ(Refusal(404, method, "{}"), "METHOD_NOT_FOUND") << method;
  }
  HttpRequest request = Request("", "{}", InProcessServer::kToken);
  request.path = "/api/grpc.health.v1.Health/Check";
  EXPECT_EQ(Send(request).status, 404);
}

TEST_F(ApiHandlerTest, ErrorsOfThePlaneComeWithTheirDetails) {
  const Json error =
      Ask(404, "HeapService/GetHeap", R"({"heap": "none"})")["error"];
  EXPECT_EQ(error["status"], "NOT_FOUND");
  EXPECT_EQ(error["details"][0]["@type"],
            "type.googleapis.com/google.rpc.ErrorInfo");
  EXPECT_EQ(error["details"][0]["reason"], "HEAP_NOT_FOUND");

  const Json refused =
      Ask(400, "HeapService/CreateHeap", R"({"heap": "Bad name"})")["error"];
  EXPECT_EQ(refused["details"][1]["field_violations"][0]["field"], "heap");
}

TEST_F(ApiHandlerTest, CallsGoByTheCallersCredential) {
  const std::string method = "SnapshotService/ListSnapshots";
  const HttpResponse missing = Send(Request(method, "{}", ""));
  EXPECT_EQ(missing.status, 401);
  EXPECT_THAT(missing.body, HasSubstr("CREDENTIALS_MISSING"));
  EXPECT_THAT(missing.headers,
              testing::Contains(HttpHeader("WWW-Authenticate", "Bearer")));
  EXPECT_EQ(Refusal(401, method, "{}", "wrong"), "CREDENTIALS_INVALID");
  EXPECT_EQ(Refusal(401, method, "{}", std::string(20'000, 'x')),
            "CREDENTIALS_INVALID");
  // Bytes for which gRPC would end the process.
  for (const char* token : {"a\x01", "b\n", "c\x7f", "\xc3\xbc"}) {
    EXPECT_EQ(Refusal(401, method, "{}", token), "CREDENTIALS_INVALID");
  }
  EXPECT_EQ(Ask(200, method, "{}")["snapshots"].size(), 0u);
}

TEST_F(ApiHandlerTest, TheSecondOfTwoCredentialsIsNotOverlooked) {
  HttpRequest request = Request("HeapService/ListHeaps", "{}", "wrong");
  request.headers.emplace_back(
      "authorization", absl::StrCat("Bearer ", InProcessServer::kToken));
  EXPECT_EQ(Send(request).status, 401);
}

TEST_F(ApiHandlerTest, CallsGoByTheCallersPermissions) {
  PolicyRule rule;
  rule.principals.emplace_back("token:viewer");
  rule.heaps.emplace_back("shop");
  rule.permissions = {Permission::kRead};
  server_.SetTokens({{"viewer", "viewer-token"}});
  server_.SetPolicy(Policy({rule}));
  Ask(200, "HeapService/GetHeap", R"({"heap": "shop"})", "viewer-token");
  for (const char* method :
       {"HeapService/DeleteHeap", "CollectorService/CollectHeap",
        "SnapshotService/CreateSnapshot"}) {
    const Json error =
        Ask(403, method, R"({"heap": "shop"})", "viewer-token")["error"];
    EXPECT_EQ(error["status"], "PERMISSION_DENIED") << method;
    EXPECT_EQ(error["details"][0]["reason"], "PERMISSION_MISSING");
  }
  // Not served here, and permitted to nobody by that.
  EXPECT_EQ(Refusal(401, "HeapService/GetHeap", R"({"heap": "shop"})",
                    InProcessServer::kToken),
            "CREDENTIALS_INVALID");
}

TEST_F(ApiHandlerTest, OnlyWhatSaysThatItIsJsonIsRead) {
  for (const char* type :
       {"text/plain", "application/x-www-form-urlencoded",
        "multipart/form-data", "", "application/jsonp", "application/json-x"}) {
    HttpRequest request =
        Request("HeapService/ListHeaps", "{}", InProcessServer::kToken);
    request.headers[0].second = type;
    const HttpResponse response = Send(request);
    EXPECT_EQ(response.status, 400) << type;
    EXPECT_THAT(response.body, HasSubstr("content-type"));
  }
  HttpRequest request =
      Request("HeapService/ListHeaps", "{}", InProcessServer::kToken);
  request.headers.erase(request.headers.begin());
  EXPECT_EQ(Send(request).status, 400);
}

TEST_F(ApiHandlerTest, ARetryTellsWhen) {
  server_.services().BeginDrain();
  const HttpResponse response =
      Send(Request("HeapService/ListHeaps", "{}", InProcessServer::kToken));
  EXPECT_EQ(response.status, 503);
  EXPECT_THAT(response.body, HasSubstr("DRAINING"));
  ASSERT_FALSE(response.headers.empty());
  EXPECT_EQ(response.headers[0].first, "Retry-After");
  EXPECT_GE(std::stoi(response.headers[0].second), 1);
}

TEST_F(ApiHandlerTest, ADownloadIsTheBytesOfTheFile) {
  for (int i = 0; i < 20'000; ++i) Allocate("x");
  const std::string snapshot = TakeSnapshot();
  const auto body = [&](uint64_t offset) {
    return Json{{"snapshot", snapshot}, {"offset_bytes", offset}}.dump();
  };
  const auto all = [&](uint64_t offset, int* pieces) {
    const HttpResponse response =
        Send(Request("SnapshotService/DownloadSnapshot", body(offset),
                     InProcessServer::kToken));
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(response.content_type, "application/octet-stream");
    std::string file;
    for (;;) {
      const absl::StatusOr<std::string> piece = response.source();
      EXPECT_TRUE(piece.ok()) << piece.status();
      if (!piece.ok() || piece->empty()) return file;
      file += *piece;
      ++*pieces;
    }
  };
  int pieces = 0;
  const std::string file = all(0, &pieces);
  EXPECT_GT(pieces, 1);
  EXPECT_THAT(file, HasSubstr("\"snapshot\""));
  EXPECT_THAT(file, EndsWith("}\n"));
  const Json got = Ask(200, "SnapshotService/GetSnapshot",
                       Json{{"snapshot", snapshot}}.dump());
  EXPECT_EQ(got["snapshot"]["size_bytes"], absl::StrCat(file.size()));
  EXPECT_EQ(all(10, &pieces), file.substr(10));
  EXPECT_EQ(all(file.size(), &pieces), "");
}

TEST_F(ApiHandlerTest, ADownloadThatIsRefusedIsNoFile) {
  const std::string method = "SnapshotService/DownloadSnapshot";
  EXPECT_EQ(Refusal(404, method, R"({"snapshot": "none"})"),
            "SNAPSHOT_NOT_FOUND");
  EXPECT_EQ(Refusal(401, method, R"({"snapshot": "none"})", "wrong"),
            "CREDENTIALS_INVALID");
  EXPECT_EQ(Refusal(400, method, "{"), "INVALID_FIELD");
}

TEST_F(ApiHandlerTest, ADownloadCanBeLeft) {
  for (int i = 0; i < 20'000; ++i) Allocate("x");
  const Json request = {{"snapshot", TakeSnapshot()}};
  const absl::Time deadline = absl::Now() + absl::Seconds(30);
  for (int i = 0; i < 5; ++i) {
    HttpResponse response;
    // limits.max_watchers bounds them: each must end, a moment after it was
    // left.
    do {
      response = Send(Request("SnapshotService/DownloadSnapshot",
                              request.dump(), InProcessServer::kToken));
    } while (response.status == 429 && absl::Now() < deadline);
    ASSERT_EQ(response.status, 200) << response.body;
    EXPECT_TRUE(response.source().ok());
  }
}

// The log shows the browser, and not this process, as who asked.
class AuditedApiTest : public ::testing::Test {
 protected:
  const TemporaryDirectory directory_;
};

TEST_F(AuditedApiTest, TheAuditLogNamesTheCallerAndItsPeer) {
  Config config = SmallConfig();
  config.audit_file = directory_.Path("audit.log");
  InProcessServer server(config);
  ApiHandler handler(server.operations_channel());
  HttpRequest request;
  request.method = "POST";
  request.path = "/api/heapd.v1.HeapService/CreateHeap";
  request.headers = {
      {"Content-Type", "application/json"},
      {"Authorization", absl::StrCat("Bearer ", InProcessServer::kToken)}};
  request.body = R"({"heap": "new"})";
  request.peer = "ipv4:192.0.2.7:5000";
  EXPECT_EQ(handler.Handle(request).status, 200);
  const std::string log = directory_.Read("audit.log");
  EXPECT_THAT(log, HasSubstr("\"principal\":\"token:tester\","
                             "\"peer\":\"ipv4:192.0.2.7:5000\","
                             "\"method\":\"HeapService/CreateHeap\""));
  EXPECT_THAT(log, Not(HasSubstr(InProcessServer::kToken)));
}

class AssetHandlerTest : public ::testing::Test {
 protected:
  HttpResponse Get(const std::string& path, const std::string& known = "") {
    HttpRequest request;
    request.method = "GET";
    request.path = path;
    if (!known.empty()) request.headers.emplace_back("If-None-Match", known);
    return handler_.Handle(request);
  }
  static std::string HeaderOf(const HttpResponse& response,
                              const std::string& name) {
    for (const HttpHeader& header : response.headers) {
      if (header.first == name) return header.second;
    }
    return "";
  }

  AssetHandler handler_;
};

TEST_F(AssetHandlerTest, ThePageIsServedWithAPolicyThatPermitsNothingElse) {
  const HttpResponse page = Get("/");
  EXPECT_EQ(page.status, 200);
  EXPECT_EQ(page.content_type, "text/html; charset=utf-8");
  EXPECT_THAT(page.body, HasSubstr("<script type=\"module\" src=\"app.js\">"));
  const std::string policy = HeaderOf(page, "Content-Security-Policy");
  EXPECT_THAT(policy, HasSubstr("default-src 'none'"));
  EXPECT_THAT(policy, HasSubstr("frame-ancestors 'none'"));
  EXPECT_THAT(policy, Not(HasSubstr("unsafe")));
  EXPECT_EQ(HeaderOf(page, "Referrer-Policy"), "no-referrer");
}

TEST_F(AssetHandlerTest, NoAssetNeedsWhatThePolicyForbids) {
  for (const PageAsset& asset : PageAssets()) {
    const std::string text(asset.content);
    for (const char* bad :
         {"innerHTML", "outerHTML", "insertAdjacentHTML", "document.write",
          "eval(", "new Function", "style=\"", "onclick=\"", "localStorage",
          "document.cookie"}) {
      EXPECT_THAT(text, Not(HasSubstr(bad))) << asset.path;
    }
    // From the network nothing: xmlns is the only address there is.
    size_t at = 0;
    while ((at = text.find("http", at)) != std::string::npos) {
      EXPECT_TRUE(text.compare(at, 5, "https") != 0 || text[at + 5] != ':')
          << asset.path;
      if (text.compare(at, 5, "http:") == 0) {
        EXPECT_EQ(text.substr(at, 26), "http://www.w3.org/2000/svg");
      }
      ++at;
    }
  }
}

TEST_F(AssetHandlerTest, WhatABrowserHasIsNotSentAgain) {
  const std::string etag = HeaderOf(Get("/app.js"), "ETag");
  EXPECT_EQ(etag.size(), 66u);
  const HttpResponse same = Get("/app.js", etag);
  EXPECT_EQ(same.status, 304);
  EXPECT_EQ(same.body, "");
  EXPECT_EQ(HeaderOf(same, "ETag"), etag);
  EXPECT_EQ(Get("/api.js", etag).status, 200);
}

TEST_F(AssetHandlerTest, OnlyAssetsAreServed) {
  for (const char* path : {"/none.js", "", "/../app.js", "/assets/app.js",
                           "/app.js/", "//", "/INDEX.html"}) {
    EXPECT_EQ(Get(path).status, 404) << path;
  }
}

TEST_F(AssetHandlerTest, EveryImportOfAScriptIsAnAsset) {
  for (const PageAsset& asset : PageAssets()) {
    const std::string text(asset.content);
    size_t at = 0;
    while ((at = text.find("from './", at)) != std::string::npos) {
      const size_t start = at + 7;
      const std::string path =
          text.substr(start, text.find('\'', start) - start);
      EXPECT_NE(FindPageAsset(path), nullptr) << asset.path << ": " << path;
      at = start;
    }
  }
}

}  // namespace
}  // namespace heapd::server
