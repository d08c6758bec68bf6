#ifndef HEAPD_SERVER_AUTH_CLIENT_CERTIFICATES_H_
#define HEAPD_SERVER_AUTH_CLIENT_CERTIFICATES_H_

#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "server/auth/bounded_cache.h"
#include "server/auth/principal.h"

namespace heapd::server {

// Says whom a client certificate is for, after the handshake has checked it
// against the certificate authorities. Remembers up to kMaxRemembered, so that
// the calls of a connection read it once. Thread-safe.
class ClientCertificates {
 public:
  static constexpr size_t kMaxRemembered = 1024;

  explicit ClientCertificates(std::function<absl::Time()> now = absl::Now);

  // PrincipalOf() for the one certificate in `pem`. UNAUTHENTICATED
  // (CREDENTIALS_INVALID) if it names nobody, or has expired since the
  // handshake.
  absl::StatusOr<std::shared_ptr<const Principal>> Authenticate(
      absl::string_view pem) const;

 private:
  struct Holder {
    std::shared_ptr<const Principal> principal;
    absl::Time expires_at;
  };

  static absl::StatusOr<Holder> Read(absl::string_view pem);

  const std::function<absl::Time()> now_;
  mutable absl::Mutex mu_;  // a leaf
  mutable BoundedCache<std::string, Holder> remembered_ ABSL_GUARDED_BY(mu_);
};

}  // namespace heapd::server

#endif  // HEAPD_SERVER_AUTH_CLIENT_CERTIFICATES_H_
