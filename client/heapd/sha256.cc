#include "client/heapd/sha256.h"

#include "absl/strings/escaping.h"
#include "client/heapd/check.h"
#include "openssl/evp.h"

namespace heapd::client {

struct Sha256::State {
  EVP_MD_CTX* const context = EVP_MD_CTX_new();
  ~State() { EVP_MD_CTX_free(context); }
};

// OpenSSL's digests fail only for want of memory.
Sha256::Sha256() : state_(std::make_unique<State>()) {
  HEAPD_CLIENT_CHECK(state_->context != nullptr);
  HEAPD_CLIENT_CHECK(
      EVP_DigestInit_ex(state_->context, EVP_sha256(), nullptr) == 1);
}

Sha256::~Sha256() = default;

void Sha256::Update(std::string_view bytes) {
  HEAPD_CLIENT_CHECK(
      EVP_DigestUpdate(state_->context, bytes.data(), bytes.size()) == 1);
}

std::string Sha256::Finish() {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  HEAPD_CLIENT_CHECK(EVP_DigestFinal_ex(state_->context, digest, &size) == 1);
  return absl::BytesToHexString(
      absl::string_view(reinterpret_cast<const char*>(digest), size));
}

std::string Sha256Hex(std::string_view bytes) {
  Sha256 sha256;
  sha256.Update(bytes);
  return sha256.Finish();
}

}  // namespace heapd::client
