#include "server/auth/bearer_tokens.h"

#include <openssl/crypto.h>

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

namespace heapd::server {

absl::Status BearerTokens::Add(absl::string_view name,
                               absl::string_view sha256_hex) {
  const bool is_hex =
      std::all_of(sha256_hex.begin(), sha256_hex.end(),
                  [](unsigned char c) { return absl::ascii_isxdigit(c); });
  if (sha256_hex.size() != 2 * TokenDigest().size() || !is_hex) {
    return absl::InvalidArgumentError(
        absl::StrCat("token '", name, "': the SHA-256 must be 64 hex digits"));
  }
  std::string full_name = absl::StrCat("token:", name);
  for (const Entry& entry : entries_) {
    if (entry.principal->name == full_name) {
      return absl::InvalidArgumentError(
          absl::StrCat("token '", name, "' is there twice"));
    }
  }
  Entry entry;
  const std::string bytes = absl::HexStringToBytes(sha256_hex);
  std::copy(bytes.begin(), bytes.end(), entry.digest.begin());
  entry.principal =
      std::make_shared<const Principal>(Principal{std::move(full_name)});
  entries_.push_back(std::move(entry));
  return absl::OkStatus();
}

std::shared_ptr<const Principal> BearerTokens::Find(
    const TokenDigest& digest) const {
  const Entry* match = nullptr;
  // All entries, so that the time says nothing about which one it was.
  for (const Entry& entry : entries_) {
    if (CRYPTO_memcmp(entry.digest.data(), digest.data(), digest.size()) == 0) {
      match = &entry;
    }
  }
  return match == nullptr ? nullptr : match->principal;
}

}  // namespace heapd::server
