// What the listener that speaks HTTP serves, of a whole daemon.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "absl/strings/escaping.h"
#include "heapd/v1/heap_service.grpc.pb.h"
#include "server/auth/token_digest.h"
#include "server/daemon.h"
#include "tests/server/support/http_test_client.h"
#include "tests/server/support/temporary_directory.h"
#include "tests/server/support/test_certificates.h"
#include "tests/server/support/tls_client.h"

namespace heapd::server {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class DaemonMetricsTest : public ::testing::Test {
 protected:
  DaemonMetricsTest() {
    Config& config = options_.config;
    config.listen_data = {"127.0.0.1:0"};
    config.listen_operations = {"127.0.0.1:0"};
    config.listen_liveness = {};
    config.listen_readiness = {};
    config.listen_metrics = {"127.0.0.1:0"};
    config.memory_budget = 64 << 20;
    config.shutdown_grace = absl::Seconds(5);
    ResolveDefaults(uint64_t{1} << 30, 2, config);
  }

  void Start() {
    auto daemon = Daemon::Start(options_);
    ASSERT_TRUE(daemon.ok()) << daemon.status();
    daemon_ = *std::move(daemon);
  }
  std::string Url(const std::string& path) {
    const std::string scheme =
        options_.config.tls_certificate_file.empty() ? "http" : "https";
    return absl::StrCat(scheme, "://",
                        daemon_->addresses().at("metrics").front(), path);
  }
  void CreateHeap(const std::string& heap) {
    const auto stub = v1::HeapService::NewStub(
        grpc::CreateChannel(daemon_->addresses().at("operations").front(),
                            grpc::InsecureChannelCredentials()));
    grpc::ClientContext context;
    context.AddMetadata("authorization", "Bearer admin");
    v1::CreateHeapRequest request;
    request.set_heap(heap);
    request.set_limit_bytes(4 << 20);
    v1::CreateHeapResponse response;
    const grpc::Status status = stub->CreateHeap(&context, request, &response);
    ASSERT_TRUE(status.ok()) << status.error_message();
  }
  void AddToken(const std::string& token) {
    const TokenDigest digest = DigestOf(token);
    options_.config.auth_tokens.push_back(
        {token,
         absl::BytesToHexString(absl::string_view(
             reinterpret_cast<const char*>(digest.data()), digest.size()))});
  }
  HttpReply AskWith(const std::string& token) {
    HttpAsk ask;
    ask.headers = {"Authorization: Bearer " + token};
    return AskHttp(Url("/metrics"), ask);
  }

  TemporaryDirectory directory_;
  DaemonOptions options_;
  std::unique_ptr<Daemon> daemon_;
};

TEST_F(DaemonMetricsTest, ThereIsNoListenerUnlessItIsWanted) {
  options_.config.listen_metrics = {};
  Start();
  EXPECT_EQ(daemon_->addresses().count("metrics"), 0u);
}

TEST_F(DaemonMetricsTest, ProbesAreAnsweredToEverybody) {
  options_.config.auth_policy_file =
      directory_.Write("policy.yaml", "rules: []\n");
  Start();
  EXPECT_EQ(AskHttp(Url("/livez")).body, "SERVING\n");
  EXPECT_EQ(AskHttp(Url("/readyz")).status, 200);
  EXPECT_EQ(AskHttp(Url("/metrics")).status, 401);
  EXPECT_EQ(AskHttp(Url("/nothing")).status, 404);
}

TEST_F(DaemonMetricsTest, AnonymousCallersOnThisMachineSeeAll) {
  AddToken("admin");
  Start();
  CreateHeap("shop");
  const HttpReply reply = AskHttp(Url("/metrics"));
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.headers.at("content-type"),
            "text/plain; version=0.0.4; charset=utf-8");
  EXPECT_THAT(reply.body, HasSubstr("\nheapd_heaps 1\n"));
  EXPECT_THAT(reply.body, HasSubstr("\nheapd_ready 1\n"));
  EXPECT_THAT(reply.body,
              HasSubstr("\nheapd_heap_limit_bytes{heap=\"shop\"} 4194304\n"));
  EXPECT_THAT(
      reply.body,
      HasSubstr("heapd_heap_space_used_bytes{heap=\"shop\",space=\"old_space\"}"
                " 0\n"));
  EXPECT_THAT(reply.body,
              HasSubstr("heapd_rpc_calls_total{service=\"HeapService\",method="
                        "\"CreateHeap\",code=\"OK\"} 1\n"));
}

