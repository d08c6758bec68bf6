#ifndef HEAPD_SERVER_HOST_REDACTION_HASH_H_
#define HEAPD_SERVER_HOST_REDACTION_HASH_H_

#include <array>
#include <cstdint>
#include <functional>

#include "absl/strings/string_view.h"

namespace heapd::server {

// What snapshots show of strings whose contents they may not: a hash with a key
// that only the daemon has. Equal contents have equal hashes, in every snapshot
// until the daemon stops, and whoever guesses a content cannot see that they
// were right. Immutable.
class RedactionKey {
 public:
  // Random.
  RedactionKey();

  // The first 64 bits of HMAC-SHA-256. What is returned is one thread's at a
  // time.
  std::function<uint64_t(absl::string_view)> NewHash() const;

 private:
  std::array<unsigned char, 32> key_;
};

}  // namespace heapd::server

#endif  // HEAPD_SERVER_HOST_REDACTION_HASH_H_
