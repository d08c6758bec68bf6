#ifndef HEAPD_SERVER_STORAGE_S3_HTTP_CLIENT_H_
#define HEAPD_SERVER_STORAGE_S3_HTTP_CLIENT_H_

#include <cstddef>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "server/storage/s3/sigv4.h"

namespace heapd::server {

struct HttpCall {
  std::string method;  // GET, HEAD, PUT, POST or DELETE
  std::string url;     // sent as it is; http or https
  HeaderFields headers;
  absl::string_view body;  // of PUT and POST; outlives the call
  // For everything from the connection to the end of the answer.
  absl::Duration timeout = absl::InfiniteDuration();
  // How long nothing may move; zero for HttpOptions::stall_timeout.
  absl::Duration stall_timeout = absl::ZeroDuration();
  // A longer answer is an error.
  size_t max_answer_bytes = size_t{1} << 20;
  // Ends the call with CANCELLED, within a second or so, once it is requested.
  std::stop_token stop = {};
};

struct HttpAnswer {
  long status = 0;
  HeaderFields headers;
  std::string body;

  // The value of a header field, or "".
  std::string Header(const std::string& lower_case_name) const;
};

struct HttpOptions {
  std::string ca_file = {};  // PEM; empty for the system's
  absl::Duration connect_timeout = absl::Seconds(5);
  // A connection on which less than 1 KiB/s moved for this long is given up.
  absl::Duration stall_timeout = absl::Seconds(20);
  // Whether the proxies of the environment (https_proxy, no_proxy) are used.
  bool use_proxy = true;
};

// HTTP by libcurl: keeps connections for the next call, follows no redirect,
// takes TLS 1.2 and newer. Thread-safe; a call blocks until it is answered.
class HttpClient {
 public:
  explicit HttpClient(const HttpOptions& options);
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  // An answer of any status. UNAVAILABLE when the network did not give a whole
  // answer, and trying again may help; FAILED_PRECONDITION when the other side
  // cannot be trusted or the answer is too long; CANCELLED. No error names the
  // URL.
  absl::StatusOr<HttpAnswer> Send(const HttpCall& request) const;

 private:
  class Handle;

  std::unique_ptr<Handle> TakeHandle() const ABSL_LOCKS_EXCLUDED(mu_);
  void KeepHandle(std::unique_ptr<Handle> handle) const
      ABSL_LOCKS_EXCLUDED(mu_);

  const HttpOptions options_;
  mutable absl::Mutex mu_;  // a leaf of the lock order
  mutable std::vector<std::unique_ptr<Handle>> idle_ ABSL_GUARDED_BY(mu_);
};

}  // namespace heapd::server

#endif  // HEAPD_SERVER_STORAGE_S3_HTTP_CLIENT_H_
