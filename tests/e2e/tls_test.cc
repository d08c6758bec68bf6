// The daemon, heapctl and heapload with TLS and credentials, as processes.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "client/heapd/client.h"
#include "client/heapd/sha256.h"
#include "client/heapd/status.h"
#include "tests/server/support/child_process.h"
#include "tests/server/support/temporary_directory.h"
#include "tests/server/support/test_certificates.h"
#include "tests/server/support/test_issuer.h"
#include "tests/server/support/tls_client.h"

namespace heapd::e2e {
namespace {

using server::ChildProcess;
using server::ServerOptions;
using server::TestAuthority;
using server::TestCertificate;
using server::TestCertificateOptions;
using ::testing::HasSubstr;

const char kHeapd[] = HEAPD_TEST_BIN_DIR "/heapd";
const char kHeapctl[] = HEAPD_TEST_BIN_DIR "/heapctl";
const char kHeapload[] = HEAPD_TEST_BIN_DIR "/heapload";
constexpr absl::Duration kPatience = absl::Seconds(30);
constexpr int kNotPermitted = 4;
constexpr int kUnavailable = 5;

// A daemon that asks for certificates of clients on both planes.
class TlsTest : public ::testing::Test {
 protected:
  TlsTest() {
    WritePair(authority_.Issue(ServerOptions()));
    directory_.Write("ca.crt", authority_.certificate());
    directory_.Write("stranger.crt", stranger_.certificate());
    TestCertificateOptions client;
    client.common_name = "web";
    WriteClient("client", authority_.Issue(client));
    WriteClient("foreign", stranger_.Issue(client));
    client.begins = -absl::Hours(48);
    client.ends = -absl::Hours(24);
    WriteClient("expired", authority_.Issue(client));
    directory_.Write("keys.json", server::TestKeySet());
    directory_.Write("token", "secret\n");
    directory_.Write("wrong-token", "guess\n");
    directory_.Write("jwt", server::GoodJwt() + "\n");
    directory_.Write("tokens.yaml",
                     absl::StrCat("- {name: alice, sha256: ",
                                  client::Sha256Hex("secret"), "}\n"));
    heapd_ = std::make_unique<ChildProcess>(
        kHeapd, std::vector<std::string>{"--listen.data",
                                         "127.0.0.1:0",
                                         "--listen.operations",
                                         "127.0.0.1:0",
                                         "--listen.liveness",
                                         "127.0.0.1:0",
                                         "--listen.readiness",
                                         "127.0.0.1:0",
                                         "--ports-file",
                                         directory_.Path("ports"),
                                         "--memory.budget",
                                         "64MiB",
                                         "--snapshots.directory",
                                         directory_.Path("snapshots"),
                                         "--tls.certificate_file",
                                         directory_.Path("tls.crt"),
                                         "--tls.key_file",
                                         directory_.Path("tls.key"),
                                         "--tls.client_ca_file",
                                         directory_.Path("ca.crt"),
                                         "--tls.require_client_certificate",
                                         "data",
                                         "--tls.require_client_certificate",
                                         "operations",
                                         "--auth.tokens_file",
                                         directory_.Path("tokens.yaml"),
                                         "--auth.jwt_keys_file",
                                         directory_.Path("keys.json"),
                                         "--auth.jwt_issuer",
                                         "https://issuer.test",
                                         "--auth.jwt_audience",
                                         "heapd"});
    log_ = heapd_->ReadUntil(" serving ");
    ports_ = nlohmann::json::parse(directory_.Read("ports"));
  }

  void WritePair(const TestCertificate& pair) {
    pair_ = pair;
    directory_.Write("tls.crt", pair.certificate);
    directory_.Write("tls.key", pair.key);
  }
  void WriteClient(const std::string& name, const TestCertificate& pair) {
    directory_.Write(name + ".crt", pair.certificate);
    directory_.Write(name + ".key", pair.key);
  }

