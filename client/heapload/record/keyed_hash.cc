#include "client/heapload/record/keyed_hash.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include <cstring>

#include "absl/strings/str_cat.h"
#include "client/heapd/check.h"

namespace heapd::heapload {

KeyedHash::KeyedHash() {
  HEAPD_CLIENT_CHECK(RAND_bytes(key_.data(), static_cast<int>(key_.size())) ==
                     1);
}

KeyedHash::~KeyedHash() { OPENSSL_cleanse(key_.data(), key_.size()); }

uint64_t KeyedHash::Hash(std::string_view text) const {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  HEAPD_CLIENT_CHECK(HMAC(EVP_sha256(), key_.data(),
                          static_cast<int>(key_.size()),
                          reinterpret_cast<const unsigned char*>(text.data()),
                          text.size(), digest, &size) != nullptr);
  uint64_t hash = 0;
  std::memcpy(&hash, digest, sizeof(hash));
  return hash;
}

std::string KeyedHash::Name(std::string_view text) const {
  if (text.empty()) return "";
  return absl::StrCat("h", absl::Hex(Hash(text), absl::kZeroPad16));
}

}  // namespace heapd::heapload
