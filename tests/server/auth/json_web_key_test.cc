#include "server/auth/json_web_key.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "absl/strings/str_cat.h"
#include "server/auth/base64url.h"
#include "tests/server/support/temporary_directory.h"
#include "tests/server/support/test_issuer.h"

namespace heapd::server {
namespace {

using ::testing::HasSubstr;

// What RFC 7515 (appendixes A.2 and A.3) and RFC 8037 (appendix A.4) give.
const char kRsaModulus[] =
    "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJ"
    "rcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo"
    "9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapH"
    "g665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_"
    "h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ";
const char kRfc7515Claims[] =
    "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS"
    "9pc19yb290Ijp0cnVlfQ";
const char kRsaSignature[] =
    "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-"
    "0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrn"
    "byTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi1"
    "2jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs"
    "98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw";
const char kEcX[] = "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU";
const char kEcY[] = "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0";
const char kEcSignature[] =
    "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJ"
    "qPP3-Kg6NU1Q";
const char kEdX[] = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";
const char kEdText[] =
    "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc";
const char kEdSignature[] =
    "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sV"
    "vpAr_MuM0KAg";

nlohmann::json RsaKey() {
  return {{"kty", "RSA"}, {"kid", "rsa"}, {"n", kRsaModulus}, {"e", "AQAB"}};
}
nlohmann::json EcKey() {
  return {
      {"kty", "EC"}, {"kid", "ec"}, {"crv", "P-256"}, {"x", kEcX}, {"y", kEcY}};
}
nlohmann::json EdKey() {
  return {{"kty", "OKP"}, {"kid", "ed"}, {"crv", "Ed25519"}, {"x", kEdX}};
}

absl::StatusOr<JsonWebKeySet> Parse(const std::vector<nlohmann::json>& keys) {
  return JsonWebKeySet::Parse(nlohmann::json{{"keys", keys}}.dump());
}

std::string ErrorOf(const nlohmann::json& key) {
  return std::string(Parse({key}).status().message());
}

// The key with one member changed.
nlohmann::json With(nlohmann::json key, const char* name,
                    const nlohmann::json& value) {
  key[name] = value;
  return key;
}

class Rfc : public ::testing::Test {
 protected:
  Rfc() : keys_(*Parse({RsaKey(), EcKey(), EdKey()})) {}

  bool Verify(const char* kid, const std::string& text,
              const std::string& signature) const {
    return keys_.Find(kid)->Verify(text, *DecodeBase64Url(signature));
  }

