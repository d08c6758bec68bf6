#include "server/auth/server_tls.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <memory>
#include <string>

#include "absl/time/clock.h"
#include "server/ops/health.h"
#include "server/ops/listener.h"
#include "tests/server/support/health_client.h"
#include "tests/server/support/temporary_directory.h"
#include "tests/server/support/test_certificates.h"
#include "tests/server/support/tls_client.h"

namespace heapd::server {
namespace {

using ::testing::HasSubstr;

constexpr char kRefused[] = "error 14";
// For machines that have other things to do.
constexpr absl::Duration kPatience = absl::Seconds(30);

class ServerTlsTest : public ::testing::Test {
 protected:
  ServerTlsTest() : health_(&board_, 4) {
    board_.SetAll(ServingState::kServing);
    WritePair(authority_.Issue(ServerOptions()));
    directory_.Write("ca.crt", authority_.certificate());
  }
  ~ServerTlsTest() override { board_.Close(); }

  void WritePair(const TestCertificate& pair) {
    pair_ = pair;
    directory_.Write("tls.crt", pair.certificate);
    directory_.Write("tls.key", pair.key);
  }

  TlsFiles Files() const {
    return {directory_.Path("tls.crt"), directory_.Path("tls.key"),
            directory_.Path("ca.crt")};
  }

  std::string LoadError(const TlsFiles& files) const {
    return std::string(ServerTls::Load(files).status().message());
  }

  void Start(ClientCertificateUse use) {
    auto tls = ServerTls::Load(Files());
    ASSERT_TRUE(tls.ok()) << tls.status();
    tls_ = *std::move(tls);
    ListenerOptions options;
    options.name = "listen.test";
    options.addresses = {"127.0.0.1:0"};
    options.credentials = tls_->CredentialsFor(use);
    auto listener = Listener::Start(options, {&health_});
    ASSERT_TRUE(listener.ok()) << listener.status();
    listener_ = *std::move(listener);
  }

  const std::string& address() const { return listener_->addresses().front(); }

  // What a client gets who trusts `authority` and shows `own`.
  std::string Check(const TestAuthority& authority,
                    const std::optional<TestCertificate>& own = std::nullopt) {
    return HealthClient(address(), TlsCredentials(authority, own))
        .Check("", absl::Seconds(20));
  }

  // Whether the certificate with this number is shown before long.
  bool AwaitSerial(int64_t serial) {
    const absl::Time deadline = absl::Now() + kPatience;
    while (SerialShownAt(address()) != serial) {
      if (absl::Now() > deadline) return false;
      absl::SleepFor(absl::Milliseconds(20));
    }
    return true;
  }

