#ifndef HEAPD_TESTS_SERVER_SUPPORT_TLS_CLIENT_H_
#define HEAPD_TESTS_SERVER_SUPPORT_TLS_CLIENT_H_

#include <grpcpp/security/credentials.h>
#include <openssl/bio.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <memory>
#include <optional>
#include <string>

#include "heap/base/check.h"
#include "tests/server/support/test_certificates.h"

namespace heapd::server {

// For a channel that trusts `authority`, and shows `own` if that is given.
inline std::shared_ptr<grpc::ChannelCredentials> TlsCredentials(
    const TestAuthority& authority,
    const std::optional<TestCertificate>& own = std::nullopt) {
  grpc::SslCredentialsOptions options;
  options.pem_root_certs = authority.certificate();
  if (own.has_value()) {
    options.pem_cert_chain = own->certificate;
    options.pem_private_key = own->key;
  }
  return grpc::SslCredentials(options);
}

// The number of the certificate that is shown at "HOST:PORT" to somebody who
// speaks no newer version than `max_version` (such as TLS1_2_VERSION); 0 if
// there is no handshake.
inline int64_t SerialShownAt(const std::string& address,
                             int max_version = TLS1_3_VERSION) {
  SSL_CTX* const context = SSL_CTX_new(TLS_client_method());
  HEAPD_CHECK(SSL_CTX_set_max_proto_version(context, max_version) == 1);
  // Without this old versions would be refused by the client itself.
  SSL_CTX_set_security_level(context, 0);
  const unsigned char protocols[] = {2, 'h', '2'};
  SSL_CTX_set_alpn_protos(context, protocols, sizeof(protocols));
  BIO* const bio = BIO_new_ssl_connect(context);
  BIO_set_conn_hostname(bio, address.c_str());
  int64_t serial = 0;
  if (BIO_do_handshake(bio) == 1) {
    SSL* ssl = nullptr;
    BIO_get_ssl(bio, &ssl);
    X509* const certificate = SSL_get1_peer_certificate(ssl);
    ASN1_INTEGER_get_int64(&serial, X509_get0_serialNumber(certificate));
    X509_free(certificate);
  }
  BIO_free_all(bio);
  SSL_CTX_free(context);
  return serial;
}

// The number of a certificate in PEM.
inline int64_t SerialOf(const std::string& pem) {
  BIO* const bio = BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()));
  X509* const certificate = PEM_read_bio_X509(bio, nullptr, nullptr, nullptr);
  HEAPD_CHECK(certificate != nullptr);
  int64_t serial = 0;
  ASN1_INTEGER_get_int64(&serial, X509_get0_serialNumber(certificate));
  X509_free(certificate);
  BIO_free(bio);
  return serial;
}

}  // namespace heapd::server

#endif  // HEAPD_TESTS_SERVER_SUPPORT_TLS_CLIENT_H_
