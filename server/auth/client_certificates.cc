#include "server/auth/client_certificates.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "heap/base/error.h"
#include "heap/base/status_macros.h"
#include "server/auth/certificate.h"
#include "server/base/reasons.h"

namespace heapd::server {
namespace {

absl::Status Bad(absl::string_view what) {
  return MakeError(absl::StatusCode::kUnauthenticated,
                   reason::kCredentialsInvalid,
                   absl::StrCat("this client certificate is refused: ", what));
}

}  // namespace

ClientCertificates::ClientCertificates(std::function<absl::Time()> now)
    : now_(std::move(now)), remembered_(kMaxRemembered / 2) {}

absl::StatusOr<ClientCertificates::Holder> ClientCertificates::Read(
    absl::string_view pem) {
  const absl::StatusOr<std::vector<X509Pointer>> certificates =
      ParseCertificates(pem);
  if (!certificates.ok()) return Bad(certificates.status().message());
  const X509& certificate = *certificates->front();
  absl::StatusOr<std::shared_ptr<const Principal>> principal =
      PrincipalOf(certificate);
  if (!principal.ok()) return Bad(principal.status().message());
  return Holder{*std::move(principal), ExpiryOf(certificate)};
}

absl::StatusOr<std::shared_ptr<const Principal>>
ClientCertificates::Authenticate(absl::string_view pem) const {
  const absl::MutexLock lock(&mu_);
  const Holder* holder = remembered_.Find(pem);
  if (holder == nullptr) {
    HEAPD_ASSIGN_OR_RETURN(Holder read, Read(pem));
    remembered_.Insert(std::string(pem), std::move(read));
    holder = remembered_.Find(pem);
  }
  if (now_() >= holder->expires_at) return Bad("it has expired");
  return holder->principal;
}

}  // namespace heapd::server
