#ifndef HEAPD_SERVER_STORAGE_SHA256_H_
#define HEAPD_SERVER_STORAGE_SHA256_H_

#include <openssl/evp.h>

#include <memory>
#include <string>

#include "absl/strings/string_view.h"

namespace heapd::server {

// The SHA-256 of data that comes in pieces. Single-threaded.
class Sha256 {
 public:
  Sha256();
  void Update(absl::string_view data);
  // The 32 bytes; at most once, last.
  std::string Finish();
  // The same as 64 lower-case hex digits.
  std::string FinishHex();

 private:
  std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context_;
};

}  // namespace heapd::server

#endif  // HEAPD_SERVER_STORAGE_SHA256_H_