TEST_F(DaemonMetricsTest, CallersSeeTheHeapsThatTheyMay) {
  options_.config.auth_policy_file = directory_.Write("policy.yaml", R"(rules:
  - principals: ["token:admin"]
    heaps: ["*"]
    permissions: [metrics, admin]
  - principals: ["token:shop"]
    heaps: ["shop"]
    permissions: [metrics]
  - principals: ["token:reader"]
    heaps: ["*"]
    permissions: [read]
)");
  options_.config.metrics_max_heaps = 2;
  for (const char* token : {"admin", "shop", "reader"}) AddToken(token);
  Start();
  for (const char* heap : {"shop", "secret", "third"}) CreateHeap(heap);
  EXPECT_EQ(AskWith("reader").status, 403);
  EXPECT_THAT(AskWith("reader").body, HasSubstr("'metrics'"));
  EXPECT_EQ(AskWith("wrong").status, 401);
  const std::string all = AskWith("admin").body;
  EXPECT_THAT(all, HasSubstr("\nheapd_heaps 3\n"));
  EXPECT_THAT(all, HasSubstr("heap=\"(other)\""));
  const std::string some = AskWith("shop").body;
  EXPECT_THAT(some, HasSubstr("\nheapd_heaps 1\n"));
  EXPECT_THAT(some, Not(HasSubstr("secret")));
  EXPECT_THAT(some, Not(HasSubstr("third")));
  EXPECT_THAT(some, Not(HasSubstr("(other)")));
}

TEST_F(DaemonMetricsTest, TlsShowsTheDaemonsCertificateAndKnowsClients) {
  const TestAuthority authority;
  const TestCertificate own = authority.Issue(ServerOptions());
  options_.config.tls_certificate_file =
      directory_.Write("crt", own.certificate);
  options_.config.tls_key_file = directory_.Write("key", own.key);
  options_.config.tls_client_ca_file =
      directory_.Write("ca", authority.certificate());
  options_.config.auth_policy_file = directory_.Write("policy.yaml", R"(rules:
  - principals: ["cert:prometheus"]
    heaps: ["*"]
    permissions: [metrics]
)");
  Start();
  HttpAsk ask;
  ask.authority = authority.certificate();
  EXPECT_EQ(AskHttp(Url("/livez"), ask).status, 200);
  EXPECT_EQ(AskHttp(Url("/metrics"), ask).status, 401);
  TestCertificateOptions client;
  client.common_name = "prometheus";
  const TestCertificate certificate = authority.Issue(client);
  ask.certificate = certificate.certificate;
  ask.key = certificate.key;
  EXPECT_EQ(AskHttp(Url("/metrics"), ask).status, 200);
  // One of another authority ends the handshake.
  const TestAuthority other;
  const TestCertificate forged = other.Issue(client);
  ask.certificate = forged.certificate;
  ask.key = forged.key;
  EXPECT_EQ(AskHttp(Url("/metrics"), ask).status, 0);
  // And nobody is heard without TLS.
  EXPECT_EQ(AskHttp("http" + Url("/livez").substr(5)).status, 0);
  // A new certificate is shown to the next connection.
  const TestCertificate renewed = authority.Issue(ServerOptions());
  directory_.Write("crt", renewed.certificate);
  directory_.Write("key", renewed.key);
  daemon_->Reload();
  // SerialShownAt() offers h2 only, which no HTTP/1.1 server takes.
  HttpAsk plain;
  plain.authority = authority.certificate();
  EXPECT_EQ(AskHttp(Url("/livez"), plain).status, 200);
  EXPECT_EQ(SerialShownAt(daemon_->addresses().at("metrics").front()), 0);
}

TEST_F(DaemonMetricsTest, AListenerBeyondThisMachineEndsAnonymity) {
  const TestAuthority authority;
  const TestCertificate own = authority.Issue(ServerOptions());
  options_.config.tls_certificate_file =
      directory_.Write("crt", own.certificate);
  options_.config.tls_key_file = directory_.Write("key", own.key);
  options_.config.listen_metrics = {"0.0.0.0:0"};
  Start();
  HttpAsk ask;
  ask.authority = authority.certificate();
  const std::string port = Url("").substr(Url("").rfind(':'));
  EXPECT_EQ(AskHttp("https://127.0.0.1" + port + "/readyz", ask).status, 200);
  EXPECT_EQ(AskHttp("https://127.0.0.1" + port + "/metrics", ask).status, 401);
}

}  // namespace
}  // namespace heapd::server
