#include "server/auth/bearer_tokens.h"

#include <gmock/gmock.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include "grpc/health/v1/health.grpc.pb.h"
#include "heap/base/error.h"

namespace heapd::server {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// printf %s test | sha256sum, and the same of "other".
const char kTestDigest[] =
    "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
const char kOtherDigest[] =
    "d9298a10d1b0735837dc4bd85dac641b0f3cef27a47e5d53a54f2f3f5b2fcffa";

BearerTokens TwoTokens() {
  BearerTokens tokens;
  EXPECT_TRUE(tokens.Add("alice", kTestDigest).ok());
  EXPECT_TRUE(tokens.Add("bob", kOtherDigest).ok());
  return tokens;
}

TEST(BearerTokensTest, AKnownTokenNamesItsOwner) {
  const BearerTokens tokens = TwoTokens();
  EXPECT_EQ(tokens.AuthenticateHeader("Bearer test")->name, "alice");
  EXPECT_EQ(tokens.AuthenticateHeader("Bearer other")->name, "bob");
  EXPECT_EQ(tokens.AuthenticateHeader("bearer test")->name, "alice");
}

TEST(BearerTokensTest, AnyOtherTokenIsInvalidAndNotRepeated) {
  const BearerTokens tokens = TwoTokens();
  for (const char* header :
       {"Bearer ", "Bearer Test", "Bearer test ", "Bearer  test",
        "Bearer alice", "Bearer wrong-secret"}) {
    const absl::Status status = tokens.AuthenticateHeader(header).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kUnauthenticated) << header;
    EXPECT_EQ(ReasonOf(status), "CREDENTIALS_INVALID") << header;
    EXPECT_THAT(status.ToString(), Not(HasSubstr("wrong-secret")));
  }
}

TEST(BearerTokensTest, TheDigestItselfIsNoToken) {
  EXPECT_FALSE(TwoTokens()
                   .AuthenticateHeader(std::string("Bearer ") + kTestDigest)
                   .ok());
}

TEST(BearerTokensTest, AnotherSchemeIsAsNone) {
  for (const char* header : {"", "Bearer", "Basic dGVzdA==", "test"}) {
    const absl::Status status = TwoTokens().AuthenticateHeader(header).status();
    EXPECT_EQ(ReasonOf(status), "CREDENTIALS_MISSING") << header;
  }
}

TEST(BearerTokensTest, WithoutTokensEverybodyIsRefused) {
  EXPECT_EQ(ReasonOf(BearerTokens().AuthenticateHeader("Bearer x").status()),
            "CREDENTIALS_INVALID");
}

TEST(BearerTokensTest, WrongDigestsAndNamesThatAreThereAreRefused) {
  BearerTokens tokens = TwoTokens();
  EXPECT_FALSE(tokens.Add("alice", kOtherDigest).ok());
  EXPECT_FALSE(tokens.Add("carol", "abc").ok());
  EXPECT_FALSE(tokens.Add("carol", std::string(64, 'g')).ok());
}

// Authenticates every call and answers with the reason.
class GuardedService final : public grpc::health::v1::Health::Service {
 public:
  explicit GuardedService(const BearerTokens* tokens) : tokens_(tokens) {}

  grpc::Status Check(grpc::ServerContext* context,
                     const grpc::health::v1::HealthCheckRequest*,
                     grpc::health::v1::HealthCheckResponse*) override {
    const absl::StatusOr<Principal> principal = tokens_->Authenticate(*context);
    if (principal.ok()) return grpc::Status::OK;
    return {grpc::StatusCode::UNAUTHENTICATED, ReasonOf(principal.status())};
  }

 private:
  const BearerTokens* const tokens_;
};

TEST(BearerTokensTest, TheMetadataOfACallIsRead) {
  const BearerTokens tokens = TwoTokens();
  GuardedService service(&tokens);
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
  EXPECT_EQ(call({"Bearer test"}), "");
  EXPECT_EQ(call({}), "CREDENTIALS_MISSING");
  EXPECT_EQ(call({"Bearer wrong"}), "CREDENTIALS_INVALID");
  EXPECT_EQ(call({"Bearer test", "Bearer other"}), "CREDENTIALS_INVALID");
}

}  // namespace
}  // namespace heapd::server
