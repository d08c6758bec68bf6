#include "server/storage/sha256.h"

#include "absl/strings/escaping.h"
#include "heap/base/check.h"

namespace heapd::server {

Sha256::Sha256() : context_(EVP_MD_CTX_new(), &EVP_MD_CTX_free) {
  HEAPD_CHECK(EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr) == 1);
}

void Sha256::Update(absl::string_view data) {
  HEAPD_CHECK(EVP_DigestUpdate(context_.get(), data.data(), data.size()) == 1);
}

std::string Sha256::Finish() {
  std::string digest(32, '\0');
  HEAPD_CHECK(
      EVP_DigestFinal_ex(context_.get(),
                         reinterpret_cast<unsigned char*>(digest.data()),
                         nullptr) == 1);
  return digest;
}

std::string Sha256::FinishHex() { return absl::BytesToHexString(Finish()); }

}  // namespace heapd::server
