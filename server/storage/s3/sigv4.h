#ifndef HEAPD_SERVER_STORAGE_S3_SIGV4_H_
#define HEAPD_SERVER_STORAGE_S3_SIGV4_H_

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "server/storage/s3/aws_credentials.h"

// AWS Signature Version 4 in headers, as S3 wants it. libcurl has a signer too,
// which in the version of Debian 12 signs headers that are not sent and the
// query in the order given, and which takes no clock.

namespace heapd::server {

// Header fields by lower-case name.
using HeaderFields = std::map<std::string, std::string>;
// Names and values of a query, not encoded.
using QueryParameters = std::vector<std::pair<std::string, std::string>>;

enum class Slash { kEncode, kKeep };

// Percent-encodes everything but A-Z a-z 0-9 - . _ ~ (and '/' where kept).
std::string UriEncode(absl::string_view text, Slash slash);

// The query as it is both sent and signed: encoded and sorted.
std::string CanonicalQuery(const QueryParameters& parameters);

// "yyyymmddThhmmssZ", the value of x-amz-date.
std::string AmzDate(absl::Time time);

// A request as it is sent. All of `headers` are signed; "host", "x-amz-date"
// and "x-amz-content-sha256" must be among them.
struct RequestToSign {
  std::string method;
  std::string path;   // encoded, as in the request line
  std::string query;  // of CanonicalQuery()
  HeaderFields headers;
};

// The value of the header Authorization. `time` is that of x-amz-date.
std::string SigV4Authorization(const RequestToSign& request,
                               const AwsCredentials& credentials,
                               absl::string_view region, absl::Time time);

}  // namespace heapd::server

#endif  // HEAPD_SERVER_STORAGE_S3_SIGV4_H_
