#include "server/auth/identity.h"

#include <algorithm>
#include <functional>
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

// Whether the listener of snapshots shows something of its own.
bool HasOwnTls(const Config& config) {
  return !config.tls_snapshots_certificate_file.empty() ||
         !config.tls_snapshots_client_ca_file.empty();
}

TlsFiles FilesOfSnapshots(const Config& config) {
  TlsFiles files = FilesOf(config);
  if (!config.tls_snapshots_certificate_file.empty()) {
    files.certificate = config.tls_snapshots_certificate_file;
    files.key = config.tls_snapshots_key_file;
  }
  if (!config.tls_snapshots_client_ca_file.empty()) {
    files.client_ca = config.tls_snapshots_client_ca_file;
  }
  return files;
}

WatchedFiles Watched(const TlsFiles& files, std::function<void()> changed) {
  WatchedFiles watched;
  watched.paths = {files.certificate, files.key};
  if (!files.client_ca.empty()) watched.paths.push_back(files.client_ca);
  watched.changed = std::move(changed);
  return watched;
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
              watched.push_back(Watched(FilesOf(config_), [this] {
                ReloadOne("tls", &Identity::LoadTls);
              }));
            }
            if (HasOwnTls(config_)) {
              watched.push_back(Watched(FilesOfSnapshots(config_), [this] {
                ReloadOne("tls_snapshots", &Identity::LoadTlsOfSnapshots);
              }));
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
  if (identity->tls_ != nullptr || identity->snapshots_tls_ != nullptr ||
      identity->jwt_ != nullptr) {
    identity->watch_.Start();
  }
  return identity;
}

absl::Status Identity::LoadAll() {
  const absl::MutexLock lock(&reload_mu_);
  HEAPD_RETURN_IF_ERROR(LoadTokens());
  if (!config_.auth_jwt_keys_file.empty()) HEAPD_RETURN_IF_ERROR(LoadJwtKeys());
  if (!config_.tls_certificate_file.empty()) HEAPD_RETURN_IF_ERROR(LoadTls());
  if (HasOwnTls(config_)) HEAPD_RETURN_IF_ERROR(LoadTlsOfSnapshots());
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

absl::Status Identity::LoadTls() { return LoadInto(FilesOf(config_), &tls_); }

absl::Status Identity::LoadTlsOfSnapshots() {
  return LoadInto(FilesOfSnapshots(config_), &snapshots_tls_);
}

absl::Status Identity::LoadInto(const TlsFiles& files,
                                std::unique_ptr<ServerTls>* tls) {
  if (*tls == nullptr) {
    HEAPD_ASSIGN_OR_RETURN(*tls, ServerTls::Load(files));
    if (!files.client_ca.empty()) authenticator_.AcceptClientCertificates();
  } else {
    HEAPD_RETURN_IF_ERROR((*tls)->Reload());
  }
  LogExpiry((*tls)->expiry());
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
  if (snapshots_tls_ != nullptr) {
    ReloadOne("tls_snapshots", &Identity::LoadTlsOfSnapshots);
  }
}

const ServerTls* Identity::TlsOf(const std::string& listener) const {
  if (!Contains(config_.tls_listeners, listener)) return nullptr;
  const bool has_own = listener == "snapshots" && snapshots_tls_ != nullptr;
  return has_own ? snapshots_tls_.get() : tls_.get();
}

ClientCertificateUse Identity::UseOf(const std::string& listener,
                                     const ServerTls& tls) const {
  if (tls.files().client_ca.empty()) return ClientCertificateUse::kIgnored;
  return Contains(config_.tls_require_client_certificate, listener)
             ? ClientCertificateUse::kRequired
             : ClientCertificateUse::kOptional;
}

std::shared_ptr<grpc::ServerCredentials> Identity::CredentialsOf(
    const std::string& listener) const {
  const ServerTls* const tls = TlsOf(listener);
  if (tls == nullptr) return nullptr;
  return tls->CredentialsFor(UseOf(listener, *tls));
}

std::optional<TlsHandshake> Identity::HandshakeOf(
    const std::string& listener) const {
  const ServerTls* const tls = TlsOf(listener);
  if (tls == nullptr) return std::nullopt;
  return tls->HandshakeFor(UseOf(listener, *tls));
}

}  // namespace heapd::server