  std::string Address(const std::string& plane) { return ports_[plane][0]; }

  // The flags of who trusts `authority` and shows `own`; either may be empty.
  std::vector<std::string> Flags(const std::string& authority,
                                 const std::string& own) {
    std::vector<std::string> flags = {"--tls-ca",
                                      directory_.Path(authority + ".crt")};
    if (!own.empty()) {
      flags.insert(flags.end(), {"--tls-cert", directory_.Path(own + ".crt"),
                                 "--tls-key", directory_.Path(own + ".key")});
    }
    return flags;
  }

  // Runs heapctl; gives its exit code, and its output in `output_`.
  int Heapctl(std::vector<std::string> arguments,
              const std::vector<std::string>& flags) {
    arguments.insert(arguments.end(), flags.begin(), flags.end());
    arguments.insert(arguments.end(),
                     {"--address", Address("data"), "--operations-address",
                      Address("operations"), "--timeout", "5s"});
    ChildProcess heapctl(kHeapctl, arguments);
    output_ = heapctl.ReadAll();
    return heapctl.Wait();
  }

  client::ClientOptions ClientWithCertificate() {
    client::ClientOptions options;
    options.tls =
        client::TlsOptions{.authorities = authority_.certificate(),
                           .certificate = directory_.Read("client.crt"),
                           .key = directory_.Read("client.key")};
    return options;
  }

