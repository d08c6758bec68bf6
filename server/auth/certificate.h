#ifndef HEAPD_SERVER_AUTH_CERTIFICATE_H_
#define HEAPD_SERVER_AUTH_CERTIFICATE_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "server/auth/openssl_pointers.h"
#include "server/auth/principal.h"

namespace heapd::server {

// Reads every certificate of `pem`, in its order. INVALID_ARGUMENT if there is
// none, or one is broken.
absl::StatusOr<std::vector<X509Pointer>> ParseCertificates(
    absl::string_view pem);

// The end of the time in which a certificate is good.
absl::Time ExpiryOf(const X509& certificate);

// Checks that a server can use this key with this chain, whose first
// certificate is its own: they belong together, OpenSSL finds them strong
// enough, and the certificate is good at `now`. Gives its expiry.
// INVALID_ARGUMENT says what is wrong.
absl::StatusOr<absl::Time> CheckKeyPair(absl::string_view certificate_chain_pem,
                                        absl::string_view key_pem,
                                        absl::Time now);

// Who a client certificate is for, as Principal says: cert:SUBJECT with the
// organizational units as groups. INVALID_ARGUMENT if it has no such name, or
// one that is not printable.
absl::StatusOr<std::shared_ptr<const Principal>> PrincipalOf(
    const X509& certificate);

}  // namespace heapd::server

#endif  // HEAPD_SERVER_AUTH_CERTIFICATE_H_
