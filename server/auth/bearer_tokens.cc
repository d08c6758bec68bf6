#include "server/auth/bearer_tokens.h"

#include <openssl/crypto.h>
#include <openssl/sha.h>

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "heap/base/error.h"
#include "server/base/reasons.h"

namespace heapd::server {
namespace {

constexpr absl::string_view kScheme = "Bearer ";

absl::Status Missing() {
  return MakeError(absl::StatusCode::kUnauthenticated,
                   reason::kCredentialsMissing,
                   "this method needs metadata 'authorization: Bearer TOKEN'");
}

absl::Status Invalid() {
  return MakeError(absl::StatusCode::kUnauthenticated,
                   reason::kCredentialsInvalid, "this token is not known");
}

}  // namespace

absl::Status BearerTokens::Add(absl::string_view name,
                               absl::string_view sha256_hex) {
  const bool is_hex =
      std::all_of(sha256_hex.begin(), sha256_hex.end(),
                  [](unsigned char c) { return absl::ascii_isxdigit(c); });
  if (sha256_hex.size() != 2 * Digest().size() || !is_hex) {
    return absl::InvalidArgumentError(
        absl::StrCat("token '", name, "': the SHA-256 must be 64 hex digits"));
  }
  for (const Entry& entry : entries_) {
    if (entry.name == name) {
      return absl::InvalidArgumentError(
          absl::StrCat("token '", name, "' is there twice"));
    }
  }
  Entry entry{std::string(name), {}};
  const std::string bytes = absl::HexStringToBytes(sha256_hex);
  std::copy(bytes.begin(), bytes.end(), entry.digest.begin());
  entries_.push_back(std::move(entry));
  return absl::OkStatus();
}

absl::StatusOr<Principal> BearerTokens::Authenticate(
    const grpc::ServerContextBase& context) const {
  const auto& metadata = context.client_metadata();
  const auto [first, last] = metadata.equal_range("authorization");
  if (first == last) return Missing();
  // Two headers are a mistake or a trick: which one a proxy looked at is not
  // known here.
  if (std::next(first) != last) return Invalid();
  return AuthenticateHeader({first->second.data(), first->second.size()});
}

absl::StatusOr<Principal> BearerTokens::AuthenticateHeader(
    absl::string_view header) const {
  if (!absl::StartsWithIgnoreCase(header, kScheme)) return Missing();
  const absl::string_view token = header.substr(kScheme.size());
  Digest digest;
  SHA256(reinterpret_cast<const unsigned char*>(token.data()), token.size(),
         digest.data());
  const Entry* match = nullptr;
  // All entries, so that the time says nothing about which one it was.
  for (const Entry& entry : entries_) {
    if (CRYPTO_memcmp(entry.digest.data(), digest.data(), digest.size()) == 0) {
      match = &entry;
    }
  }
  if (match == nullptr) return Invalid();
  return Principal{match->name};
}

}  // namespace heapd::server
