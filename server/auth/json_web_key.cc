#include "server/auth/json_web_key.h"

#include <openssl/core_names.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "heap/base/status_macros.h"
#include "server/auth/base64url.h"
#include "server/auth/small_file.h"

namespace heapd::server {
namespace {

using Json = nlohmann::json;

constexpr size_t kMaxFileBytes = size_t{1} << 20;
constexpr int kMinRsaBits = 2048;
// Checking with a larger one takes so long that tokens would be a weapon.
constexpr int kMaxRsaBits = 8192;
constexpr size_t kP256Bytes = 32;
constexpr size_t kEd25519Bytes = 32;

absl::Status Broken(absl::string_view message) {
  return absl::InvalidArgumentError(message);
}

// A text member; empty if it is missing or no text.
std::string Text(const Json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>()
                                                     : std::string();
}

absl::StatusOr<std::string> Bytes(const Json& key, const char* name) {
  std::optional<std::string> bytes = DecodeBase64Url(Text(key, name));
  if (bytes.has_value() && !bytes->empty()) return *std::move(bytes);
  return Broken(absl::StrCat("'", name, "' must be base64url"));
}

const unsigned char* Unsigned(const std::string& bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}

BignumPointer ToBignum(const std::string& bytes) {
  return BignumPointer(
      BN_bin2bn(Unsigned(bytes), static_cast<int>(bytes.size()), nullptr));
}

// Makes a public key of what `builder` has, and checks that it is one.
absl::StatusOr<PkeyPointer> MakeKey(const char* type,
                                    const ParamBuilderPointer& builder) {
  const ParamsPointer parameters(OSSL_PARAM_BLD_to_param(builder.get()));
  const PkeyContextPointer maker(
      EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr));
  EVP_PKEY* made = nullptr;
  if (parameters == nullptr || maker == nullptr ||
      EVP_PKEY_fromdata_init(maker.get()) != 1 ||
      EVP_PKEY_fromdata(maker.get(), &made, EVP_PKEY_PUBLIC_KEY,
                        parameters.get()) != 1) {
    return Broken("is no public key");
  }
  PkeyPointer key(made);
  const PkeyContextPointer checker(
      EVP_PKEY_CTX_new_from_pkey(nullptr, key.get(), nullptr));
  if (checker == nullptr || EVP_PKEY_public_check(checker.get()) != 1) {
    return Broken("is no public key");
  }
  return key;
}

absl::StatusOr<PkeyPointer> RsaKey(const Json& json) {
  HEAPD_ASSIGN_OR_RETURN(const std::string modulus_bytes, Bytes(json, "n"));
  HEAPD_ASSIGN_OR_RETURN(const std::string exponent_bytes, Bytes(json, "e"));
  const BignumPointer modulus = ToBignum(modulus_bytes);
  const BignumPointer exponent = ToBignum(exponent_bytes);
  const int bits = BN_num_bits(modulus.get());
  if (bits < kMinRsaBits || bits > kMaxRsaBits) {
    return Broken(absl::StrCat("has ", bits, " bits, not 2048 to 8192"));
  }
  // All that are in use are 3 or 65537.
  if (BN_num_bits(exponent.get()) > 32 || !BN_is_odd(exponent.get()) ||
      BN_is_one(exponent.get())) {
    return Broken("'e' must be odd, over 1 and of at most 32 bits");
  }
  const ParamBuilderPointer builder(OSSL_PARAM_BLD_new());
  OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, modulus.get());
  OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, exponent.get());
  return MakeKey("RSA", builder);
}

absl::StatusOr<PkeyPointer> P256Key(const Json& json) {
  HEAPD_ASSIGN_OR_RETURN(const std::string x, Bytes(json, "x"));
  HEAPD_ASSIGN_OR_RETURN(const std::string y, Bytes(json, "y"));
  if (x.size() != kP256Bytes || y.size() != kP256Bytes) {
    return Broken("'x' and 'y' must be 32 bytes each");
  }
  constexpr char kUncompressed = 4;
  const std::string point =
      absl::StrCat(absl::string_view(&kUncompressed, 1), x, y);
  const ParamBuilderPointer builder(OSSL_PARAM_BLD_new());
  OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME,
                                  "prime256v1", 0);
  OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY,
                                   point.data(), point.size());
  return MakeKey("EC", builder);
}

absl::StatusOr<PkeyPointer> Ed25519Key(const Json& json) {
  HEAPD_ASSIGN_OR_RETURN(const std::string x, Bytes(json, "x"));
  if (x.size() != kEd25519Bytes) return Broken("'x' must be 32 bytes");
  PkeyPointer key(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr,
                                              Unsigned(x), x.size()));
  if (key == nullptr) return Broken("is no public key");
  return key;
}

// What a key can be used for by its kind; nothing for kinds that are left out.
std::optional<JwsAlgorithm> AlgorithmOfKind(const Json& key) {
  const std::string type = Text(key, "kty");
  const std::string curve = Text(key, "crv");
  if (type == "RSA") return JwsAlgorithm::kRs256;
  if (type == "EC" && curve == "P-256") return JwsAlgorithm::kEs256;
  if (type == "OKP" && curve == "Ed25519") return JwsAlgorithm::kEdDsa;
  return std::nullopt;
}

