#include "server/storage/s3/credential_source.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "tests/server/storage/s3/fault_s3_server.h"
#include "tests/server/support/temporary_directory.h"

namespace heapd::server {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class CredentialSourceTest : public ::testing::Test {
 protected:
  Environment Get() {
    return [this](const std::string& name) {
      const auto found = variables_.find(name);
      return found == variables_.end() ? std::string() : found->second;
    };
  }

  // What the whole chain gives, with `profile` named in the configuration.
  absl::StatusOr<AwsCredentials> Fetch(const std::string& profile = "") {
    return MakeSourceChain(Get(), profile, "eu-central-1")->Fetch();
  }

  TemporaryDirectory directory_;
  // No test asks the network beyond this machine.
  std::map<std::string, std::string> variables_ = {
      {"AWS_EC2_METADATA_DISABLED", "true"}};
};

TEST_F(CredentialSourceTest, TheEnvironmentComesFirst) {
  variables_["AWS_ACCESS_KEY_ID"] = "id";
  variables_["AWS_SECRET_ACCESS_KEY"] = "secret";
  EXPECT_EQ(*Fetch(), (AwsCredentials{"id", "secret", ""}));
  variables_["AWS_SESSION_TOKEN"] = "token";
  EXPECT_EQ(*Fetch(), (AwsCredentials{"id", "secret", "token"}));
  variables_.erase("AWS_SECRET_ACCESS_KEY");
  EXPECT_TRUE(absl::IsFailedPrecondition(Fetch().status()));
}

TEST_F(CredentialSourceTest, NothingAnywhereIsSaid) {
  EXPECT_TRUE(absl::IsFailedPrecondition(Fetch().status()));
  EXPECT_THAT(std::string(Fetch().status().message()),
              HasSubstr("no credentials"));
}

TEST_F(CredentialSourceTest, TheSharedFileHasProfiles) {
  directory_.Write(".aws/credentials",
                   "# a comment\n"
                   "[default]\n"
                   "aws_access_key_id = one\n"
                   "aws_secret_access_key=a+b/c==\n"
                   "\n"
                   "[other one]\r\n"
                   "  AWS_ACCESS_KEY_ID = two\r\n"
                   "aws_secret_access_key = two's=secret\r\n"
                   "aws_session_token = token\r\n"
                   "region = somewhere\n"
                   "[broken]\n"
                   "aws_access_key_id = three\n");
  variables_["HOME"] = directory_.path();
  EXPECT_EQ(*Fetch(), (AwsCredentials{"one", "a+b/c=="}));
  EXPECT_EQ(*Fetch("other one"),
            (AwsCredentials{"two", "two's=secret", "token"}));
  EXPECT_TRUE(absl::IsFailedPrecondition(Fetch("broken").status()));
  EXPECT_TRUE(absl::IsFailedPrecondition(Fetch("missing").status()));
  variables_["AWS_PROFILE"] = "other one";
  EXPECT_EQ(Fetch()->access_key_id, "two");
  // A profile in the configuration is wanted though the environment has keys.
  variables_["AWS_ACCESS_KEY_ID"] = "id";
  variables_["AWS_SECRET_ACCESS_KEY"] = "secret";
  EXPECT_EQ(Fetch("default")->access_key_id, "one");
  EXPECT_EQ(Fetch()->access_key_id, "id");
}

TEST_F(CredentialSourceTest, TheSharedFileCanBeElsewhereAndIsReadAnew) {
  variables_["AWS_SHARED_CREDENTIALS_FILE"] = directory_.Write(
      "file", "[default]\naws_access_key_id=one\naws_secret_access_key=s\n");
  const auto source = MakeProfileSource(Get(), "");
  EXPECT_EQ(source->Fetch()->access_key_id, "one");
  directory_.Write(
      "file", "[default]\naws_access_key_id=two\naws_secret_access_key=s\n");
  EXPECT_EQ(source->Fetch()->access_key_id, "two");
}

TEST_F(CredentialSourceTest, AWebIdentityIsExchanged) {
  FaultS3Server server;
  variables_["AWS_ENDPOINT_URL_STS"] = server.url() + "/sts";
  variables_["AWS_ROLE_ARN"] = "arn:aws:iam::1:role/heapd";
  variables_["AWS_WEB_IDENTITY_TOKEN_FILE"] =
      directory_.Write("token", "web-identity-token\n");
  const absl::Time before = absl::Now();
  const AwsCredentials keys = *Fetch();
  EXPECT_EQ(keys.access_key_id, "temporary");
  EXPECT_EQ(keys.secret_access_key, "temporary-secret");
  EXPECT_EQ(keys.session_token, "session/token+1==");
  EXPECT_GT(keys.expiration, before + absl::Minutes(50));
  EXPECT_LT(keys.expiration, before + absl::Minutes(70));
  // The platform has replaced the token by one that is wrong.
  directory_.Write("token", "forged-token");
  const absl::Status refused = Fetch().status();
  EXPECT_TRUE(absl::IsFailedPrecondition(refused));
  EXPECT_THAT(std::string(refused.message()),
              HasSubstr("InvalidIdentityToken"));
  EXPECT_THAT(std::string(refused.message()), Not(HasSubstr("forged")));
  directory_.Write("token", "");
  EXPECT_TRUE(absl::IsFailedPrecondition(Fetch().status()));
}

TEST_F(CredentialSourceTest, AnInstanceHasARole) {
  FaultS3Server server;
  variables_["AWS_EC2_METADATA_SERVICE_ENDPOINT"] = server.url();
  EXPECT_FALSE(Fetch().ok());
  variables_["AWS_EC2_METADATA_DISABLED"] = "false";
  EXPECT_EQ(Fetch()->access_key_id, "temporary");
  EXPECT_EQ(Fetch()->session_token, "session/token+1==");
  server.Control({{"role", ""}});
  EXPECT_FALSE(Fetch().ok());
}

TEST_F(CredentialSourceTest, AContainerHasARole) {
  FaultS3Server server;
  variables_["AWS_CONTAINER_CREDENTIALS_FULL_URI"] =
      server.url() + "/container";
  variables_["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"] =
      directory_.Write("token", "container-token\n");
  EXPECT_EQ(Fetch()->access_key_id, "temporary");
  EXPECT_EQ(Fetch()->session_token, "session/token+1==");
  directory_.Write("token", "another");
  EXPECT_TRUE(absl::IsUnavailable(Fetch().status()));
  directory_.Write("token", "two\nlines");
  EXPECT_TRUE(absl::IsFailedPrecondition(Fetch().status()));
}

TEST_F(CredentialSourceTest, AContainersKeysDoNotCrossANetworkInTheOpen) {
  for (const char* uri :
       {"http://example.org/", "http://127.0.0.1.example.org/",
        "http://localhost.example.org/", "http://169.254.170.231/"}) {
    variables_["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = uri;
    EXPECT_TRUE(absl::IsFailedPrecondition(Fetch().status())) << uri;
  }
}

TEST_F(CredentialSourceTest, OutsideAnInstanceNobodyAnswers) {
  variables_["AWS_EC2_METADATA_DISABLED"] = "";
  variables_["AWS_EC2_METADATA_SERVICE_ENDPOINT"] = "http://127.0.0.1:1";
  EXPECT_TRUE(absl::IsNotFound(MakeInstanceSource(Get())->Fetch().status()));
}

}  // namespace
}  // namespace heapd::server
