#ifndef HEAPD_SERVER_STORAGE_S3_AWS_CREDENTIALS_H_
#define HEAPD_SERVER_STORAGE_S3_AWS_CREDENTIALS_H_

#include <string>

#include "absl/time/time.h"

namespace heapd::server {

// Keys to sign requests with. Never logged, and in no error. A value.
struct AwsCredentials {
  std::string access_key_id;
  std::string secret_access_key;
  std::string session_token;  // empty for keys that do not expire
  absl::Time expiration = absl::InfiniteFuture();

  friend bool operator==(const AwsCredentials&,
                         const AwsCredentials&) = default;
};

}  // namespace heapd::server

#endif  // HEAPD_SERVER_STORAGE_S3_AWS_CREDENTIALS_H_
