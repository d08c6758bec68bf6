#include "server/auth/authenticator.h"

#include <iterator>
#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "heap/base/error.h"
#include "server/auth/forwarded_caller.h"
#include "server/auth/token_digest.h"
#include "server/base/reasons.h"

namespace heapd::server {
namespace {

constexpr absl::string_view kScheme = "Bearer ";

absl::Status Invalid(absl::string_view message) {
  return MakeError(absl::StatusCode::kUnauthenticated,
                   reason::kCredentialsInvalid, message);
}

const std::shared_ptr<const Principal>& Anonymous() {
  // Never destroyed: calls may outlive static objects.
  static const auto& anonymous =
      *new std::shared_ptr<const Principal>(std::make_shared<const Principal>(
          Principal{std::string(kAnonymousName)}));
  return anonymous;
}

}  // namespace

Authenticator::Authenticator()
    : tokens_(std::make_shared<const BearerTokens>()) {}

void Authenticator::ReplaceTokens(BearerTokens tokens) {
  auto fresh = std::make_shared<const BearerTokens>(std::move(tokens));
  const absl::MutexLock lock(&mu_);
  tokens_ = std::move(fresh);
}

void Authenticator::AcceptJwt(std::shared_ptr<const JwtVerifier> jwt) {
  const absl::MutexLock lock(&mu_);
  jwt_ = std::move(jwt);
}

void Authenticator::AcceptClientCertificates() {
  accepts_certificates_.store(true, std::memory_order_relaxed);
}

absl::StatusOr<std::shared_ptr<const Principal>> Authenticator::Authenticate(
    const grpc::ServerContextBase& context) const {
  const auto& metadata = context.client_metadata();
  const auto [first, last] = metadata.equal_range("authorization");
  if (first == last) {
    if (!accepts_certificates_.load(std::memory_order_relaxed)) {
      return Anonymous();
    }
    return Authenticate(nullptr, CertificateOf(context));
  }
  // Two headers are a mistake or a trick: which one a proxy looked at is not
  // known here.
  if (std::next(first) != last) {
    return Invalid("metadata 'authorization' is there twice");
  }
  return AuthenticateHeader({first->second.data(), first->second.size()});
}

absl::StatusOr<std::shared_ptr<const Principal>> Authenticator::Authenticate(
    const std::string* header, absl::string_view certificate_pem) const {
  if (header != nullptr) return AuthenticateHeader(*header);
  if (certificate_pem.empty() ||
      !accepts_certificates_.load(std::memory_order_relaxed)) {
    return Anonymous();
  }
  return certificates_.Authenticate(certificate_pem);
}

absl::StatusOr<std::shared_ptr<const Principal>>
Authenticator::AuthenticateHeader(absl::string_view header) const {
  if (!absl::StartsWithIgnoreCase(header, kScheme)) {
    return Invalid("metadata 'authorization' must be 'Bearer TOKEN'");
  }
  return AuthenticateToken(header.substr(kScheme.size()));
}

absl::StatusOr<std::shared_ptr<const Principal>>
Authenticator::AuthenticateToken(absl::string_view token) const {
  // Before anything is done with it.
  if (token.size() > kMaxTokenBytes) return Invalid("this token is over 8 KiB");
  std::shared_ptr<const BearerTokens> tokens;
  std::shared_ptr<const JwtVerifier> jwt;
  {
    const absl::MutexLock lock(&mu_);
    tokens = tokens_;
    jwt = jwt_;
  }
  const TokenDigest digest = DigestOf(token);
  std::shared_ptr<const Principal> principal = tokens->Find(digest);
  if (principal != nullptr) return principal;
  // Dots tell what can be a JSON web token from what cannot.
  if (jwt == nullptr || !absl::StrContains(token, '.')) {
    return Invalid("this token is not known");
  }
  return jwt->Verify(token, digest);
}

absl::Status CredentialsMissing() {
  return MakeError(absl::StatusCode::kUnauthenticated,
                   reason::kCredentialsMissing,
                   "this method needs a credential: metadata 'authorization: "
                   "Bearer TOKEN', or a client certificate");
}

}  // namespace heapd::server