  const JsonWebKeySet keys_;
};

TEST_F(Rfc, TheExamplesAreGood) {
  const std::string rsa_text =
      absl::StrCat("eyJhbGciOiJSUzI1NiJ9.", kRfc7515Claims);
  const std::string ec_text =
      absl::StrCat("eyJhbGciOiJFUzI1NiJ9.", kRfc7515Claims);
  EXPECT_TRUE(Verify("rsa", rsa_text, kRsaSignature));
  EXPECT_TRUE(Verify("ec", ec_text, kEcSignature));
  EXPECT_TRUE(Verify("ed", kEdText, kEdSignature));
  EXPECT_EQ(keys_.Find("rsa")->algorithm(), JwsAlgorithm::kRs256);
  EXPECT_EQ(keys_.Find("ec")->algorithm(), JwsAlgorithm::kEs256);
  EXPECT_EQ(keys_.Find("ed")->algorithm(), JwsAlgorithm::kEdDsa);
}

TEST_F(Rfc, AnotherTextSignatureOrKeyIsNot) {
  const std::string ec_text =
      absl::StrCat("eyJhbGciOiJFUzI1NiJ9.", kRfc7515Claims);
  EXPECT_FALSE(Verify("ec", ec_text + "A", kEcSignature));
  EXPECT_FALSE(Verify("ed", ec_text, kEdSignature));
  EXPECT_FALSE(Verify("ed", kEdText, kEcSignature));
  EXPECT_FALSE(Verify("rsa", ec_text, kEcSignature));
  for (const JsonWebKey* key :
       {keys_.Find("rsa"), keys_.Find("ec"), keys_.Find("ed")}) {
    EXPECT_FALSE(key->Verify(ec_text, ""));
    EXPECT_FALSE(key->Verify(ec_text, std::string(64, '\0')));
    EXPECT_FALSE(key->Verify(ec_text, std::string(256, '\xff')));
    EXPECT_FALSE(key->Verify("", std::string(1, 'x')));
  }
}

TEST_F(Rfc, EveryBitOfASignatureCounts) {
  const std::string good = *DecodeBase64Url(kEdSignature);
  for (size_t bit = 0; bit < good.size() * 8; bit += 7) {
    std::string bad = good;
    bad[bit / 8] = static_cast<char>(bad[bit / 8] ^ (1 << bit % 8));
    EXPECT_FALSE(keys_.Find("ed")->Verify(kEdText, bad)) << bit;
  }
}

TEST(JsonWebKeySetTest, AKeyIsFoundByItsExactName) {
  const JsonWebKeySet keys = *Parse({RsaKey()});
  EXPECT_NE(keys.Find("rsa"), nullptr);
  EXPECT_EQ(keys.Find("RSA"), nullptr);
  EXPECT_EQ(keys.Find(""), nullptr);
}

TEST(JsonWebKeySetTest, KeysOfOtherKindsAreLeftOut) {
  const std::vector<nlohmann::json> others = {
      {{"kty", "oct"}, {"kid", "secret"}, {"k", "AAAA"}},
      {{"kty", "EC"}, {"kid", "p384"}, {"crv", "P-384"}},
      {{"kty", "OKP"}, {"kid", "x"}, {"crv", "X25519"}, {"x", kEdX}},
      With(RsaKey(), "use", "enc"),
      With(RsaKey(), "alg", "PS256"),
      With(EcKey(), "alg", "HS256"),
      With(EdKey(), "key_ops", {"sign"}),
  };
  for (const nlohmann::json& other : others) {
    EXPECT_THAT(ErrorOf(other), HasSubstr("has no key for")) << other;
    EXPECT_EQ(Parse({other, With(EdKey(), "kid", "good")})->size(), 1u);
  }
}

TEST(JsonWebKeySetTest, WhatSaysThatItIsForSignaturesIsTaken) {
  EXPECT_TRUE(Parse({With(RsaKey(), "use", "sig")}).ok());
  EXPECT_TRUE(Parse({With(RsaKey(), "alg", "RS256")}).ok());
  EXPECT_TRUE(Parse({With(EdKey(), "key_ops", {"verify"})}).ok());
}

TEST(JsonWebKeySetTest, BrokenKeysAreErrors) {
  EXPECT_THAT(ErrorOf(With(RsaKey(), "kid", "")), HasSubstr("has no 'kid'"));
  EXPECT_THAT(ErrorOf(With(RsaKey(), "kid", 7)), HasSubstr("has no 'kid'"));
  EXPECT_THAT(ErrorOf(With(EdKey(), "d", "AAAA")), HasSubstr("private"));
  EXPECT_THAT(ErrorOf(With(RsaKey(), "n", "AQAB")), HasSubstr("17 bits"));
  EXPECT_THAT(ErrorOf(With(RsaKey(), "n", "a+/=")), HasSubstr("base64url"));
  EXPECT_THAT(ErrorOf(With(RsaKey(), "e", "AQ")), HasSubstr("'e' must be"));
  EXPECT_THAT(ErrorOf(With(RsaKey(), "e", "AQAA")), HasSubstr("'e' must be"));
  EXPECT_THAT(ErrorOf(With(EcKey(), "x", "AQAB")), HasSubstr("32 bytes"));
  // Not on the curve.
  EXPECT_THAT(ErrorOf(With(EcKey(), "y", kEcX)), HasSubstr("no public key"));
  EXPECT_THAT(ErrorOf(With(EdKey(), "x", "AQAB")), HasSubstr("32 bytes"));
}

TEST(JsonWebKeySetTest, TwoKeysOfOneNameAreAnError) {
  EXPECT_THAT(
      std::string(
          Parse({RsaKey(), With(EdKey(), "kid", "rsa")}).status().message()),
      HasSubstr("key 2 has the 'kid' of another one"));
}

TEST(JsonWebKeySetTest, WhatIsNoSetIsAnError) {
  for (const char* text : {"", "{", "[]", "7", "{}", "{\"keys\":{}}",
                           "{\"keys\":[]}", "{\"keys\":[7]}", "\xff"}) {
    EXPECT_FALSE(JsonWebKeySet::Parse(text).ok()) << text;
  }
}

TEST(JsonWebKeySetTest, AFileIsNamedInItsErrors) {
  const TemporaryDirectory directory;
  EXPECT_TRUE(
      JsonWebKeySet::ReadFile(directory.Write("good", TestKeySet())).ok());
  const std::string bad = directory.Write("bad", "{}");
  EXPECT_THAT(std::string(JsonWebKeySet::ReadFile(bad).status().message()),
              HasSubstr(bad));
  const std::string missing = directory.Path("missing");
  EXPECT_THAT(std::string(JsonWebKeySet::ReadFile(missing).status().message()),
              HasSubstr(missing));
  const std::string huge =
      directory.Write("huge", std::string((1 << 20) + 1, ' '));
  EXPECT_FALSE(JsonWebKeySet::ReadFile(huge).ok());
  EXPECT_FALSE(JsonWebKeySet::ReadFile(directory.path()).ok());
}

}  // namespace
}  // namespace heapd::server
