#include "server/auth/identity.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "heap/base/error.h"
#include "server/auth/token_digest.h"
#include "tests/server/support/temporary_directory.h"
#include "tests/server/support/test_certificates.h"
#include "tests/server/support/test_issuer.h"

namespace heapd::server {
namespace {

using ::testing::HasSubstr;

constexpr absl::Duration kPatience = absl::Seconds(30);

class IdentityTest : public ::testing::Test {
 protected:
  void Load() {
    auto identity = Identity::Load(config_);
    ASSERT_TRUE(identity.ok()) << identity.status();
    identity_ = *std::move(identity);
  }
  std::string LoadError() const {
    return std::string(Identity::Load(config_).status().message());
  }

  void ConfigureJwt() {
    config_.auth_jwt_keys_file = directory_.Write("keys.json", TestKeySet());
    config_.auth_jwt_issuer = "https://issuer.test";
    config_.auth_jwt_audience = "heapd";
  }
  void ConfigureTls() {
    const TestCertificate pair = authority_.Issue(ServerOptions());
    config_.tls_certificate_file = directory_.Write("crt", pair.certificate);
    config_.tls_key_file = directory_.Write("key", pair.key);
  }
  void WriteTokens(const std::string& token) {
    const TokenDigest digest = DigestOf(token);
    config_.auth_tokens_file = directory_.Write(
        "tokens", absl::StrCat("- {name: alice, sha256: ",
                               absl::BytesToHexString(absl::string_view(
                                   reinterpret_cast<const char*>(digest.data()),
                                   digest.size())),
                               "}\n"));
  }

  // The name of who has `token`, or the reason of the refusal.
  std::string Who(const std::string& token) const {
    const auto principal = identity_->authenticator().AuthenticateHeader(
        absl::StrCat("Bearer ", token));
    return principal.ok() ? (*principal)->name : ReasonOf(principal.status());
  }

  TemporaryDirectory directory_;
  TestAuthority authority_;
  Config config_;
  std::unique_ptr<Identity> identity_;
};

TEST_F(IdentityTest, WithoutAnythingConfiguredEveryCredentialIsRefused) {
  Load();
  EXPECT_EQ(Who("x"), "CREDENTIALS_INVALID");
  EXPECT_EQ(Who(GoodJwt()), "CREDENTIALS_INVALID");
  EXPECT_EQ(identity_->CredentialsOf("data"), nullptr);
}

TEST_F(IdentityTest, TokensOfBothKindsAreTaken) {
  ConfigureJwt();
  WriteTokens("secret");
  Load();
  EXPECT_EQ(Who("secret"), "token:alice");
  EXPECT_EQ(Who(GoodJwt()), "jwt:alice");
  EXPECT_EQ(Who(GoodJwt() + "x"), "CREDENTIALS_INVALID");
}

TEST_F(IdentityTest, ATokenWithDotsIsTakenAsOneTooThatIsConfigured) {
  ConfigureJwt();
  WriteTokens("a.b.c");
  Load();
  EXPECT_EQ(Who("a.b.c"), "token:alice");
}

TEST_F(IdentityTest, AReloadReadsAllAndKeepsWhatWouldBecomeWrong) {
  ConfigureJwt();
  ConfigureTls();
  WriteTokens("first");
  Load();
  WriteTokens("second");
  directory_.Write("keys.json", "{}");
  directory_.Write("key", "garbage");
  identity_->Reload();
  EXPECT_EQ(Who("first"), "CREDENTIALS_INVALID");
  EXPECT_EQ(Who("second"), "token:alice");
  EXPECT_EQ(Who(GoodJwt()), "jwt:alice");
  directory_.Write("tokens", "nonsense");
  identity_->Reload();
  EXPECT_EQ(Who("second"), "token:alice");
}

TEST_F(IdentityTest, AKeySetThatChangesIsReadWithoutBeingAsked) {
  ConfigureJwt();
  Load();
  EXPECT_EQ(Who(GoodJwt()), "jwt:alice");
  const nlohmann::json rest = {
      {"keys", {TestSigningKey::Of("EdDSA").PublicJwk("ed")}}};
  std::filesystem::rename(directory_.Write("next", rest.dump()),
                          config_.auth_jwt_keys_file);
  const absl::Time deadline = absl::Now() + kPatience;
  while (Who(GoodJwt()) != "CREDENTIALS_INVALID") {
    ASSERT_LT(absl::Now(), deadline);
    absl::SleepFor(absl::Milliseconds(20));
  }
}

TEST_F(IdentityTest, OnlyListenersThatShallSpeakTlsDo) {
  ConfigureTls();
  config_.tls_client_ca_file = directory_.Write("ca", authority_.certificate());
  config_.tls_listeners = {"data", "operations"};
  config_.tls_require_client_certificate = {"data"};
  Load();
  EXPECT_NE(identity_->CredentialsOf("data"), nullptr);
  EXPECT_NE(identity_->CredentialsOf("operations"), nullptr);
  EXPECT_EQ(identity_->CredentialsOf("liveness"), nullptr);
}

TEST_F(IdentityTest, AFileThatIsWrongStopsTheStart) {
  ConfigureJwt();
  directory_.Write("keys.json", "{}");
  EXPECT_THAT(LoadError(), HasSubstr("keys.json"));
  ConfigureJwt();
  ConfigureTls();
  directory_.Write("key", "garbage");
  EXPECT_THAT(LoadError(), HasSubstr("the key is none in PEM"));
  ConfigureTls();
  config_.auth_tokens_file = directory_.Write("tokens", "nonsense");
  EXPECT_THAT(LoadError(), HasSubstr("tokens:1"));
}

}  // namespace
}  // namespace heapd::server
