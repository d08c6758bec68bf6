#include "server/storage/s3/http_client.h"

#include <curl/curl.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "heap/base/check.h"

namespace heapd::server {
namespace {

constexpr size_t kKeptHandles = 8;
constexpr long kStallBytesPerSecond = 1024;

void InitCurl() {
  static const bool ready = curl_global_init(CURL_GLOBAL_ALL) == CURLE_OK;
  HEAPD_CHECK(ready);
}

// One request on its way: what libcurl's callbacks work on.
struct Exchange {
  const HttpCall& request;
  size_t sent = 0;
  std::string received = {};
  bool too_long = false;
};

size_t GiveBody(char* to, size_t size, size_t count, void* context) {
  auto& exchange = *static_cast<Exchange*>(context);
  const absl::string_view rest = exchange.request.body.substr(exchange.sent);
  const size_t bytes = std::min(rest.size(), size * count);
  std::memcpy(to, rest.data(), bytes);
  exchange.sent += bytes;
  return bytes;
}

// A kept connection that turned out dead makes libcurl begin again.
int RewindBody(void* context, curl_off_t offset, int origin) {
  auto& exchange = *static_cast<Exchange*>(context);
  if (origin != SEEK_SET || offset < 0 ||
      static_cast<size_t>(offset) > exchange.request.body.size()) {
    return CURL_SEEKFUNC_CANTSEEK;
  }
  exchange.sent = static_cast<size_t>(offset);
  return CURL_SEEKFUNC_OK;
}

size_t TakeAnswer(char* from, size_t size, size_t count, void* context) {
  auto& exchange = *static_cast<Exchange*>(context);
  const size_t bytes = size * count;
  exchange.too_long =
      exchange.received.size() + bytes > exchange.request.max_answer_bytes;
  if (exchange.too_long) return 0;
  exchange.received.append(from, bytes);
  return bytes;
}

int LookForStop(void* context, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  const HttpCall& request = static_cast<Exchange*>(context)->request;
  return request.stop.stop_requested() ? 1 : 0;
}

long Milliseconds(absl::Duration duration) {
  return static_cast<long>(
      std::clamp<int64_t>(absl::ToInt64Milliseconds(duration), 1, 1 << 30));
}

absl::Status ToStatus(CURLcode result, const Exchange& exchange) {
  if (exchange.too_long) {
    return absl::FailedPreconditionError("the answer is too long");
  }
  const char* const words = curl_easy_strerror(result);
  switch (result) {
    case CURLE_ABORTED_BY_CALLBACK:
      return absl::CancelledError("given up");
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL:
      return absl::FailedPreconditionError(words);
    default:
      return absl::UnavailableError(words);
  }
}

HeaderFields HeadersOf(CURL* curl) {
  HeaderFields fields;
  curl_header* field = nullptr;
  while ((field = curl_easy_nextheader(curl, CURLH_HEADER, -1, field)) !=
         nullptr) {
    fields[absl::AsciiStrToLower(field->name)] = field->value;
  }
  return fields;
}

}  // namespace

std::string HttpAnswer::Header(const std::string& lower_case_name) const {
  const auto found = headers.find(lower_case_name);
  return found == headers.end() ? "" : found->second;
}

// A libcurl handle with its connections, for one call at a time.
class HttpClient::Handle {
 public:
  Handle() : curl_(curl_easy_init()) { HEAPD_CHECK(curl_ != nullptr); }
  ~Handle() {
    curl_easy_cleanup(curl_);
    curl_slist_free_all(lines_);
  }
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;

  absl::StatusOr<HttpAnswer> Send(const HttpOptions& options,
                                  const HttpCall& request) {
    Exchange exchange{request};
    curl_easy_reset(curl_);  // connections stay
    SetLimits(options, request);
    SetHeaders(request);
    SetCallbacks(exchange);
    SetMethod(request);
    Set(CURLOPT_URL, request.url.c_str());
    const CURLcode result = curl_easy_perform(curl_);
    if (result != CURLE_OK) return ToStatus(result, exchange);
    HttpAnswer answer;
    curl_easy_getinfo(curl_, CURLINFO_RESPONSE_CODE, &answer.status);
    answer.headers = HeadersOf(curl_);
    answer.body = std::move(exchange.received);
    return answer;
  }

 private:
  template <typename Value>
  void Set(CURLoption option, Value value) {
    HEAPD_CHECK(curl_easy_setopt(curl_, option, value) == CURLE_OK);
  }