  TemporaryDirectory directory_;
  TestAuthority authority_;
  TestAuthority stranger_{"stranger"};
  TestCertificate pair_;
  HealthBoard board_;
  HealthService health_;
  std::unique_ptr<ServerTls> tls_;
  std::unique_ptr<Listener> listener_;
};

TEST_F(ServerTlsTest, WhoTrustsTheAuthorityIsServed) {
  Start(ClientCertificateUse::kIgnored);
  EXPECT_EQ(Check(authority_), "SERVING");
  EXPECT_EQ(Check(stranger_), kRefused);
  EXPECT_EQ(HealthClient(address()).Check("", absl::Seconds(20)), kRefused);
}

TEST_F(ServerTlsTest, AnOptionalCertificateMustBeGoodIfItIsShown) {
  Start(ClientCertificateUse::kOptional);
  TestCertificateOptions expired;
  expired.begins = -absl::Hours(48);
  expired.ends = -absl::Hours(24);
  EXPECT_EQ(Check(authority_), "SERVING");
  EXPECT_EQ(Check(authority_, authority_.Issue({})), "SERVING");
  EXPECT_EQ(Check(authority_, stranger_.Issue({})), kRefused);
  EXPECT_EQ(Check(authority_, authority_.Issue(expired)), kRefused);
}

TEST_F(ServerTlsTest, WithoutARequiredCertificateThereIsNoConnection) {
  Start(ClientCertificateUse::kRequired);
  TestCertificateOptions not_yet;
  not_yet.begins = absl::Hours(1);
  EXPECT_EQ(Check(authority_), kRefused);
  EXPECT_EQ(Check(authority_, authority_.Issue({})), "SERVING");
  EXPECT_EQ(Check(authority_, stranger_.Issue({})), kRefused);
  EXPECT_EQ(Check(authority_, authority_.Issue(not_yet)), kRefused);
}

TEST_F(ServerTlsTest, VersionsBefore12AreRefused) {
  Start(ClientCertificateUse::kIgnored);
  const int64_t serial = SerialOf(pair_.certificate);
  EXPECT_EQ(SerialShownAt(address(), TLS1_3_VERSION), serial);
  EXPECT_EQ(SerialShownAt(address(), TLS1_2_VERSION), serial);
  EXPECT_EQ(SerialShownAt(address(), TLS1_1_VERSION), 0);
  EXPECT_EQ(SerialShownAt(address(), TLS1_VERSION), 0);
}

TEST_F(ServerTlsTest, AReloadIsShownAndOpenConnectionsStay) {
  Start(ClientCertificateUse::kIgnored);
  HealthClient before(address(), TlsCredentials(authority_));
  grpc::ClientContext context;
  const auto watch = before.Watch(context);
  HealthClient::Response response;
  ASSERT_TRUE(watch->Read(&response));
  for (int i = 0; i < 2; ++i) {
    WritePair(authority_.Issue(ServerOptions()));
    ASSERT_TRUE(tls_->Reload().ok());
    EXPECT_TRUE(AwaitSerial(SerialOf(pair_.certificate)));
    EXPECT_EQ(before.Check(), "SERVING");
  }
  board_.SetAll(ServingState::kNotServing);
  ASSERT_TRUE(watch->Read(&response));
  EXPECT_EQ(response.status(), HealthClient::Response::NOT_SERVING);
}

TEST_F(ServerTlsTest, ABrokenPairIsRefusedAndNewConnectionsGoOn) {
  Start(ClientCertificateUse::kIgnored);
  const int64_t serial = SerialOf(pair_.certificate);
  const TestCertificate good = pair_;
  TestCertificateOptions expired = ServerOptions();
  expired.begins = -absl::Hours(48);
  expired.ends = -absl::Hours(24);
  const TestCertificate another = authority_.Issue(ServerOptions());
  for (const TestCertificate& bad :
       {TestCertificate{good.certificate, "garbage"},
        TestCertificate{"", good.key}, TestCertificate{good.certificate, ""},
        TestCertificate{another.certificate, good.key},
        TestCertificate{good.certificate.substr(0, 300), good.key},
        authority_.Issue(expired)}) {
    WritePair(bad);
    EXPECT_FALSE(tls_->Reload().ok());
  }
  // gRPC looks at its files once a second.
  absl::SleepFor(absl::Milliseconds(1500));
  EXPECT_EQ(SerialShownAt(address()), serial);
  EXPECT_EQ(Check(authority_), "SERVING");
  WritePair(another);
  EXPECT_TRUE(tls_->Reload().ok());
  EXPECT_TRUE(AwaitSerial(SerialOf(another.certificate)));
}

TEST_F(ServerTlsTest, AuthoritiesOfClientsAreReloaded) {
  Start(ClientCertificateUse::kRequired);
  const TestCertificate stranger = stranger_.Issue({});
  EXPECT_EQ(Check(authority_, stranger), kRefused);
  directory_.Write("ca.crt", stranger_.certificate());
  ASSERT_TRUE(tls_->Reload().ok());
  const absl::Time deadline = absl::Now() + kPatience;
  while (Check(authority_, stranger) != "SERVING") {
    ASSERT_LT(absl::Now(), deadline);
    absl::SleepFor(absl::Milliseconds(50));
  }
  EXPECT_EQ(Check(authority_, authority_.Issue({})), kRefused);
  directory_.Write("ca.crt", "garbage");
  EXPECT_FALSE(tls_->Reload().ok());
}

TEST_F(ServerTlsTest, WhatCannotBeUsedIsRefusedAtTheStartAndNamed) {
  TlsFiles files = Files();
  files.key = directory_.Path("missing");
  EXPECT_THAT(LoadError(files), HasSubstr(files.key));
  files = Files();
  files.key = directory_.Write("other.key", stranger_.Issue({}).key);
  EXPECT_THAT(LoadError(files),
              HasSubstr("the key is not that of the certificate"));
  files = Files();
  files.client_ca = directory_.Write("garbage", "garbage");
  EXPECT_THAT(LoadError(files), HasSubstr(files.client_ca));
  files = Files();
  ASSERT_EQ(chmod(files.key.c_str(), 0606), 0);
  EXPECT_THAT(LoadError(files), HasSubstr("everybody may write it"));
}

TEST_F(ServerTlsTest, NoErrorRepeatsAKey) {
  TlsFiles files = Files();
  std::string key = pair_.key;
  files.key = directory_.Write("cut.key", key.substr(0, key.size() / 2));
  EXPECT_THAT(LoadError(files), ::testing::Not(HasSubstr(key.substr(40, 20))));
}

}  // namespace
}  // namespace heapd::server
