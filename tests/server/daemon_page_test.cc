// The operator's page of a whole daemon, as a browser asks for it: over HTTP,
// and by what its connection shows.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "heapd/v1/heap_service.grpc.pb.h"
#include "server/daemon.h"
#include "tests/server/support/http_test_client.h"
#include "tests/server/support/temporary_directory.h"
#include "tests/server/support/test_certificates.h"

namespace heapd::server {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using Json = nlohmann::json;

constexpr char kListHeaps[] = "/api/heapd.v1.HeapService/ListHeaps";
constexpr char kCreateHeap[] = "/api/heapd.v1.HeapService/CreateHeap";

class DaemonPageTest : public ::testing::Test {
 protected:
  DaemonPageTest() {
    Config& config = options_.config;
    config.listen_data = {"127.0.0.1:0"};
    config.listen_operations = {"127.0.0.1:0"};
    config.listen_liveness = {"127.0.0.1:0"};
    config.listen_readiness = {"127.0.0.1:0"};
    config.listen_metrics = {"127.0.0.1:0"};
    config.memory_budget = 64 << 20;
    config.audit_file = directory_.Path("audit.log");
  }

  void Start() {
    ResolveDefaults(uint64_t{1} << 30, 2, options_.config);
    auto daemon = Daemon::Start(options_);
    ASSERT_TRUE(daemon.ok()) << daemon.status();
    daemon_ = *std::move(daemon);
  }
  std::string Url(const std::string& path,
                  const std::string& scheme = "http://") const {
    return absl::StrCat(scheme, daemon_->addresses().at("metrics").front(),
                        path);
  }
  static HttpAsk Post(std::string body) {
    HttpAsk ask;
    ask.method = "POST";
    ask.headers = {"Content-Type: application/json"};
    ask.body = std::move(body);
    return ask;
  }

  const TemporaryDirectory directory_;
  DaemonOptions options_;
  std::unique_ptr<Daemon> daemon_;
};

TEST_F(DaemonPageTest, ThePageAndItsMethodsAreServed) {
  Start();
  const HttpReply page = AskHttp(Url("/"));
  EXPECT_EQ(page.status, 200);
  EXPECT_EQ(page.headers.at("content-type"), "text/html; charset=utf-8");
  EXPECT_THAT(page.headers.at("content-security-policy"),
              HasSubstr("script-src 'self'"));
  EXPECT_EQ(page.headers.at("x-content-type-options"), "nosniff");
  EXPECT_EQ(AskHttp(Url("/app.js")).status, 200);
  EXPECT_EQ(AskHttp(Url("/none.js")).status, 404);

  EXPECT_EQ(AskHttp(Url(kCreateHeap), Post(R"({"heap": "shop"})")).status, 200);
  const HttpReply listed = AskHttp(Url(kListHeaps), Post("{}"));
  EXPECT_EQ(listed.status, 200);
  EXPECT_EQ(listed.headers.at("cache-control"), "no-store");
  EXPECT_EQ(Json::parse(listed.body)["heaps"][0]["heap"], "shop");
  EXPECT_THAT(directory_.Read("audit.log"),
              HasSubstr("\"peer\":\"ipv4:127.0.0.1:"));
}

TEST_F(DaemonPageTest, WhatABrowserAsksForAnotherSiteIsRefused) {
  Start();
  for (const char* header :
       {"Origin: http://evil.example", "Sec-Fetch-Site: cross-site",
        "Host: evil.example:7704", "Content-Type: text/plain"}) {
    HttpAsk ask = Post(R"({"heap": "shop"})");
    if (absl::string_view(header).substr(0, 7) == "Content") {
      ask.headers.clear();
    }
    ask.headers.emplace_back(header);
    const HttpReply reply = AskHttp(Url(kCreateHeap), ask);
    EXPECT_GE(reply.status, 400) << header;
    EXPECT_LT(reply.status, 500) << header;
  }
  // A form, and a link, of another site.
  HttpAsk get;
  EXPECT_EQ(AskHttp(Url(kListHeaps), get).status, 405);
  EXPECT_EQ(Json::parse(AskHttp(Url(kListHeaps), Post("{}")).body)["heaps"],
            Json::array());
}

TEST_F(DaemonPageTest, ATokenIsCheckedWhereAnybodyMayList) {
  Start();
  HttpAsk ask = Post("{}");
  ask.headers.emplace_back("Authorization: Bearer wrong");
  const HttpReply reply = AskHttp(Url(kListHeaps), ask);
  EXPECT_EQ(reply.status, 401);
  EXPECT_THAT(reply.body, HasSubstr("CREDENTIALS_INVALID"));
  EXPECT_THAT(reply.body, Not(HasSubstr("wrong")));
}

// A daemon with TLS, which lets "alice" in by her certificate and nobody else.
class DaemonPageTlsTest : public DaemonPageTest {
 protected:
  DaemonPageTlsTest() {
    TestCertificateOptions client;
    client.common_name = "alice";
    alice_ = authority_.Issue(client);
    const TestCertificate server = authority_.Issue(ServerOptions());
    Config& config = options_.config;
    config.tls_certificate_file = directory_.Write("crt", server.certificate);
    config.tls_key_file = directory_.Write("key", server.key);
    config.tls_client_ca_file =
        directory_.Write("ca", authority_.certificate());
    config.auth_policy_file = directory_.Write(
        "policy.yaml",
        "rules:\n  - principals: [\"cert:alice\"]\n    heaps: [\"*\"]\n"
        "    permissions: [read, admin]\n");
  }