  server::TemporaryDirectory directory_;
  TestAuthority authority_;
  TestAuthority stranger_{"stranger"};
  TestCertificate pair_;
  std::unique_ptr<ChildProcess> heapd_;
  nlohmann::json ports_;
  std::string log_;
  std::string output_;
};

TEST_F(TlsTest, TheRightCertificateIsServedAndNoOther) {
  EXPECT_EQ(Heapctl({"heap", "create", "shop"}, Flags("ca", "client")), 0)
      << output_;
  // Without a certificate, with those of others, and in plaintext.
  EXPECT_EQ(Heapctl({"heap", "list"}, Flags("ca", "")), kUnavailable);
  EXPECT_EQ(Heapctl({"heap", "list"}, Flags("ca", "foreign")), kUnavailable);
  EXPECT_EQ(Heapctl({"heap", "list"}, Flags("ca", "expired")), kUnavailable);
  EXPECT_EQ(Heapctl({"heap", "list"}, Flags("stranger", "client")),
            kUnavailable);
  EXPECT_THAT(output_, HasSubstr("UNAVAILABLE"));
  EXPECT_EQ(Heapctl({"heap", "list"}, {}), kUnavailable);
  // The name must be that of the certificate.
  std::vector<std::string> flags = Flags("ca", "client");
  flags.insert(flags.end(), {"--tls-server-name", "localhost"});
  EXPECT_EQ(Heapctl({"heap", "list"}, flags), 0) << output_;
  flags.back() = "other.test";
  EXPECT_EQ(Heapctl({"heap", "list"}, flags), kUnavailable);
}

TEST_F(TlsTest, HealthSpeaksTlsToo) {
  EXPECT_EQ(Heapctl({"health", Address("readiness")}, Flags("ca", "")), 0)
      << output_;
  EXPECT_EQ(Heapctl({"health", Address("liveness")}, {}), kUnavailable);
}

TEST_F(TlsTest, SnapshotsShowWhoAskedForThem) {
  ASSERT_EQ(Heapctl({"heap", "create", "shop"}, Flags("ca", "client")), 0);
  const auto requested_by = [&](const std::string& token_file) {
    std::vector<std::string> flags = Flags("ca", "client");
    if (!token_file.empty()) {
      flags.insert(flags.end(), {"--token-file", directory_.Path(token_file)});
    }
    const int code = Heapctl(
        {"snapshot", "create", "shop", "--wait", "--output", "json"}, flags);
    if (code != 0) return absl::StrCat("exit ", code);
    return nlohmann::json::parse(output_)["requested_by"].get<std::string>();
  };
  EXPECT_EQ(requested_by(""), "cert:web");
  EXPECT_EQ(requested_by("token"), "token:alice");
  EXPECT_EQ(requested_by("jwt"), "jwt:alice");
  EXPECT_EQ(requested_by("wrong-token"), absl::StrCat("exit ", kNotPermitted));
  EXPECT_THAT(output_, HasSubstr("CREDENTIALS_INVALID"));
}

TEST_F(TlsTest, AReloadWhileClientsAreConnectedDisturbsNobody) {
  const auto client =
      client::Client::Connect(Address("data"), ClientWithCertificate());
  ASSERT_TRUE(client.ok()) << client.status();
  ASSERT_TRUE((*client)->CreateHeap("shop").ok());
  const auto session = (*client)->OpenSession("shop");
  ASSERT_TRUE(session.ok()) << session.status();
  // Half of a pair, which is refused; then the other half, which heapd notices
  // by itself.
  const TestCertificate next = authority_.Issue(ServerOptions());
  directory_.Write("tls.key", next.key);
  heapd_->Signal(SIGHUP);
  EXPECT_THAT(heapd_->ReadUntil("reload_refused what=tls"),
              HasSubstr("reload_refused what=tls"));
  EXPECT_EQ(Heapctl({"heap", "list"}, Flags("ca", "client")), 0) << output_;
  directory_.Write("tls.crt", next.certificate);
  EXPECT_THAT(heapd_->ReadUntil("reloaded what=tls"),
              HasSubstr("reloaded what=tls"));
  const absl::Time deadline = absl::Now() + kPatience;
  // The handshake ends before the daemon has looked for a certificate of the
  // client, so its own is seen here.
  while (server::SerialShownAt(Address("data"), TLS1_3_VERSION) !=
         server::SerialOf(next.certificate)) {
    ASSERT_LT(absl::Now(), deadline);
    absl::SleepFor(absl::Milliseconds(50));
  }
  EXPECT_TRUE(session->DefineType("Item", {}).ok());
  EXPECT_EQ(Heapctl({"heap", "list"}, Flags("ca", "client")), 0) << output_;
}

TEST_F(TlsTest, HeaploadRunsWithTlsAndAToken) {
  std::vector<std::string> arguments = {"run",
                                        "--profile",
                                        "churn",
                                        "--address",
                                        Address("data"),
                                        "--duration",
                                        "500ms",
                                        "--schedule",
                                        "constant:200",
                                        "--liveness",
                                        Address("liveness"),
                                        "--readiness",
                                        Address("readiness"),
                                        "--quiet",
                                        "--token-file",
                                        directory_.Path("token"),
                                        "--slo",
                                        "goodput >= 10%"};
  const std::vector<std::string> flags = Flags("ca", "client");
  arguments.insert(arguments.end(), flags.begin(), flags.end());
  ChildProcess heapload(kHeapload, arguments);
  const std::string output = heapload.ReadAll();
  EXPECT_EQ(heapload.Wait(), 0) << output;
}

TEST_F(TlsTest, NoKeyAndNoTokenIsLogged) {
  Heapctl({"heap", "list"}, Flags("ca", "foreign"));
  std::vector<std::string> flags = Flags("ca", "client");
  flags.insert(flags.end(), {"--token-file", directory_.Path("wrong-token")});
  Heapctl({"snapshot", "list"}, flags);
  heapd_->Signal(SIGHUP);
  log_ += heapd_->ReadUntil("reloaded what=tls");
  heapd_->Signal(SIGTERM);
  log_ += heapd_->ReadAll();
  EXPECT_EQ(heapd_->Wait(), 0);
  for (const std::string& secret : {std::string("guess"), std::string("secret"),
                                    pair_.key.substr(60, 20)}) {
    EXPECT_EQ(log_.find(secret), std::string::npos) << secret;
  }
}

}  // namespace
}  // namespace heapd::e2e