// Whether the key says, or does not deny, that it is for checking signatures.
bool IsForSignatures(const Json& key, JwsAlgorithm algorithm) {
  if (key.contains("use") && Text(key, "use") != "sig") return false;
  if (key.contains("alg") && Text(key, "alg") != NameOf(algorithm)) {
    return false;
  }
  const auto operations = key.find("key_ops");
  if (operations == key.end()) return true;
  return operations->is_array() &&
         std::any_of(
             operations->begin(), operations->end(), [](const Json& entry) {
               return entry.is_string() && entry.get<std::string>() == "verify";
             });
}

absl::StatusOr<PkeyPointer> ReadKey(const Json& json, JwsAlgorithm algorithm) {
  if (json.contains("d")) {
    return Broken("is a private key, which belongs to the issuer alone");
  }
  switch (algorithm) {
    case JwsAlgorithm::kRs256:
      return RsaKey(json);
    case JwsAlgorithm::kEs256:
      return P256Key(json);
    case JwsAlgorithm::kEdDsa:
      break;
  }
  return Ed25519Key(json);
}

// A token has the two numbers of an ECDSA signature side by side, OpenSSL wants
// them in DER. Empty for another size.
std::string EcdsaToDer(absl::string_view signature) {
  if (signature.size() != 2 * kP256Bytes) return "";
  const std::string r(signature.substr(0, kP256Bytes));
  const std::string s(signature.substr(kP256Bytes));
  const EcdsaSignaturePointer pair(ECDSA_SIG_new());
  // Takes the numbers over.
  ECDSA_SIG_set0(pair.get(), ToBignum(r).release(), ToBignum(s).release());
  unsigned char* der = nullptr;
  const int size = i2d_ECDSA_SIG(pair.get(), &der);
  if (size <= 0) return "";
  std::string bytes(reinterpret_cast<char*>(der), static_cast<size_t>(size));
  OPENSSL_free(der);
  return bytes;
}

}  // namespace

absl::string_view NameOf(JwsAlgorithm algorithm) {
  switch (algorithm) {
    case JwsAlgorithm::kRs256:
      return "RS256";
    case JwsAlgorithm::kEs256:
      return "ES256";
    case JwsAlgorithm::kEdDsa:
      break;
  }
  return "EdDSA";
}

bool JsonWebKey::Verify(absl::string_view text,
                        absl::string_view signature) const {
  const std::string bytes = algorithm_ == JwsAlgorithm::kEs256
                                ? EcdsaToDer(signature)
                                : std::string(signature);
  if (bytes.empty()) return false;
  const EVP_MD* const hash =
      algorithm_ == JwsAlgorithm::kEdDsa ? nullptr : EVP_sha256();
  const MdContextPointer context(EVP_MD_CTX_new());
  return context != nullptr &&
         EVP_DigestVerifyInit(context.get(), nullptr, hash, nullptr,
                              key_.get()) == 1 &&
         EVP_DigestVerify(context.get(), Unsigned(bytes), bytes.size(),
                          reinterpret_cast<const unsigned char*>(text.data()),
                          text.size()) == 1;
}

absl::StatusOr<JsonWebKeySet> JsonWebKeySet::Parse(absl::string_view json) {
  const Json set = Json::parse(json.begin(), json.end(), nullptr,
                               /*allow_exceptions=*/false);
  const auto keys = set.is_object() ? set.find("keys") : set.end();
  if (keys == set.end() || !keys->is_array()) {
    return Broken("must be a JSON object with a list 'keys'");
  }
  JsonWebKeySet result;
  size_t number = 0;
  for (const Json& key : *keys) {
    ++number;
    if (!key.is_object()) {
      return Broken(absl::StrCat("key ", number, " must be an object"));
    }
    const std::optional<JwsAlgorithm> algorithm = AlgorithmOfKind(key);
    if (!algorithm.has_value() || !IsForSignatures(key, *algorithm)) continue;
    std::string kid = Text(key, "kid");
    if (kid.empty()) {
      return Broken(absl::StrCat("key ", number, " has no 'kid'"));
    }
    absl::StatusOr<PkeyPointer> read = ReadKey(key, *algorithm);
    if (!read.ok()) {
      return Broken(absl::StrCat("key ", number, " ", read.status().message()));
    }
    const bool is_new =
        result.keys_
            .emplace(std::move(kid), std::make_unique<const JsonWebKey>(
                                         *algorithm, *std::move(read)))
            .second;
    if (!is_new) {
      return Broken(
          absl::StrCat("key ", number, " has the 'kid' of another one"));
    }
  }
  if (result.keys_.empty()) {
    return Broken("has no key for RS256, ES256 or EdDSA");
  }
  return result;
}

absl::StatusOr<JsonWebKeySet> JsonWebKeySet::ReadFile(const std::string& path) {
  HEAPD_ASSIGN_OR_RETURN(const std::string text,
                         ReadSmallFile(path, kMaxFileBytes));
  absl::StatusOr<JsonWebKeySet> set = Parse(text);
  if (set.ok()) return set;
  return Broken(absl::StrCat(path, ": ", set.status().message()));
}

const JsonWebKey* JsonWebKeySet::Find(absl::string_view kid) const {
  const auto found = keys_.find(kid);
  return found == keys_.end() ? nullptr : found->second.get();
}

}  // namespace heapd::server
