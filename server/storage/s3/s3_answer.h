#ifndef HEAPD_SERVER_STORAGE_S3_S3_ANSWER_H_
#define HEAPD_SERVER_STORAGE_S3_S3_ANSWER_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "server/storage/s3/aws_credentials.h"
#include "server/storage/s3/http_client.h"

// What S3 and STS say in XML, read by pugixml.

namespace heapd::server {

// An answer that is an error. The words of the server are kept only as far as
// they are a code: its messages repeat paths and what was signed.
struct S3Error {
  long http_status = 0;
  std::string code;        // "SlowDown"; empty where there is no body
  std::string request_id;  // for the operator of the store

  // "SlowDown (HTTP 503, request 7F3A...)".
  std::string Describe() const;
};

// Whether `answer` is an error: by its status, or by a body <Error> behind
// status 200, which is how CompleteMultipartUpload fails late.
bool IsS3Error(const HttpAnswer& answer);
S3Error ReadS3Error(const HttpAnswer& answer);

// What can be done about an error.
enum class S3Remedy {
  kNone,
  kWait,     // again after a while, with growing pauses
  kClock,    // again with the server's time
  kRefresh,  // again with fresh credentials
};
S3Remedy RemedyFor(const S3Error& error);

// As blob_store.h promises; `what` and `name` as in "cannot WHAT 'NAME'".
absl::Status ToStatus(const S3Error& error, absl::string_view what,
                      absl::string_view name);

// One page of ListObjectsV2 (keys) or ListMultipartUploads (uploads).
struct S3Page {
  struct Upload {
    std::string key;
    std::string id;
  };
  std::vector<std::string> keys;
  std::vector<Upload> uploads;
  // Empty on the last page. Of keys: the continuation token; of uploads: the
  // two markers.
  std::string next;
  std::string next_upload_id;
};

// FAILED_PRECONDITION for what is no such document.
absl::StatusOr<S3Page> ReadObjectPage(absl::string_view xml);
absl::StatusOr<S3Page> ReadUploadPage(absl::string_view xml);
absl::StatusOr<std::string> ReadUploadId(absl::string_view xml);
absl::StatusOr<AwsCredentials> ReadWebIdentityAnswer(absl::string_view xml);

// The body of CompleteMultipartUpload: parts 1, 2, ... with these ETags.
std::string WriteCompletion(const std::vector<std::string>& etags);

}  // namespace heapd::server

#endif  // HEAPD_SERVER_STORAGE_S3_S3_ANSWER_H_
