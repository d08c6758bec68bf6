#include "client/heapd/credentials.h"

#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/server/support/test_certificates.h"

namespace heapd::client {
namespace {

using server::TestAuthority;
using server::TestCertificate;
using testing::HasSubstr;

class CredentialsTest : public testing::Test {
 protected:
  CredentialsTest() { unsetenv("HEAPD_TOKEN"); }
  ~CredentialsTest() override {
    unsetenv("HEAPD_TOKEN");
    for (const std::string& path : written_) unlink(path.c_str());
  }

  // Writes a file and gives its path.
  std::string Write(const std::string& name, const std::string& text) {
    const std::string path = Path(name);
    std::ofstream(path) << text;
    written_.push_back(path);
    return path;
  }
  std::string Path(const std::string& name) {
    return absl::StrCat(testing::TempDir(), "credentials_test.", getpid(), ".",
                        name);
  }

  std::string ErrorOf(const CredentialFiles& files) {
    return ReadCredentials(files).status().ToString();
  }

  std::vector<std::string> written_;
  TestAuthority authority_;
  TestCertificate own_ = authority_.Issue({});
};

TEST_F(CredentialsTest, WithoutFilesThereAreNone) {
  const auto credentials = ReadCredentials({});
  ASSERT_TRUE(credentials.ok()) << credentials.status();
  EXPECT_FALSE(credentials->tls.has_value());
  EXPECT_EQ(credentials->bearer_token, "");
}

TEST_F(CredentialsTest, ATokenIsReadFromItsFileElseFromTheEnvironment) {
  setenv("HEAPD_TOKEN", "from-environment", 1);
  EXPECT_EQ(ReadCredentials({})->bearer_token, "from-environment");
  CredentialFiles files;
  files.token = Write("token", "  from-file\n");
  EXPECT_EQ(ReadCredentials(files)->bearer_token, "from-file");
  EXPECT_FALSE(ReadCredentials(files)->tls.has_value());
  files.token = Write("token", " \n");
  EXPECT_THAT(ErrorOf(files), HasSubstr("has no token"));
  files.token = Path("missing");
  EXPECT_THAT(ErrorOf(files), HasSubstr("NOT_FOUND"));
}

TEST_F(CredentialsTest, AnyFileOfTlsMeansTls) {
  CredentialFiles files;
  files.tls = true;
  EXPECT_TRUE(ReadCredentials(files)->tls.has_value());
  files = {};
  files.server_name = "heapd.test";
  EXPECT_EQ(ReadCredentials(files)->tls->server_name, "heapd.test");
  files = {};
  files.authorities = Write("ca", authority_.certificate());
  EXPECT_EQ(ReadCredentials(files)->tls->authorities, authority_.certificate());
  files.certificate = Write("crt", own_.certificate);
  files.key = Write("key", own_.key);
  const auto credentials = ReadCredentials(files);
  ASSERT_TRUE(credentials.ok()) << credentials.status();
  EXPECT_EQ(credentials->tls->certificate, own_.certificate);
  EXPECT_EQ(credentials->tls->key, own_.key);
}

TEST_F(CredentialsTest, WhatGrpcWouldOnlyFailToConnectWithIsNamed) {
  const std::string ca = Write("ca", authority_.certificate());
  const std::string certificate = Write("crt", own_.certificate);
  const std::string key = Write("key", own_.key);
  const std::string other_key = Write("other.key", authority_.Issue({}).key);
  const std::string garbage = Write("garbage", "garbage");
  const std::string empty = Write("empty", "");
  const auto error_of = [&](const std::string& authorities,
                            const std::string& own, const std::string& secret) {
    CredentialFiles files;
    files.authorities = authorities;
    files.certificate = own;
    files.key = secret;
    return ErrorOf(files);
  };
  EXPECT_THAT(error_of(garbage, "", ""), HasSubstr("no certificates in PEM"));
  EXPECT_THAT(error_of(empty, "", ""), HasSubstr("is empty"));
  EXPECT_THAT(error_of(ca, certificate, ""), HasSubstr("needed together"));
  EXPECT_THAT(error_of(ca, "", key), HasSubstr("needed together"));
  EXPECT_THAT(error_of(ca, garbage, key), HasSubstr("none in PEM"));
  EXPECT_THAT(error_of(ca, certificate, garbage), HasSubstr("none in PEM"));
  EXPECT_THAT(error_of(ca, certificate, other_key),
              HasSubstr("not that of its certificate"));
  EXPECT_THAT(error_of(Path("missing"), "", ""), HasSubstr("NOT_FOUND"));
  EXPECT_EQ(error_of(ca, certificate, key), "OK");
}

}  // namespace
}  // namespace heapd::client