  const TestAuthority authority_;
  TestCertificate alice_;
};

TEST_F(DaemonPageTlsTest, ACertificateOfTheConnectionIsTheCallersCredential) {
  Start();
  HttpAsk ask = Post(R"({"heap": "shop"})");
  ask.authority = authority_.certificate();
  EXPECT_EQ(AskHttp(Url(kCreateHeap, "https://"), ask).status, 401);
  ask.certificate = alice_.certificate;
  ask.key = alice_.key;
  EXPECT_EQ(AskHttp(Url(kCreateHeap, "https://"), ask).status, 200);
  EXPECT_THAT(directory_.Read("audit.log"), HasSubstr("\"cert:alice\""));
  // A token goes before the certificate, as over gRPC.
  ask.headers.emplace_back("Authorization: Bearer wrong");
  EXPECT_EQ(AskHttp(Url(kCreateHeap, "https://"), ask).status, 401);
}

TEST_F(DaemonPageTlsTest, NobodyPretendsToBeForwardedOverAConnection) {
  Start();
  grpc::SslCredentialsOptions ssl;
  ssl.pem_root_certs = authority_.certificate();
  const auto heaps = v1::HeapService::NewStub(
      grpc::CreateChannel(daemon_->addresses().at("operations").front(),
                          grpc::SslCredentials(ssl)));
  for (const std::string& secret : {std::string(), std::string(32, 'x')}) {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() +
                         std::chrono::seconds(20));
    context.AddMetadata("heapd-forwarded-secret-bin", secret);
    context.AddMetadata("heapd-forwarded-certificate-bin", alice_.certificate);
    v1::ListHeapsResponse response;
    const grpc::Status status = heaps->ListHeaps(&context, {}, &response);
    EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAUTHENTICATED)
        << status.error_message();
  }
}

TEST_F(DaemonPageTest, TheDaemonStopsWhileThePageIsAsked) {
  Start();
  EXPECT_EQ(AskHttp(Url(kListHeaps), Post("{}")).status, 200);
  const std::string url = Url(kListHeaps);
  daemon_->Stop();
  EXPECT_EQ(AskHttp(url, Post("{}")).status, 0);
}

}  // namespace
}  // namespace heapd::server
