#include "client/heapd/credentials.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <cstdlib>
#include <fstream>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "client/heapd/status_macros.h"

namespace heapd::client {
namespace {

constexpr char kTokenVariable[] = "HEAPD_TOKEN";
constexpr size_t kMaxFileBytes = size_t{1} << 20;

using BioPointer = std::unique_ptr<BIO, decltype(&BIO_free_all)>;
using PkeyPointer = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using X509Pointer = std::unique_ptr<X509, decltype(&X509_free)>;

BioPointer ReaderOf(const std::string& pem) {
  return {BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())),
          &BIO_free_all};
}

// Without it OpenSSL would ask at the terminal.
int NoPassphrase(char*, int, int, void*) { return -1; }

// The first certificate, or null.
X509Pointer FirstCertificate(const std::string& pem) {
  X509Pointer certificate(
      PEM_read_bio_X509(ReaderOf(pem).get(), nullptr, NoPassphrase, nullptr),
      &X509_free);
  ERR_clear_error();
  return certificate;
}

PkeyPointer ReadKey(const std::string& pem) {
  PkeyPointer key(PEM_read_bio_PrivateKey(ReaderOf(pem).get(), nullptr,
                                          NoPassphrase, nullptr),
                  &EVP_PKEY_free);
  ERR_clear_error();
  return key;
}

// Empty for an empty path.
absl::StatusOr<std::string> ReadFile(const std::string& path) {
  if (path.empty()) return std::string();
  std::ifstream file(path, std::ios::binary);
  if (!file) return absl::NotFoundError(absl::StrCat("cannot open ", path));
  std::string text(kMaxFileBytes + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (file.bad())
    return absl::NotFoundError(absl::StrCat("cannot read ", path));
  text.resize(static_cast<size_t>(file.gcount()));
  if (text.size() > kMaxFileBytes) {
    return absl::InvalidArgumentError(absl::StrCat(path, " is over 1 MiB"));
  }
  return text;
}

absl::StatusOr<std::string> FindToken(const std::string& path) {
  if (path.empty()) {
    const char* const token = std::getenv(kTokenVariable);
    return std::string(token == nullptr ? "" : token);
  }
  HEAPD_CLIENT_ASSIGN_OR_RETURN(std::string token, ReadFile(path));
  absl::StripAsciiWhitespace(&token);
  if (token.empty()) {
    return absl::InvalidArgumentError(absl::StrCat(path, " has no token"));
  }
  return token;
}

}  // namespace

absl::StatusOr<Credentials> ReadCredentials(const CredentialFiles& files) {
  Credentials credentials;
  HEAPD_CLIENT_ASSIGN_OR_RETURN(credentials.bearer_token,
                                FindToken(files.token));
  if (!files.tls && files.authorities.empty() && files.certificate.empty() &&
      files.key.empty() && files.server_name.empty()) {
    return credentials;
  }
  TlsOptions tls;
  HEAPD_CLIENT_ASSIGN_OR_RETURN(tls.authorities, ReadFile(files.authorities));
  HEAPD_CLIENT_ASSIGN_OR_RETURN(tls.certificate, ReadFile(files.certificate));
  HEAPD_CLIENT_ASSIGN_OR_RETURN(tls.key, ReadFile(files.key));
  tls.server_name = files.server_name;
  // An empty file is not the same as none.
  if (!files.authorities.empty() && tls.authorities.empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat(files.authorities, " is empty"));
  }
  HEAPD_CLIENT_RETURN_IF_ERROR(CheckTls(tls));
  credentials.tls = std::move(tls);
  return credentials;
}

absl::Status CheckTls(const TlsOptions& tls) {
  if (!tls.authorities.empty() &&
      FirstCertificate(tls.authorities) == nullptr) {
    return absl::InvalidArgumentError(
        "TLS: the authorities are no certificates in PEM");
  }
  if (tls.certificate.empty() != tls.key.empty()) {
    return absl::InvalidArgumentError(
        "TLS: a client certificate and its key are needed together");
  }
  if (tls.certificate.empty()) return absl::OkStatus();
  const X509Pointer certificate = FirstCertificate(tls.certificate);
  if (certificate == nullptr) {
    return absl::InvalidArgumentError(
        "TLS: the client certificate is none in PEM");
  }
  const PkeyPointer key = ReadKey(tls.key);
  if (key == nullptr) {
    return absl::InvalidArgumentError(
        "TLS: the client's key is none in PEM without passphrase");
  }
  const bool match = X509_check_private_key(certificate.get(), key.get()) == 1;
  ERR_clear_error();
  if (match) return absl::OkStatus();
  return absl::InvalidArgumentError(
      "TLS: the client's key is not that of its certificate");
}

std::shared_ptr<grpc::ChannelCredentials> ToChannelCredentials(
    const TlsOptions& tls) {
  grpc::SslCredentialsOptions options;
  options.pem_root_certs = tls.authorities;
  options.pem_cert_chain = tls.certificate;
  options.pem_private_key = tls.key;
  return grpc::SslCredentials(options);
}

}  // namespace heapd::client
