#include "server/auth/authenticator.h"

#include <gmock/gmock.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "grpc/health/v1/health.grpc.pb.h"
#include "heap/base/error.h"
#include "server/auth/token_digest.h"

namespace heapd::server {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string HexDigest(absl::string_view token) {
  const TokenDigest digest = DigestOf(token);
  return absl::BytesToHexString(absl::string_view(
      reinterpret_cast<const char*>(digest.data()), digest.size()));
}

BearerTokens TokensOf(const std::vector<std::string>& names) {
  BearerTokens tokens;
  for (const std::string& name : names) {
    EXPECT_TRUE(
        tokens.Add(name, HexDigest(absl::StrCat("secret-of-", name))).ok());
  }
  return tokens;
}

class AuthenticatorTest : public ::testing::Test {
 protected:
  AuthenticatorTest() {
    authenticator_.ReplaceTokens(TokensOf({"alice", "bob"}));
  }

  // The name of the caller, or the reason of the refusal.
  std::string NameOf(const std::string& header) const {
    const auto principal = authenticator_.AuthenticateHeader(header);
    return principal.ok() ? (*principal)->name : ReasonOf(principal.status());
  }

  Authenticator authenticator_;
};

TEST_F(AuthenticatorTest, ATokenNamesItsOwner) {
  EXPECT_EQ(NameOf("Bearer secret-of-alice"), "token:alice");
  EXPECT_EQ(NameOf("bearer secret-of-bob"), "token:bob");
}

TEST_F(AuthenticatorTest, AnyOtherHeaderIsInvalidAndNotRepeated) {
  for (const char* header :
       {"", "Bearer", "Bearer ", "Basic secret-of-alice", "secret-of-alice",
        "Bearer secret-of-carol", "Bearer secret-of-alice ",
        "Bearer  secret-of-alice", "Bearer token:alice"}) {
    const absl::Status status =
        authenticator_.AuthenticateHeader(header).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kUnauthenticated) << header;
    EXPECT_EQ(ReasonOf(status), "CREDENTIALS_INVALID") << header;
    EXPECT_THAT(status.ToString(), Not(HasSubstr("secret-of")));
  }
}

TEST_F(AuthenticatorTest, WithoutTokensEverybodyIsRefused) {
  EXPECT_FALSE(Authenticator().AuthenticateHeader("Bearer x").ok());
}

TEST_F(AuthenticatorTest, ATokenThatIsLeftOutIsRevoked) {
  authenticator_.ReplaceTokens(TokensOf({"bob", "carol"}));
  EXPECT_EQ(NameOf("Bearer secret-of-alice"), "CREDENTIALS_INVALID");
  EXPECT_EQ(NameOf("Bearer secret-of-bob"), "token:bob");
  EXPECT_EQ(NameOf("Bearer secret-of-carol"), "token:carol");
}

// Authenticates every call and answers with the name or the reason.
class GuardedService final : public grpc::health::v1::Health::Service {
 public:
  explicit GuardedService(const Authenticator* authenticator)
      : authenticator_(authenticator) {}

  grpc::Status Check(grpc::ServerContext* context,
                     const grpc::health::v1::HealthCheckRequest*,
                     grpc::health::v1::HealthCheckResponse*) override {
    const auto principal = authenticator_->Authenticate(*context);
    return {grpc::StatusCode::UNKNOWN,
            principal.ok() ? (*principal)->name : ReasonOf(principal.status())};
  }

 private:
  const Authenticator* const authenticator_;
};

TEST_F(AuthenticatorTest, TheMetadataOfACallIsRead) {
  GuardedService service(&authenticator_);
  grpc::ServerBuilder builder;
  builder.RegisterService(&service);
  const auto server = builder.BuildAndStart();
  const auto stub = grpc::health::v1::Health::NewStub(
      server->InProcessChannel(grpc::ChannelArguments()));
  const auto call = [&](const std::vector<std::string>& headers) {
    grpc::ClientContext context;
    for (const std::string& header : headers) {
      context.AddMetadata("authorization", header);
    }
    grpc::health::v1::HealthCheckResponse response;
    return stub->Check(&context, {}, &response).error_message();
  };
  EXPECT_EQ(call({"Bearer secret-of-alice"}), "token:alice");
  EXPECT_EQ(call({}), "anonymous");
  EXPECT_EQ(call({"Bearer wrong"}), "CREDENTIALS_INVALID");
  EXPECT_EQ(call({"Bearer secret-of-alice", "Bearer secret-of-bob"}),
            "CREDENTIALS_INVALID");
}

TEST(CredentialsMissingTest, IsToldApart) {
  EXPECT_EQ(ReasonOf(CredentialsMissing()), "CREDENTIALS_MISSING");
  EXPECT_EQ(CredentialsMissing().code(), absl::StatusCode::kUnauthenticated);
}

}  // namespace
}  // namespace heapd::server
