#ifndef HEAPD_SERVER_STORAGE_S3_KEYS_JSON_H_
#define HEAPD_SERVER_STORAGE_S3_KEYS_JSON_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "server/storage/s3/aws_credentials.h"

namespace heapd::server {

// Reads what the metadata services of instances and containers answer with.
// UNAVAILABLE, naming `service`, if there are no keys in it.
absl::StatusOr<AwsCredentials> ReadKeysJson(const std::string& text,
                                            absl::string_view service);

}  // namespace heapd::server

#endif  // HEAPD_SERVER_STORAGE_S3_KEYS_JSON_H_
