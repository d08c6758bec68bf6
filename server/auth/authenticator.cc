#include "server/auth/authenticator.h"

#include <iterator>
#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "heap/base/error.h"
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

std::shared_ptr<const BearerTokens> Authenticator::tokens() const {
  const absl::MutexLock lock(&mu_);
  return tokens_;
}

absl::StatusOr<std::shared_ptr<const Principal>> Authenticator::Authenticate(
    const grpc::ServerContextBase& context) const {
  const auto& metadata = context.client_metadata();
  const auto [first, last] = metadata.equal_range("authorization");
  if (first == last) return Anonymous();
  // Two headers are a mistake or a trick: which one a proxy looked at is not
  // known here.
  if (std::next(first) != last) {
    return Invalid("metadata 'authorization' is there twice");
  }
  return AuthenticateHeader({first->second.data(), first->second.size()});
}

absl::StatusOr<std::shared_ptr<const Principal>>
Authenticator::AuthenticateHeader(absl::string_view header) const {
  if (!absl::StartsWithIgnoreCase(header, kScheme)) {
    return Invalid("metadata 'authorization' must be 'Bearer TOKEN'");
  }
  const absl::string_view token = header.substr(kScheme.size());
  std::shared_ptr<const Principal> principal = tokens()->Find(DigestOf(token));
  if (principal == nullptr) return Invalid("this token is not known");
  return principal;
}

absl::Status CredentialsMissing() {
  return MakeError(absl::StatusCode::kUnauthenticated,
                   reason::kCredentialsMissing,
                   "this method needs a credential: metadata 'authorization: "
                   "Bearer TOKEN'");
}

}  // namespace heapd::server
