// Callers are told apart while tokens and keys are replaced.

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "server/auth/authenticator.h"
#include "server/auth/client_certificates.h"
#include "server/auth/token_digest.h"
#include "tests/server/support/test_certificates.h"
#include "tests/server/support/test_issuer.h"

namespace heapd::server {
namespace {

constexpr int kReplacements = 200;

BearerTokens OneToken() {
  const TokenDigest digest = DigestOf("secret");
  BearerTokens tokens;
  EXPECT_TRUE(
      tokens
          .Add("alice", absl::BytesToHexString(absl::string_view(
                            reinterpret_cast<const char*>(digest.data()),
                            digest.size())))
          .ok());
  return tokens;
}

TEST(AuthenticatorRaceTest, ReplacementsDisturbNoCaller) {
  Authenticator authenticator;
  const auto jwt =
      std::make_shared<JwtVerifier>(JwtTerms{"https://issuer.test", "heapd"},
                                    *JsonWebKeySet::Parse(TestKeySet()));
  authenticator.ReplaceTokens(OneToken());
  authenticator.AcceptJwt(jwt);
  const std::string jwt_header = absl::StrCat("Bearer ", GoodJwt());
  std::atomic<bool> done{false};
  std::vector<std::thread> callers;
  for (int i = 0; i < 3; ++i) {
    callers.emplace_back([&] {
      while (!done.load()) {
        EXPECT_EQ((*authenticator.AuthenticateHeader("Bearer secret"))->name,
                  "token:alice");
        EXPECT_EQ((*authenticator.AuthenticateHeader(jwt_header))->name,
                  "jwt:alice");
        EXPECT_FALSE(authenticator.AuthenticateHeader("Bearer x.y.z").ok());
      }
    });
  }
  for (int i = 0; i < kReplacements; ++i) {
    authenticator.ReplaceTokens(OneToken());
    jwt->ReplaceKeys(*JsonWebKeySet::Parse(TestKeySet()));
  }
  done = true;
  for (std::thread& caller : callers) caller.join();
}

TEST(AuthenticatorRaceTest, ManyConnectionsShowCertificates) {
  const TestAuthority authority;
  const ClientCertificates certificates;
  std::vector<std::string> shown;
  for (int i = 0; i < 8; ++i) {
    TestCertificateOptions options;
    options.common_name = absl::StrCat("client-", i);
    shown.push_back(authority.Issue(options).certificate);
  }
  std::vector<std::thread> connections;
  for (int i = 0; i < 4; ++i) {
    connections.emplace_back([&, i] {
      for (int k = 0; k < 200; ++k) {
        const size_t which = static_cast<size_t>(i + k) % shown.size();
        EXPECT_EQ((*certificates.Authenticate(shown[which]))->name,
                  absl::StrCat("cert:client-", which));
      }
    });
  }
  for (std::thread& connection : connections) connection.join();
}

}  // namespace
}  // namespace heapd::server
