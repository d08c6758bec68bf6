#ifndef HEAPD_CLIENT_HEAPD_CLIENT_OPTIONS_H_
#define HEAPD_CLIENT_HEAPD_CLIENT_OPTIONS_H_

#include <optional>
#include <string>
#include <utility>

#include "absl/time/time.h"
#include "client/heapd/clock.h"
#include "client/heapd/credentials.h"
#include "client/heapd/retry.h"

namespace heapd::client {

// Largest message sent and received, in bytes: the daemon's limit is 72 MiB,
// the rest is room for what wraps a batch.
inline constexpr int kMaxMessageBytes = 80 << 20;

// Whether mutating calls carry request ids.
enum class RequestIds {
  // Each gets an id of its own, the same in all its attempts, so that a retry
  // is
  // answered from memory and not applied twice.
  kGenerate,
  // None. Then a mutating call that may have been applied is not retried. Saves
  // the daemon the memory of the answers.
  kNone,
};

// How a Client or SnapshotClient calls.
struct ClientOptions {
  // From the start of a call to its end, retries and their waits included.
  absl::Duration call_timeout = absl::Seconds(30);
  RetryOptions retry = {};
  RequestIds request_ids = RequestIds::kGenerate;
  // Sent as "authorization: Bearer TOKEN" with every call unless empty. Never
  // logged and never in an error.
  std::string bearer_token = {};
  // None: plaintext. Unix sockets are plaintext always.
  std::optional<TlsOptions> tls = {};
  // Of retries; must outlive the client. For tests.
  Clock* clock = &Clock::Real();
};

// Calls as who `credentials` say, with TLS if they say so.
inline void UseCredentials(Credentials credentials, ClientOptions& options) {
  options.bearer_token = std::move(credentials.bearer_token);
  options.tls = std::move(credentials.tls);
}

}  // namespace heapd::client

#endif  // HEAPD_CLIENT_HEAPD_CLIENT_OPTIONS_H_
