#ifndef HEAPD_TESTS_SERVER_SUPPORT_TEST_ISSUER_H_
#define HEAPD_TESTS_SERVER_SUPPORT_TEST_ISSUER_H_

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <cstdint>
#include <cstring>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "heap/base/check.h"

namespace heapd::server {

inline std::string Base64Url(absl::string_view bytes) {
  return absl::WebSafeBase64Escape(bytes);
}

// A key that signs, of the kind that an algorithm needs: "RS256", "ES256" or
// "EdDSA". Kept for the whole program, since RSA keys take long to make.
class TestSigningKey {
 public:
  static const TestSigningKey& Of(const std::string& algorithm) {
    static const auto& rsa = *new TestSigningKey("RS256", EVP_RSA_gen(2048));
    static const auto& ec = *new TestSigningKey("ES256", EVP_EC_gen("P-256"));
    static const auto& ed = *new TestSigningKey(
        "EdDSA", EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
    return algorithm == "RS256" ? rsa : algorithm == "ES256" ? ec : ed;
  }

  // The public half as a JSON web key.
  nlohmann::json PublicJwk(const std::string& kid) const {
    if (algorithm_ == "RS256") {
      return {
          {"kty", "RSA"}, {"kid", kid}, {"n", Number("n")}, {"e", Number("e")}};
    }
    if (algorithm_ == "ES256") {
      const std::string point = Octets(OSSL_PKEY_PARAM_PUB_KEY);
      return {{"kty", "EC"},
              {"kid", kid},
              {"crv", "P-256"},
              {"x", Base64Url(point.substr(1, 32))},
              {"y", Base64Url(point.substr(33))}};
    }
    return {{"kty", "OKP"},
            {"kid", kid},
            {"crv", "Ed25519"},
            {"x", Base64Url(Octets(OSSL_PKEY_PARAM_PUB_KEY))}};
  }

  // The public half in PEM: what a key-confusion attack takes for a secret.
  std::string PublicPem() const {
    BIO* const bio = BIO_new(BIO_s_mem());
    HEAPD_CHECK(PEM_write_bio_PUBKEY(bio, key_) == 1);
    char* data = nullptr;
    const auto size = BIO_get_mem_data(bio, &data);
    std::string text(data, static_cast<size_t>(size));
    BIO_free(bio);
    return text;
  }

  std::string Sign(const std::string& text) const {
    EVP_MD_CTX* const context = EVP_MD_CTX_new();
    HEAPD_CHECK(
        EVP_DigestSignInit(context, nullptr,
                           algorithm_ == "EdDSA" ? nullptr : EVP_sha256(),
                           nullptr, key_) == 1);
    size_t size = 1024;
    std::string signature(size, '\0');
    HEAPD_CHECK(EVP_DigestSign(context, Bytes(signature), &size, Bytes(text),
                               text.size()) == 1);
    signature.resize(size);
    EVP_MD_CTX_free(context);
    return algorithm_ == "ES256" ? Flat(signature) : signature;
  }

 private:
  TestSigningKey(std::string algorithm, EVP_PKEY* key)
      : algorithm_(std::move(algorithm)), key_(key) {
    HEAPD_CHECK(key_ != nullptr);
  }

  static unsigned char* Bytes(std::string& text) {
    return reinterpret_cast<unsigned char*>(text.data());
  }
  static const unsigned char* Bytes(const std::string& text) {
    return reinterpret_cast<const unsigned char*>(text.data());
  }

  std::string Number(const char* name) const {
    BIGNUM* number = nullptr;
    HEAPD_CHECK(EVP_PKEY_get_bn_param(key_, name, &number) == 1);
    std::string bytes(static_cast<size_t>(BN_num_bytes(number)), '\0');
    BN_bn2bin(number, Bytes(bytes));
    BN_free(number);
    return Base64Url(bytes);
  }

  std::string Octets(const char* name) const {
    std::string bytes(256, '\0');
    size_t size = 0;
    HEAPD_CHECK(EVP_PKEY_get_octet_string_param(key_, name, Bytes(bytes),
                                                bytes.size(), &size) == 1);
    bytes.resize(size);
    return bytes;
  }

  // The two numbers of a DER signature, 32 bytes each.
  static std::string Flat(const std::string& der) {
    const unsigned char* at = Bytes(der);
    ECDSA_SIG* const pair =
        d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der.size()));
    HEAPD_CHECK(pair != nullptr);
    std::string flat(64, '\0');
    BN_bn2binpad(ECDSA_SIG_get0_r(pair), Bytes(flat), 32);
    BN_bn2binpad(ECDSA_SIG_get0_s(pair), Bytes(flat) + 32, 32);
    ECDSA_SIG_free(pair);
    return flat;
  }

  const std::string algorithm_;
  EVP_PKEY* const key_;
};

// Claims that are good for an hour, for the issuer "https://issuer.test" and
// the audience "heapd".
inline nlohmann::json GoodClaims(absl::Time now = absl::Now()) {
  const int64_t seconds = absl::ToUnixSeconds(now);
  return {{"iss", "https://issuer.test"},
          {"aud", "heapd"},
          {"sub", "alice"},
          {"nbf", seconds - 60},
          {"exp", seconds + 3600}};
}

inline nlohmann::json HeaderOf(const std::string& algorithm,
                               const std::string& kid) {
  return {{"alg", algorithm}, {"kid", kid}, {"typ", "JWT"}};
}

// A token in compact form, signed as `key` does whatever the header says.
inline std::string MakeJwt(const nlohmann::json& header,
                           const nlohmann::json& claims,
                           const TestSigningKey& key) {
  const std::string text =
      absl::StrCat(Base64Url(header.dump()), ".", Base64Url(claims.dump()));
  return absl::StrCat(text, ".", Base64Url(key.Sign(text)));
}

// The same with HMAC and a secret.
inline std::string MakeHmacJwt(const nlohmann::json& header,
                               const nlohmann::json& claims,
                               const std::string& secret) {
  const std::string text =
      absl::StrCat(Base64Url(header.dump()), ".", Base64Url(claims.dump()));
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
       reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest,
       &size);
  return absl::StrCat(
      text, ".",
      Base64Url(absl::string_view(reinterpret_cast<char*>(digest), size)));
}

// A good token of "alice", signed with ES256 by the key "ec".
inline std::string GoodJwt() {
  return MakeJwt(HeaderOf("ES256", "ec"), GoodClaims(),
                 TestSigningKey::Of("ES256"));
}

// The issuer's published set: the keys "rsa", "ec" and "ed".
inline std::string TestKeySet() {
  nlohmann::json set;
  set["keys"] = {TestSigningKey::Of("RS256").PublicJwk("rsa"),
                 TestSigningKey::Of("ES256").PublicJwk("ec"),
                 TestSigningKey::Of("EdDSA").PublicJwk("ed")};
  return set.dump();
}

}  // namespace heapd::server

#endif  // HEAPD_TESTS_SERVER_SUPPORT_TEST_ISSUER_H_
