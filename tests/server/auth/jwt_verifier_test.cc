#include "server/auth/jwt_verifier.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "heap/base/error.h"
#include "tests/server/support/test_issuer.h"

namespace heapd::server {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using Json = nlohmann::json;

class JwtVerifierTest : public ::testing::Test {
 protected:
  JwtVerifierTest()
      : verifier_({"https://issuer.test", "heapd", absl::Seconds(30)},
                  *JsonWebKeySet::Parse(TestKeySet()),
                  [this] { return now_; }) {}

  // Whole seconds, as in tokens.
  absl::Time now_ = absl::FromUnixSeconds(1'800'000'000);
  JwtVerifier verifier_;

  absl::StatusOr<std::shared_ptr<const Principal>> Verify(
      const std::string& token) const {
    return verifier_.Verify(token, DigestOf(token));
  }

  // Why a token is refused; "" if it is not.
  std::string Refusal(const std::string& token) const {
    const absl::Status status = Verify(token).status();
    if (!status.ok()) {
      EXPECT_EQ(status.code(), absl::StatusCode::kUnauthenticated);
      EXPECT_EQ(ReasonOf(status), "CREDENTIALS_INVALID");
    }
    return std::string(status.message());
  }

  Json Claims() const { return GoodClaims(now_); }

  // Signed by the key "ec".
  std::string Signed(const Json& claims) const {
    return MakeJwt(HeaderOf("ES256", "ec"), claims,
                   TestSigningKey::Of("ES256"));
  }
  std::string SignedWith(const char* name, const Json& value) const {
    Json claims = Claims();
    claims[name] = value;
    return Signed(claims);
  }
  std::string SignedWithout(const char* name) const {
    Json claims = Claims();
    claims.erase(name);
    return Signed(claims);
  }
  // Good claims under a header, signed by the key "ec".
  std::string Under(const Json& header) const {
    return MakeJwt(header, Claims(), TestSigningKey::Of("ES256"));
  }
  int64_t Seconds() const { return absl::ToUnixSeconds(now_); }
};

TEST_F(JwtVerifierTest, AGoodTokenOfEachAlgorithmNamesItsSubject) {
  for (const auto& [algorithm, kid] :
       {std::pair("RS256", "rsa"), std::pair("ES256", "ec"),
        std::pair("EdDSA", "ed")}) {
    const auto principal = Verify(MakeJwt(HeaderOf(algorithm, kid), Claims(),
                                          TestSigningKey::Of(algorithm)));
    ASSERT_TRUE(principal.ok()) << algorithm << principal.status();
    EXPECT_EQ((*principal)->name, "jwt:alice");
    EXPECT_THAT((*principal)->groups, IsEmpty());
  }
}

TEST_F(JwtVerifierTest, GroupsAreRead) {
  const auto principal = Verify(SignedWith("groups", {"ops", "web"}));
  ASSERT_TRUE(principal.ok()) << principal.status();
  EXPECT_THAT((*principal)->groups, ElementsAre("ops", "web"));
}

TEST_F(JwtVerifierTest, AlgNoneIsRefusedInEverySpelling) {
  for (const char* none : {"none", "None", "NONE", "nOnE", ""}) {
    const std::string text =
        absl::StrCat(Base64Url(Json{{"alg", none}, {"kid", "ec"}}.dump()), ".",
                     Base64Url(Claims().dump()), ".");
    EXPECT_THAT(Refusal(text), HasSubstr("its 'alg' is not that of its key"));
    EXPECT_THAT(Refusal(Under({{"alg", none}, {"kid", "ec"}})),
                HasSubstr("its 'alg' is not that of its key"));
  }
  EXPECT_THAT(Refusal(Under({{"kid", "ec"}})), HasSubstr("'alg'"));
  EXPECT_THAT(Refusal(Under({{"alg", 7}, {"kid", "ec"}})), HasSubstr("'alg'"));
}

TEST_F(JwtVerifierTest, APublicKeyIsNoSecretOfHmac) {
  for (const auto& [algorithm, kid] :
       {std::pair("RS256", "rsa"), std::pair("ES256", "ec"),
        std::pair("EdDSA", "ed")}) {
    const TestSigningKey& key = TestSigningKey::Of(algorithm);
    for (const std::string& secret :
         {key.PublicPem(), key.PublicJwk(kid).dump()}) {
      // Honest about the algorithm, and not.
      EXPECT_THAT(
          Refusal(MakeHmacJwt(HeaderOf("HS256", kid), Claims(), secret)),
          HasSubstr("its 'alg' is not that of its key"));
      EXPECT_THAT(
          Refusal(MakeHmacJwt(HeaderOf(algorithm, kid), Claims(), secret)),
          HasSubstr("its signature is not that of its key"));
    }
  }
}

TEST_F(JwtVerifierTest, AKeyIsUsedWithItsOwnAlgorithmOnly) {
  const TestSigningKey& rsa = TestSigningKey::Of("RS256");
  EXPECT_THAT(Refusal(MakeJwt(HeaderOf("RS256", "ec"), Claims(), rsa)),
              HasSubstr("its 'alg' is not that of its key"));
  EXPECT_THAT(Refusal(MakeJwt(HeaderOf("PS256", "rsa"), Claims(), rsa)),
              HasSubstr("its 'alg' is not that of its key"));
  // Signed by a key of the set, but not by the one that it names.
  EXPECT_THAT(Refusal(MakeJwt(HeaderOf("ES256", "ec"), Claims(), rsa)),
              HasSubstr("its signature is not that of its key"));
}

TEST_F(JwtVerifierTest, TheHeaderMustNameAKeyOfTheSet) {
  EXPECT_THAT(Refusal(Under(HeaderOf("ES256", "another"))),
              HasSubstr("its 'kid' is not in the key set"));
  EXPECT_THAT(Refusal(Under({{"alg", "ES256"}})), HasSubstr("no 'kid'"));
  EXPECT_THAT(Refusal(Under({{"alg", "ES256"}, {"kid", {"ec"}}})),
              HasSubstr("no 'kid'"));
  // A key that the token brings along counts for nothing.
  Json header = HeaderOf("ES256", "mine");
  header["jwk"] = TestSigningKey::Of("ES256").PublicJwk("mine");
  header["jku"] = "https://attacker.test/keys";
  EXPECT_THAT(Refusal(Under(header)), HasSubstr("'kid' is not in the key set"));
}

TEST_F(JwtVerifierTest, WhatMustBeUnderstoodAndIsNotIsRefused) {
  Json header = HeaderOf("ES256", "ec");
  header["crit"] = {"b64"};
  header["b64"] = false;
  EXPECT_THAT(Refusal(Under(header)), HasSubstr("'crit'"));
}

TEST_F(JwtVerifierTest, TokensOfOtherTypesAreRefused) {
  Json header = HeaderOf("ES256", "ec");
  for (const char* type : {"JWT", "jwt", "at+jwt", "application/at+JWT"}) {
    header["typ"] = type;
    EXPECT_EQ(Refusal(Under(header)), "") << type;
  }
  for (const Json& type : {Json("logout+jwt"), Json("dpop+jwt"), Json(7)}) {
    header["typ"] = type;
    EXPECT_THAT(Refusal(Under(header)), HasSubstr("'typ'")) << type;
  }
  header.erase("typ");
  EXPECT_EQ(Refusal(Under(header)), "");
}

TEST_F(JwtVerifierTest, AnotherIssuerOrNoneIsRefused) {
  EXPECT_THAT(Refusal(SignedWith("iss", "https://issuer.test/")),
              HasSubstr("'iss'"));
  EXPECT_THAT(Refusal(SignedWith("iss", 7)), HasSubstr("'iss'"));
  EXPECT_THAT(Refusal(SignedWithout("iss")), HasSubstr("'iss'"));
}

TEST_F(JwtVerifierTest, AnotherAudienceOrNoneIsRefused) {
  EXPECT_EQ(Refusal(SignedWith("aud", {"other", "heapd"})), "");
  for (const Json& audience :
       {Json("other"), Json("heapd2"), Json(7), Json::array(),
        Json{"other", "another"}, Json{"heapd", 7}}) {
    EXPECT_THAT(Refusal(SignedWith("aud", audience)), HasSubstr("'aud'"))
        << audience;
  }
  EXPECT_THAT(Refusal(SignedWithout("aud")), HasSubstr("'aud'"));
}

TEST_F(JwtVerifierTest, AnExpiredTokenIsRefused) {
  EXPECT_EQ(Refusal(SignedWith("exp", Seconds() - 29)), "");
  EXPECT_THAT(Refusal(SignedWith("exp", Seconds() - 30)),
              HasSubstr("it has expired"));
  EXPECT_THAT(Refusal(SignedWith("exp", 0)), HasSubstr("it has expired"));
}

TEST_F(JwtVerifierTest, ATokenThatIsNotValidYetIsRefused) {
  EXPECT_EQ(Refusal(SignedWith("nbf", Seconds() + 30)), "");
  EXPECT_THAT(Refusal(SignedWith("nbf", Seconds() + 31)),
              HasSubstr("it is not valid yet"));
}

TEST_F(JwtVerifierTest, TimesMustBeSecondsOfThisAge) {
  EXPECT_EQ(Refusal(SignedWith("exp", static_cast<double>(Seconds()) + 0.5)),
            "");
  for (const char* name : {"exp", "nbf"}) {
    EXPECT_THAT(Refusal(SignedWithout(name)), HasSubstr(name));
    // The second is milliseconds.
    for (const Json& time :
         {Json(std::to_string(Seconds())), Json(Seconds() * 1000), Json(-1),
          Json(nullptr), Json(1e300), Json(true)}) {
      EXPECT_THAT(Refusal(SignedWith(name, time)), HasSubstr("in seconds"))
          << name << time;
    }
  }
}

TEST_F(JwtVerifierTest, TheSubjectMustBeFitToBeShown) {
  for (const Json& subject :
       {Json(""), Json("a\nb"), Json(7), Json(std::string(257, 'x'))}) {
    EXPECT_THAT(Refusal(SignedWith("sub", subject)), HasSubstr("'sub'"));
  }
  EXPECT_THAT(Refusal(SignedWithout("sub")), HasSubstr("'sub'"));
}

TEST_F(JwtVerifierTest, GroupsMustBeAListOfTexts) {
  for (const Json& groups :
       {Json("ops"), Json{7}, Json{""}, Json{"a\x7f"}, Json::object(),
        Json(std::vector<std::string>(65, "g"))}) {
    EXPECT_THAT(Refusal(SignedWith("groups", groups)), HasSubstr("group"))
        << groups;
  }
}

TEST_F(JwtVerifierTest, ACutTokenIsRefusedWhereverItIsCut) {
  const std::string token = Signed(Claims());
  for (size_t size = 0; size < token.size(); ++size) {
    EXPECT_NE(Refusal(token.substr(0, size)), "") << size;
  }
}

TEST_F(JwtVerifierTest, AChangedTokenIsRefusedWhereverItIsChanged) {
  const std::string token = Signed(Claims());
  for (size_t at = 0; at < token.size(); ++at) {
    std::string changed = token;
    changed[at] = changed[at] == 'A' ? 'B' : 'A';
    EXPECT_NE(Refusal(changed), "") << at;
  }
}

TEST_F(JwtVerifierTest, OtherShapesAreRefused) {
  const std::string token = Signed(Claims());
  const std::vector<std::string> parts = absl::StrSplit(token, '.');
  for (const std::string& text :
       {std::string(), std::string("."), std::string(".."),
        std::string("a.b.c"), std::string("...."), token + ".", "." + token,
        token + "=", token + "\n", " " + token, token + "." + parts[2],
        parts[0] + ".." + parts[2], parts[0] + "." + parts[1] + ".",
        Base64Url("[]") + "." + parts[1] + "." + parts[2],
        Base64Url("7") + "." + parts[1] + "." + parts[2],
        std::string("\xff.\xff.\xff")}) {
    EXPECT_NE(Refusal(text), "") << text;
  }
}

TEST_F(JwtVerifierTest, ATokenOverTheLimitIsRefusedBeforeItIsRead) {
  EXPECT_THAT(Refusal(SignedWith("x", std::string(8192, 'x'))),
              HasSubstr("over 8 KiB"));
  EXPECT_THAT(Refusal(std::string(1'000'000, '.')), HasSubstr("over 8 KiB"));
  EXPECT_EQ(Refusal(SignedWith("x", std::string(5000, 'x'))), "");
}

TEST_F(JwtVerifierTest, DeepJsonIsHarmless) {
  const std::string deep(5000, '[');
  const std::string text = absl::StrCat(Base64Url(deep), ".", Base64Url("{}"));
  EXPECT_NE(Refusal(text + ".AAAA"), "");
}

TEST_F(JwtVerifierTest, AnErrorSaysNothingOfTheToken) {
  for (const std::string& token :
       {SignedWith("sub", "secret-name\n"), SignedWith("iss", "secret-issuer"),
        SignedWith("aud", "secret-audience"),
        Under(HeaderOf("ES256", "secret-kid"))}) {
    EXPECT_THAT(Refusal(token), Not(HasSubstr("secret")));
  }
}

TEST_F(JwtVerifierTest, ASignatureIsCheckedOnce) {
  const std::string token = Signed(Claims());
  for (int i = 0; i < 5; ++i) EXPECT_EQ(Refusal(token), "");
  EXPECT_EQ(verifier_.CheckedCountForTesting(), 1u);
  // What is refused is not remembered.
  const std::string bad = SignedWithout("sub");
  for (int i = 0; i < 5; ++i) EXPECT_NE(Refusal(bad), "");
  EXPECT_EQ(verifier_.CheckedCountForTesting(), 6u);
}

TEST_F(JwtVerifierTest, ATokenIsNotRememberedBeyondItsExpiry) {
  const std::string token = SignedWith("exp", Seconds() + 10);
  EXPECT_EQ(Refusal(token), "");
  now_ += absl::Seconds(9);
  EXPECT_EQ(Refusal(token), "");
  EXPECT_EQ(verifier_.CheckedCountForTesting(), 1u);
  // From here on it is looked at each time, until the clock skew is over.
  now_ += absl::Seconds(1);
  EXPECT_EQ(Refusal(token), "");
  EXPECT_EQ(verifier_.CheckedCountForTesting(), 2u);
  now_ += absl::Seconds(30);
  EXPECT_THAT(Refusal(token), HasSubstr("it has expired"));
}

TEST_F(JwtVerifierTest, AKeyThatIsTakenOutIsRevokedAtOnce) {
  const std::string token = Signed(Claims());
  const std::string other =
      MakeJwt(HeaderOf("EdDSA", "ed"), Claims(), TestSigningKey::Of("EdDSA"));
  EXPECT_EQ(Refusal(token), "");
  EXPECT_EQ(Refusal(other), "");
  const Json keys = {{"keys", {TestSigningKey::Of("EdDSA").PublicJwk("ed")}}};
  verifier_.ReplaceKeys(*JsonWebKeySet::Parse(keys.dump()));
  EXPECT_THAT(Refusal(token), HasSubstr("'kid' is not in the key set"));
  EXPECT_EQ(Refusal(other), "");
}

TEST_F(JwtVerifierTest, ManyTokensAreRememberedUpToABound) {
  // Ed25519 signs fastest.
  const TestSigningKey& key = TestSigningKey::Of("EdDSA");
  Json claims = Claims();
  claims["jti"] = "first";
  const std::string first = MakeJwt(HeaderOf("EdDSA", "ed"), claims, key);
  EXPECT_EQ(Refusal(first), "");
  for (size_t i = 0; i < JwtVerifier::kMaxRemembered; ++i) {
    claims["jti"] = i;
    ASSERT_EQ(Refusal(MakeJwt(HeaderOf("EdDSA", "ed"), claims, key)), "");
  }
  const size_t before = verifier_.CheckedCountForTesting();
  EXPECT_EQ(Refusal(first), "");
  EXPECT_EQ(verifier_.CheckedCountForTesting(), before + 1);
}

}  // namespace
}  // namespace heapd::server
