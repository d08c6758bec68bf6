#ifndef HEAPD_SERVER_STORAGE_S3_S3_CLIENT_H_
#define HEAPD_SERVER_STORAGE_S3_S3_CLIENT_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "server/storage/s3/credential_cache.h"
#include "server/storage/s3/http_client.h"
#include "server/storage/s3/s3_answer.h"
#include "server/storage/s3/sigv4.h"

namespace heapd::server {

// A bucket, how it is reached, and how patiently.
struct S3Options {
  std::string name = {};  // the operator's, of the destination
  std::string bucket = {};
  std::string prefix = {};  // of every key: "" or "some/path/"
  std::string region = {};
  std::string endpoint = {};  // http(s)://HOST[:PORT]; empty for AWS
  bool path_style = false;    // HOST/BUCKET/KEY and not BUCKET.HOST/KEY
  std::string ca_file = {};
  std::string encryption = {};  // x-amz-server-side-encryption, or empty
  std::string kms_key_id = {};  // with "aws:kms"; empty for the account's own

  // Of the first 2,000 parts; later ones are larger (multipart_plan.h).
  uint64_t part_bytes = uint64_t{8} << 20;

  int max_attempts = 7;
  // A pause is random between zero and this, doubled with each attempt.
  absl::Duration first_pause = absl::Milliseconds(200);
  absl::Duration max_pause = absl::Seconds(10);
  absl::Duration connect_timeout = absl::Seconds(5);
  absl::Duration stall_timeout = absl::Seconds(20);
  // Putting parts together takes the store long.
  absl::Duration completion_timeout = absl::Minutes(5);
};

// One request to the bucket.
struct S3Call {
  std::string method;
  std::string key = {};  // empty for the bucket itself
  QueryParameters query = {};
  HeaderFields headers = {};
  absl::string_view body = {};
  // For errors: "cannot WHAT 'NAME'".
  absl::string_view what = {};
  absl::string_view name = {};
  size_t max_answer_bytes = size_t{4} << 20;
  absl::Duration stall_timeout = absl::ZeroDuration();  // of HttpCall
  // Removes what is left of something: heeds neither Stop() nor `stop`, but
  // does not take longer than some seconds.
  bool cleans_up = false;
  // Ends the call with CANCELLED.
  std::stop_token stop = {};
};

// What came of it.
struct S3Outcome {
  HttpAnswer answer;
  std::optional<S3Error> error;  // none: it succeeded
};

// Signs requests, sends them, and repeats those that may succeed: after 5xx,
// throttling, and a broken connection with random, growing pauses; with the
// server's time once when ours is refused; with fresh credentials once when
// they have expired. So a call may be carried out more than once. Thread-safe;
// calls block.
class S3Client {
 public:
  S3Client(const S3Options& options, std::unique_ptr<CredentialSource> source);
  S3Client(const S3Client&) = delete;
  S3Client& operator=(const S3Client&) = delete;

  // The last answer, also when it is an error. UNAVAILABLE or
  // FAILED_PRECONDITION (STORAGE) when there was none; CANCELLED.
  absl::StatusOr<S3Outcome> Send(const S3Call& call);

  // The same for who wants a success: errors as ToStatus() makes them.
  absl::StatusOr<HttpAnswer> Require(const S3Call& call);

  // Ends calls that wait, and those that come, except cleaning up.
  void Stop() { stop_.request_stop(); }

  const S3Options& options() const { return options_; }

 private:
  friend class S3Attempts;

  absl::StatusOr<HttpAnswer> SendOnce(const S3Call& call,
                                      const std::string& body_sha256,
                                      const AwsCredentials& credentials,
                                      const std::stop_token& stop,
                                      absl::Duration timeout) const;
  std::string PathOf(absl::string_view key) const;
  // Takes over the server's time; false if its answer has none.
  bool SetClock(const HttpAnswer& answer);

  const S3Options options_;
  std::string scheme_;
  std::string host_;  // with the bucket, unless path_style
  const HttpClient http_;
  CredentialCache credentials_;
  // How far the server's clock is ahead. Relaxed: any recent value serves.
  std::atomic<int64_t> clock_offset_nanos_{0};
  std::stop_source stop_;
};

}  // namespace heapd::server

#endif  // HEAPD_SERVER_STORAGE_S3_S3_CLIENT_H_