  void SetLimits(const HttpOptions& options, const HttpCall& request) {
    Set(CURLOPT_PROTOCOLS_STR, "http,https");
    Set(CURLOPT_FOLLOWLOCATION, 0L);
    Set(CURLOPT_DISALLOW_USERNAME_IN_URL, 1L);
    Set(CURLOPT_PATH_AS_IS, 1L);
    Set(CURLOPT_NOSIGNAL, 1L);
    Set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
    if (!options.ca_file.empty()) {
      Set(CURLOPT_CAINFO, options.ca_file.c_str());
    }
    if (!options.use_proxy) Set(CURLOPT_PROXY, "");
    Set(CURLOPT_CONNECTTIMEOUT_MS,
        Milliseconds(std::min(options.connect_timeout, request.timeout)));
    Set(CURLOPT_LOW_SPEED_LIMIT, kStallBytesPerSecond);
    // Whole seconds are what libcurl can tell apart.
    const absl::Duration stall = request.stall_timeout > absl::ZeroDuration()
                                     ? request.stall_timeout
                                     : options.stall_timeout;
    Set(CURLOPT_LOW_SPEED_TIME, std::max(1L, Milliseconds(stall) / 1000));
    if (request.timeout < absl::InfiniteDuration()) {
      Set(CURLOPT_TIMEOUT_MS, Milliseconds(request.timeout));
    }
  }

  void SetHeaders(const HttpCall& request) {
    curl_slist_free_all(std::exchange(lines_, nullptr));
    // What libcurl would add of its own would not be signed.
    AddLine("Expect:");
    AddLine("Content-Type:");
    for (const auto& [name, value] : request.headers) {
      // Without a value libcurl takes "Name:" for one to leave out.
      AddLine(value.empty() ? absl::StrCat(name, ";")
                            : absl::StrCat(name, ": ", value));
    }
    Set(CURLOPT_HTTPHEADER, lines_);
  }

  void AddLine(const std::string& line) {
    curl_slist* const longer = curl_slist_append(lines_, line.c_str());
    HEAPD_CHECK(longer != nullptr);
    lines_ = longer;
  }

  void SetCallbacks(Exchange& exchange) {
    Set(CURLOPT_WRITEFUNCTION, &TakeAnswer);
    Set(CURLOPT_WRITEDATA, &exchange);
    Set(CURLOPT_NOPROGRESS, 0L);
    Set(CURLOPT_XFERINFOFUNCTION, &LookForStop);
    Set(CURLOPT_XFERINFODATA, &exchange);
    Set(CURLOPT_READFUNCTION, &GiveBody);
    Set(CURLOPT_READDATA, &exchange);
    Set(CURLOPT_SEEKFUNCTION, &RewindBody);
    Set(CURLOPT_SEEKDATA, &exchange);
  }

  void SetMethod(const HttpCall& request) {
    const auto body_bytes = static_cast<curl_off_t>(request.body.size());
    if (request.method == "HEAD") {
      Set(CURLOPT_NOBODY, 1L);
    } else if (request.method == "PUT") {
      Set(CURLOPT_UPLOAD, 1L);
      Set(CURLOPT_INFILESIZE_LARGE, body_bytes);
    } else if (request.method == "POST") {
      Set(CURLOPT_POST, 1L);
      Set(CURLOPT_POSTFIELDSIZE_LARGE, body_bytes);
    } else if (request.method != "GET") {
      Set(CURLOPT_CUSTOMREQUEST, request.method.c_str());
    }
  }

  CURL* const curl_;
  curl_slist* lines_ = nullptr;
};

HttpClient::HttpClient(const HttpOptions& options) : options_(options) {
  InitCurl();
}

HttpClient::~HttpClient() = default;

std::unique_ptr<HttpClient::Handle> HttpClient::TakeHandle() const {
  absl::MutexLock lock(&mu_);
  if (idle_.empty()) return std::make_unique<Handle>();
  std::unique_ptr<Handle> handle = std::move(idle_.back());
  idle_.pop_back();
  return handle;
}

void HttpClient::KeepHandle(std::unique_ptr<Handle> handle) const {
  absl::MutexLock lock(&mu_);
  if (idle_.size() < kKeptHandles) idle_.push_back(std::move(handle));
}

absl::StatusOr<HttpAnswer> HttpClient::Send(const HttpCall& request) const {
  if (request.stop.stop_requested()) return absl::CancelledError("given up");
  std::unique_ptr<Handle> handle = TakeHandle();
  absl::StatusOr<HttpAnswer> answer = handle->Send(options_, request);
  KeepHandle(std::move(handle));
  return answer;
}

}  // namespace heapd::server
