#include "server/auth/identity.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "heap/base/status_macros.h"
#include "server/auth/json_web_key.h"
#include "server/ops/config_file.h"
#include "server/ops/logging.h"

namespace heapd::server {
namespace {

constexpr absl::Duration kLookEvery = absl::Seconds(2);

// A certificate that ends sooner is warned of whenever it is loaded.
constexpr absl::Duration kShortValidity = absl::Hours(24 * 7);

bool Contains(const std::vector<std::string>& list, const std::string& entry) {
  return std::find(list.begin(), list.end(), entry) != list.end();
}

TlsFiles FilesOf(const Config& config) {
  return {config.tls_certificate_file, config.tls_key_file,
          config.tls_client_ca_file};
}

void LogExpiry(absl::Time expiry) {
  const std::string text = absl::FormatTime(expiry, absl::UTCTimeZone());
  if (expiry - absl::Now() < kShortValidity) {
    LogWarning("certificate_ends_soon", {{"expires", text}});
  } else {
    LogInfo("certificate", {{"expires", text}});
  }
}

}  // namespace

Identity::Identity(const Config& config)
    : config_(config),
      watch_(
          [&] {
            std::vector<WatchedFiles> watched;
            if (!config_.tls_certificate_file.empty()) {
              WatchedFiles files;
              files.paths = {config_.tls_certificate_file,
                             config_.tls_key_file};
              if (!config_.tls_client_ca_file.empty()) {
                files.paths.push_back(config_.tls_client_ca_file);
              }
              files.changed = [this] { ReloadOne("tls", &Identity::LoadTls); };
              watched.push_back(std::move(files));
            }
            if (!config_.auth_jwt_keys_file.empty()) {
              watched.push_back(
                  {{config_.auth_jwt_keys_file},
                   [this] { ReloadOne("jwt_keys", &Identity::LoadJwtKeys); }});
            }
            return watched;
          }(),
          kLookEvery) {}

absl::StatusOr<std::unique_ptr<Identity>> Identity::Load(const Config& config) {
  std::unique_ptr<Identity> identity(new Identity(config));
  HEAPD_RETURN_IF_ERROR(identity->LoadAll());
  if (identity->tls_ != nullptr || identity->jwt_ != nullptr) {
    identity->watch_.Start();
  }
  return identity;
}

absl::Status Identity::LoadAll() {
  const absl::MutexLock lock(&reload_mu_);
  HEAPD_RETURN_IF_ERROR(LoadTokens());
  if (!config_.auth_jwt_keys_file.empty()) HEAPD_RETURN_IF_ERROR(LoadJwtKeys());
  if (!config_.tls_certificate_file.empty()) HEAPD_RETURN_IF_ERROR(LoadTls());
  return absl::OkStatus();
}

absl::Status Identity::LoadTokens() {
  std::vector<TokenEntry> entries = config_.auth_tokens;
  if (!config_.auth_tokens_file.empty()) {
    HEAPD_ASSIGN_OR_RETURN(const std::vector<TokenEntry> more,
                           ReadTokensFile(config_.auth_tokens_file));
    entries.insert(entries.end(), more.begin(), more.end());
  }
  BearerTokens tokens;
  for (const TokenEntry& entry : entries) {
    HEAPD_RETURN_IF_ERROR(tokens.Add(entry.name, entry.sha256));
  }
  authenticator_.ReplaceTokens(std::move(tokens));
  return absl::OkStatus();
}

absl::Status Identity::LoadJwtKeys() {
  HEAPD_ASSIGN_OR_RETURN(JsonWebKeySet keys,
                         JsonWebKeySet::ReadFile(config_.auth_jwt_keys_file));
  if (jwt_ != nullptr) {
    jwt_->ReplaceKeys(std::move(keys));
    return absl::OkStatus();
  }
  JwtTerms terms;
  terms.issuer = config_.auth_jwt_issuer;
  terms.audience = config_.auth_jwt_audience;
  terms.max_clock_skew = config_.auth_jwt_clock_skew;
  jwt_ = std::make_shared<JwtVerifier>(std::move(terms), std::move(keys));
  authenticator_.AcceptJwt(jwt_);
  return absl::OkStatus();
}

absl::Status Identity::LoadTls() {
  if (tls_ == nullptr) {
    HEAPD_ASSIGN_OR_RETURN(tls_, ServerTls::Load(FilesOf(config_)));
    if (!config_.tls_client_ca_file.empty()) {
      authenticator_.AcceptClientCertificates();
    }
  } else {
    HEAPD_RETURN_IF_ERROR(tls_->Reload());
  }
  LogExpiry(tls_->expiry());
  return absl::OkStatus();
}

void Identity::ReloadOne(absl::string_view what,
                         absl::Status (Identity::*load)()) {
  const absl::MutexLock lock(&reload_mu_);
  const absl::Status status = (this->*load)();
  if (status.ok()) {
    LogInfo("reloaded", {{"what", what}});
  } else {
    LogError("reload_refused", {{"what", what}, {"error", status}});
  }
}

void Identity::Reload() {
  ReloadOne("tokens", &Identity::LoadTokens);
  if (jwt_ != nullptr) ReloadOne("jwt_keys", &Identity::LoadJwtKeys);
  if (tls_ != nullptr) ReloadOne("tls", &Identity::LoadTls);
}

bool Identity::SpeaksTls(const std::string& listener) const {
  return tls_ != nullptr && Contains(config_.tls_listeners, listener);
}

ClientCertificateUse Identity::UseOf(const std::string& listener) const {
  if (config_.tls_client_ca_file.empty()) return ClientCertificateUse::kIgnored;
  return Contains(config_.tls_require_client_certificate, listener)
             ? ClientCertificateUse::kRequired
             : ClientCertificateUse::kOptional;
}

std::shared_ptr<grpc::ServerCredentials> Identity::CredentialsOf(
    const std::string& listener) const {
  if (!SpeaksTls(listener)) return nullptr;
  return tls_->CredentialsFor(UseOf(listener));
}

std::optional<TlsHandshake> Identity::HandshakeOf(
    const std::string& listener) const {
  if (!SpeaksTls(listener)) return std::nullopt;
  return tls_->HandshakeFor(UseOf(listener));
}

}  // namespace heapd::server
