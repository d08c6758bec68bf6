#include "server/auth/server_tls.h"

#include <grpc/grpc_security_constants.h>
#include <grpcpp/security/tls_credentials_options.h>

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "heap/base/check.h"
#include "heap/base/status_macros.h"
#include "server/auth/certificate.h"
#include "server/auth/small_file.h"
#include "server/auth/tls_context.h"

namespace heapd::server {
namespace {

using grpc::experimental::FileWatcherCertificateProvider;

constexpr size_t kMaxFileBytes = size_t{1} << 20;
constexpr unsigned kLookEverySeconds = 1;

absl::Status InFile(const std::string& path, const absl::Status& error) {
  return absl::InvalidArgumentError(absl::StrCat(path, ": ", error.message()));
}

}  // namespace

struct ServerTls::Material {
  std::string key_pair;
  std::string client_ca;
  absl::Time expiry;
  std::shared_ptr<SSL_CTX> context;
};

absl::StatusOr<ServerTls::Material> ServerTls::Read(const TlsFiles& files) {
  Material material;
  HEAPD_ASSIGN_OR_RETURN(const std::string chain,
                         ReadSmallFile(files.certificate, kMaxFileBytes));
  HEAPD_ASSIGN_OR_RETURN(const std::string key,
                         ReadSmallFile(files.key, kMaxFileBytes));
  const absl::StatusOr<absl::Time> expiry =
      CheckKeyPair(chain, key, absl::Now());
  if (!expiry.ok()) return InFile(files.certificate, expiry.status());
  material.expiry = *expiry;
  material.key_pair = absl::StrCat(chain, "\n", key);
  if (!files.client_ca.empty()) {
    HEAPD_ASSIGN_OR_RETURN(material.client_ca,
                           ReadSmallFile(files.client_ca, kMaxFileBytes));
    const absl::Status authorities =
        ParseCertificates(material.client_ca).status();
    if (!authorities.ok()) return InFile(files.client_ca, authorities);
  }
  absl::StatusOr<std::shared_ptr<SSL_CTX>> context =
      MakeTlsContext(material.key_pair, material.client_ca);
  if (!context.ok()) return InFile(files.certificate, context.status());
  material.context = *std::move(context);
  return material;
}

absl::StatusOr<std::unique_ptr<ServerTls>> ServerTls::Load(TlsFiles files) {
  HEAPD_ASSIGN_OR_RETURN(const Material material, Read(files));
  HEAPD_ASSIGN_OR_RETURN(MemoryFile key_pair,
                         MemoryFile::Create(material.key_pair));
  std::optional<MemoryFile> client_ca;
  if (!files.client_ca.empty()) {
    HEAPD_ASSIGN_OR_RETURN(MemoryFile file,
                           MemoryFile::Create(material.client_ca));
    client_ca.emplace(std::move(file));
  }
  return std::unique_ptr<ServerTls>(new ServerTls(
      std::move(files), material, std::move(key_pair), std::move(client_ca)));
}

ServerTls::ServerTls(TlsFiles files, const Material& material,
                     MemoryFile key_pair, std::optional<MemoryFile> client_ca)
    : files_(std::move(files)),
      expiry_(material.expiry),
      context_(material.context),
      key_pair_(std::move(key_pair)),
      client_ca_(std::move(client_ca)),
      // One path for both: they are replaced as one.
      provider_(std::make_shared<FileWatcherCertificateProvider>(
          key_pair_.path(), key_pair_.path(),
          client_ca_.has_value() ? client_ca_->path() : "",
          kLookEverySeconds)) {}

absl::Status ServerTls::Reload() {
  HEAPD_ASSIGN_OR_RETURN(const Material material, Read(files_));
  const absl::MutexLock lock(&mu_);
  HEAPD_RETURN_IF_ERROR(key_pair_.Replace(material.key_pair));
  if (client_ca_.has_value()) {
    HEAPD_RETURN_IF_ERROR(client_ca_->Replace(material.client_ca));
  }
  expiry_ = material.expiry;
  context_ = material.context;
  return absl::OkStatus();
}

TlsHandshake ServerTls::HandshakeFor(ClientCertificateUse use) const {
  HEAPD_CHECK(use == ClientCertificateUse::kIgnored ||
              !files_.client_ca.empty());
  return {[this] {
            const absl::MutexLock lock(&mu_);
            return context_;
          },
          use};
}

std::shared_ptr<grpc::ServerCredentials> ServerTls::CredentialsFor(
    ClientCertificateUse use) const {
  grpc::experimental::TlsServerCredentialsOptions options(provider_);
  options.watch_identity_key_cert_pairs();
  options.set_cert_request_type(GRPC_SSL_DONT_REQUEST_CLIENT_CERTIFICATE);
  if (use != ClientCertificateUse::kIgnored) {
    HEAPD_CHECK(!files_.client_ca.empty());
    options.watch_root_certs();
    options.set_cert_request_type(
        use == ClientCertificateUse::kRequired
            ? GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY
            : GRPC_SSL_REQUEST_CLIENT_CERTIFICATE_AND_VERIFY);
  }
  return grpc::experimental::TlsServerCredentials(options);
}

absl::Time ServerTls::expiry() const {
  const absl::MutexLock lock(&mu_);
  return expiry_;
}

}  // namespace heapd::server
