#include "server/auth/tls_context.h"

#include <openssl/pem.h>
#include <openssl/x509_vfy.h>

#include <cstring>
#include <vector>

#include "heap/base/status_macros.h"
#include "server/auth/certificate.h"
#include "server/auth/openssl_pointers.h"

namespace heapd::server {
namespace {

constexpr unsigned char kHttp11[] = "\x08http/1.1";

// A client that speaks other protocols only is told so by its handshake.
int SelectProtocol(SSL*, const unsigned char** selected,
                   unsigned char* selected_size, const unsigned char* offered,
                   unsigned int offered_size, void*) {
  unsigned char* chosen = nullptr;
  if (SSL_select_next_proto(&chosen, selected_size, kHttp11,
                            sizeof(kHttp11) - 1, offered,
                            offered_size) != OPENSSL_NPN_NEGOTIATED) {
    return SSL_TLSEXT_ERR_ALERT_FATAL;
  }
  *selected = chosen;
  return SSL_TLSEXT_ERR_OK;
}

absl::Status UseKeyPair(absl::string_view pem, SSL_CTX* context) {
  HEAPD_ASSIGN_OR_RETURN(const std::vector<X509Pointer> chain,
                         ParseCertificates(pem));
  const BioPointer bio(
      BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  const PkeyPointer key(
      PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, nullptr));
  if (key == nullptr) return absl::InvalidArgumentError("there is no key");
  bool used = SSL_CTX_use_certificate(context, chain.front().get()) == 1 &&
              SSL_CTX_use_PrivateKey(context, key.get()) == 1;
  for (size_t i = 1; used && i < chain.size(); ++i) {
    used = SSL_CTX_add1_chain_cert(context, chain[i].get()) == 1;
  }
  if (used) return absl::OkStatus();
  return absl::InvalidArgumentError("OpenSSL refuses the certificate");
}

absl::Status TrustClientsOf(absl::string_view pem, SSL_CTX* context) {
  if (pem.empty()) return absl::OkStatus();
  HEAPD_ASSIGN_OR_RETURN(const std::vector<X509Pointer> authorities,
                         ParseCertificates(pem));
  X509_STORE* const store = SSL_CTX_get_cert_store(context);
  for (const X509Pointer& authority : authorities) {
    if (X509_STORE_add_cert(store, authority.get()) != 1 ||
        SSL_CTX_add_client_CA(context, authority.get()) != 1) {
      return absl::InvalidArgumentError("OpenSSL refuses an authority");
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::shared_ptr<SSL_CTX>> MakeTlsContext(
    absl::string_view key_pair_pem, absl::string_view client_ca_pem) {
  std::shared_ptr<SSL_CTX> context(SSL_CTX_new(TLS_server_method()),
                                   SSL_CTX_free);
  if (context == nullptr ||
      SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION) != 1) {
    return absl::InternalError("OpenSSL has no TLS 1.2");
  }
  SSL_CTX_set_options(context.get(), SSL_OP_NO_RENEGOTIATION |
                                         SSL_OP_NO_COMPRESSION |
                                         SSL_OP_NO_TICKET);
  SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_OFF);
  SSL_CTX_set_num_tickets(context.get(), 0);
  SSL_CTX_set_alpn_select_cb(context.get(), SelectProtocol, nullptr);
  HEAPD_RETURN_IF_ERROR(UseKeyPair(key_pair_pem, context.get()));
  HEAPD_RETURN_IF_ERROR(TrustClientsOf(client_ca_pem, context.get()));
  return context;
}

std::string PeerCertificatePem(const SSL* connection) {
  const X509Pointer certificate(SSL_get1_peer_certificate(connection));
  if (certificate == nullptr) return {};
  const BioPointer bio(BIO_new(BIO_s_mem()));
  if (PEM_write_bio_X509(bio.get(), certificate.get()) != 1) return {};
  char* data = nullptr;
  const auto size = BIO_get_mem_data(bio.get(), &data);
  return std::string(data, static_cast<size_t>(size));
}

}  // namespace heapd::server
