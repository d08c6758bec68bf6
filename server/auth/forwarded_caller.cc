#include "server/auth/forwarded_caller.h"

#include <grpc/grpc_security_constants.h>

#include <vector>

#include "absl/strings/match.h"

namespace heapd::server {
namespace {

constexpr char kPeer[] = "heapd-forwarded-peer";
// "-bin": any bytes may be in it.
constexpr char kCertificate[] = "heapd-forwarded-certificate-bin";

// What gRPC calls the other end of a channel within the process.
constexpr absl::string_view kInProcess = "inproc";

absl::string_view Told(const grpc::ServerContextBase& context,
                       const char* key) {
  const auto& metadata = context.client_metadata();
  const auto found = metadata.find(key);
  if (found == metadata.end()) return "";
  return {found->second.data(), found->second.size()};
}

}  // namespace

void ForwardCaller(absl::string_view peer, absl::string_view certificate_pem,
                   grpc::ClientContext* context) {
  context->AddMetadata(kPeer, std::string(peer));
  if (certificate_pem.empty()) return;
  context->AddMetadata(kCertificate, std::string(certificate_pem));
}

std::string PeerOf(const grpc::ServerContextBase& context) {
  std::string peer = context.peer();
  if (!absl::StartsWith(peer, kInProcess)) return peer;
  const absl::string_view told = Told(context, kPeer);
  return told.empty() ? peer : std::string(told);
}

absl::string_view CertificateOf(const grpc::ServerContextBase& context) {
  const std::vector<grpc::string_ref> shown =
      context.auth_context()->FindPropertyValues(
          GRPC_X509_PEM_CERT_PROPERTY_NAME);
  if (!shown.empty()) return {shown.front().data(), shown.front().size()};
  return absl::StartsWith(context.peer(), kInProcess)
             ? Told(context, kCertificate)
             : "";
}

}  // namespace heapd::server
