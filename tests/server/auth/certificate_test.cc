#include "server/auth/certificate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "heap/base/error.h"
#include "server/auth/client_certificates.h"
#include "tests/server/support/test_certificates.h"

namespace heapd::server {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class CertificateTest : public ::testing::Test {
 protected:
  std::string PairError(const std::string& certificate, const std::string& key,
                        absl::Time now = absl::Now()) {
    return std::string(CheckKeyPair(certificate, key, now).status().message());
  }

  absl::StatusOr<std::shared_ptr<const Principal>> Who(
      const TestCertificateOptions& options) {
    const auto read = ParseCertificates(authority_.Issue(options).certificate);
    return PrincipalOf(*read->front());
  }

  TestAuthority authority_;
};

TEST_F(CertificateTest, ABundleIsReadWhole) {
  const TestAuthority other("other");
  const auto bundle = ParseCertificates(absl::StrCat(
      "# ours\n", authority_.certificate(), other.certificate(), "\n# end\n"));
  ASSERT_TRUE(bundle.ok()) << bundle.status();
  EXPECT_EQ(bundle->size(), 2u);
}

TEST_F(CertificateTest, WhatIsNoCertificateIsRefused) {
  for (const std::string& text :
       {std::string(), std::string("garbage"), authority_.Issue({}).key,
        authority_.certificate().substr(0, 200)}) {
    EXPECT_FALSE(ParseCertificates(text).ok()) << text;
  }
  std::string broken = authority_.certificate();
  broken[100] = broken[100] == 'A' ? 'B' : 'A';
  broken[101] = '!';
  EXPECT_FALSE(ParseCertificates(authority_.certificate() + broken).ok());
}

TEST_F(CertificateTest, AKeyPairMustBelongTogether) {
  const TestCertificate one = authority_.Issue({});
  const TestCertificate other = authority_.Issue({});
  const auto expiry = CheckKeyPair(one.certificate + authority_.certificate(),
                                   one.key, absl::Now());
  ASSERT_TRUE(expiry.ok()) << expiry.status();
  EXPECT_NEAR(absl::ToDoubleSeconds(*expiry - absl::Now()), 86400, 60);
  EXPECT_THAT(PairError(one.certificate, other.key),
              HasSubstr("the key is not that of the certificate"));
  EXPECT_THAT(PairError(one.certificate, "garbage"),
              HasSubstr("the key is none in PEM"));
  EXPECT_THAT(PairError("garbage", one.key), HasSubstr("no certificate"));
  EXPECT_THAT(PairError(one.key, one.certificate), HasSubstr("no certificate"));
}

TEST_F(CertificateTest, AKeyPairMustBeGoodNow) {
  const TestCertificate pair = authority_.Issue({});
  EXPECT_THAT(
      PairError(pair.certificate, pair.key, absl::Now() + absl::Hours(25)),
      HasSubstr("the certificate expired at"));
  EXPECT_THAT(
      PairError(pair.certificate, pair.key, absl::Now() - absl::Hours(2)),
      HasSubstr("the certificate is good from"));
}

TEST_F(CertificateTest, TheFirstNameOfTheBestKindCounts) {
  TestCertificateOptions options;
  options.common_name = "common";
  EXPECT_EQ((*Who(options))->name, "cert:common");
  EXPECT_THAT((*Who(options))->groups, IsEmpty());
  options.alternative_names = "DNS:a.test,DNS:b.test";
  EXPECT_EQ((*Who(options))->name, "cert:a.test");
  options.alternative_names =
      "DNS:a.test,URI:spiffe://example.org/web,URI:spiffe://example.org/b";
  EXPECT_EQ((*Who(options))->name, "cert:spiffe://example.org/web");
  options.alternative_names = "IP:127.0.0.1,email:a@b.test";
  EXPECT_EQ((*Who(options))->name, "cert:common");
}

TEST_F(CertificateTest, UnitsAreGroups) {
  TestCertificateOptions options;
  options.units = {"ops", "web"};
  EXPECT_THAT((*Who(options))->groups, ElementsAre("ops", "web"));
}

TEST_F(CertificateTest, NobodyIsNamedByNothingOrByWhatIsNotPrintable) {
  TestCertificateOptions options;
  options.common_name = "";
  EXPECT_FALSE(Who(options).ok());
  options.common_name = "a\nb";
  EXPECT_FALSE(Who(options).ok());
  options.common_name = std::string("admin\0.evil.test", 16);
  EXPECT_FALSE(Who(options).ok());
  options.common_name = "fine";
  options.units = {"a\tb"};
  EXPECT_FALSE(Who(options).ok());
}

TEST_F(CertificateTest, AClientsCertificateIsGoodUntilItExpires) {
  absl::Time now = absl::Now();
  const ClientCertificates certificates([&now] { return now; });
  const std::string pem = authority_.Issue({}).certificate;
  for (int i = 0; i < 3; ++i) {
    const auto principal = certificates.Authenticate(pem);
    ASSERT_TRUE(principal.ok()) << principal.status();
    EXPECT_EQ((*principal)->name, "cert:heapd");
  }
  now += absl::Hours(25);
  EXPECT_EQ(ReasonOf(certificates.Authenticate(pem).status()),
            "CREDENTIALS_INVALID");
  EXPECT_EQ(ReasonOf(certificates.Authenticate("garbage").status()),
            "CREDENTIALS_INVALID");
}

}  // namespace
}  // namespace heapd::server
