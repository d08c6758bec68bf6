#include "server/auth/forwarded_caller.h"

#include <grpc/grpc_security_constants.h>
#include <openssl/crypto.h>
#include <openssl/rand.h>

#include <vector>

#include "heap/base/check.h"

namespace heapd::server {
namespace {

// "-bin": any bytes may be in it.
constexpr char kSecret[] = "heapd-forwarded-secret-bin";
constexpr char kPeer[] = "heapd-forwarded-peer";
constexpr char kCertificate[] = "heapd-forwarded-certificate-bin";

constexpr size_t kSecretBytes = 32;

// What only this process knows, as it never leaves it: gRPC calls the peer of a
// channel within the process "unknown", which is too little to trust.
const std::string& Secret() {
  static const std::string& secret = *new std::string([] {
    std::string bytes(kSecretBytes, '\0');
    HEAPD_CHECK(RAND_bytes(reinterpret_cast<unsigned char*>(bytes.data()),
                           kSecretBytes) == 1);
    return bytes;
  }());
  return secret;
}

// Empty where there is none.
absl::string_view Find(const grpc::ServerContextBase& context,
                       const char* key) {
  const auto& metadata = context.client_metadata();
  const auto found = metadata.find(key);
  if (found == metadata.end()) return "";
  return {found->second.data(), found->second.size()};
}

// The same, if a part of this process says it.
absl::string_view Told(const grpc::ServerContextBase& context,
                       const char* key) {
  const absl::string_view secret = Find(context, kSecret);
  const bool is_ours =
      secret.size() == kSecretBytes &&
      CRYPTO_memcmp(secret.data(), Secret().data(), kSecretBytes) == 0;
  return is_ours ? Find(context, key) : "";
}

}  // namespace

void ForwardCaller(absl::string_view peer, absl::string_view certificate_pem,
                   grpc::ClientContext* context) {
  context->AddMetadata(kSecret, Secret());
  context->AddMetadata(kPeer, std::string(peer));
  if (certificate_pem.empty()) return;
  context->AddMetadata(kCertificate, std::string(certificate_pem));
}

std::string PeerOf(const grpc::ServerContextBase& context) {
  const absl::string_view told = Told(context, kPeer);
  return told.empty() ? context.peer() : std::string(told);
}

absl::string_view CertificateOf(const grpc::ServerContextBase& context) {
  const std::vector<grpc::string_ref> shown =
      context.auth_context()->FindPropertyValues(
          GRPC_X509_PEM_CERT_PROPERTY_NAME);
  if (!shown.empty()) return {shown.front().data(), shown.front().size()};
  return Told(context, kCertificate);
}

}  // namespace heapd::server
