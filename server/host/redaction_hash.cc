#include "server/host/redaction_hash.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/rand.h>

#include <cstring>
#include <memory>

#include "heap/base/check.h"

namespace heapd::server {
namespace {

struct FreeContext {
  void operator()(EVP_MAC_CTX* context) const { EVP_MAC_CTX_free(context); }
};

// With the key.
std::shared_ptr<EVP_MAC_CTX> NewContext(
    const std::array<unsigned char, 32>& key) {
  EVP_MAC* const mac = EVP_MAC_fetch(nullptr, "HMAC", nullptr);
  HEAPD_CHECK(mac != nullptr);
  std::shared_ptr<EVP_MAC_CTX> context(EVP_MAC_CTX_new(mac), FreeContext());
  EVP_MAC_free(mac);  // the context keeps it
  char digest[] = "SHA256";
  const OSSL_PARAM params[] = {
      OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
      OSSL_PARAM_construct_end()};
  HEAPD_CHECK(context != nullptr &&
              EVP_MAC_init(context.get(), key.data(), key.size(), params) == 1);
  return context;
}

}  // namespace

RedactionKey::RedactionKey() {
  HEAPD_CHECK(RAND_bytes(key_.data(), static_cast<int>(key_.size())) == 1);
}

std::function<uint64_t(absl::string_view)> RedactionKey::NewHash() const {
  return [context = NewContext(key_)](absl::string_view content) {
    unsigned char sum[32];
    size_t bytes = 0;
    // Without a key the context begins anew with the one it has.
    HEAPD_CHECK(
        EVP_MAC_init(context.get(), nullptr, 0, nullptr) == 1 &&
        EVP_MAC_update(context.get(),
                       reinterpret_cast<const unsigned char*>(content.data()),
                       content.size()) == 1 &&
        EVP_MAC_final(context.get(), sum, &bytes, sizeof(sum)) == 1);
    uint64_t hash = 0;
    std::memcpy(&hash, sum, sizeof(hash));
    return hash;
  };
}

}  // namespace heapd::server
