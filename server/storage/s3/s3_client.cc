#include "server/storage/s3/s3_client.h"

#include <curl/curl.h>

#include <algorithm>
#include <utility>

#include "absl/random/random.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "heap/base/error.h"
#include "heap/base/status_macros.h"
#include "server/base/reasons.h"
#include "server/ops/logging.h"
#include "server/storage/sha256.h"

namespace heapd::server {
namespace {

constexpr int kCleanUpAttempts = 3;
// For all attempts together: a daemon that stops waits for it.
constexpr absl::Duration kCleanUpTimeout = absl::Seconds(5);
// S3 refuses what is off by 15 minutes.
constexpr absl::Duration kLargeSkew = absl::Minutes(10);

bool IsLoopback(absl::string_view host) {
  const absl::string_view name = host.substr(0, host.rfind(':'));
  return name == "localhost" || absl::EndsWith(name, ".localhost") ||
         absl::StartsWith(name, "127.") || name == "[::1]";
}

std::string HostOf(const S3Options& options) {
  const std::string host =
      options.endpoint.empty()
          ? absl::StrCat("s3.", options.region, ".amazonaws.com")
          : options.endpoint.substr(options.endpoint.find("//") + 2);
  return options.path_style ? host : absl::StrCat(options.bucket, ".", host);
}

absl::Status Describe(const S3Call& call, const absl::Status& error) {
  if (absl::IsCancelled(error)) return error;
  return MakeError(absl::IsUnavailable(error)
                       ? absl::StatusCode::kUnavailable
                       : absl::StatusCode::kFailedPrecondition,
                   reason::kStorage,
                   absl::StrCat("cannot ", call.what, " '", call.name,
                                "': ", error.message()));
}

// Whether `stop` was requested before `timeout` had passed.
bool WaitForStop(const std::stop_token& stop, absl::Duration timeout) {
  absl::Notification stopped;
  const std::stop_callback notify(stop, [&stopped] { stopped.Notify(); });
  return stopped.WaitForNotificationWithTimeout(timeout);
}

std::string HashHex(absl::string_view data) {
  Sha256 sum;
  sum.Update(data);
  return sum.FinishHex();
}

}  // namespace

// One call with its attempts. Single-threaded.
class S3Attempts {
 public:
  S3Attempts(S3Client* client, const S3Call* call)
      : client_(*client),
        call_(*call),
        body_sha256_(HashHex(call->body)),
        max_attempts_(call->cleans_up ? kCleanUpAttempts
                                      : client->options_.max_attempts),
        give_up_(call->cleans_up ? absl::Now() + kCleanUpTimeout
                                 : absl::InfiniteFuture()),
        pause_(client->options_.first_pause) {
    if (call->cleans_up) return;
    client_stops_.emplace(client->stop_.get_token(), Stop{&stop_});
    call_stops_.emplace(call->stop, Stop{&stop_});
  }

  absl::StatusOr<S3Outcome> Run() {
    HEAPD_ASSIGN_OR_RETURN(keys_, client_.credentials_.Get());
    S3Outcome outcome;
    while (true) {
      absl::StatusOr<HttpAnswer> answer = client_.SendOnce(
          call_, body_sha256_, keys_, stop_.get_token(), TimeLeft());
      const absl::Status sent = answer.status();
      outcome.error.reset();
      if (sent.ok()) {
        outcome.answer = *std::move(answer);
        if (!IsS3Error(outcome.answer)) return outcome;
        outcome.error = ReadS3Error(outcome.answer);
      }
      HEAPD_ASSIGN_OR_RETURN(const bool again, Prepare(outcome, sent));
      if (!again) return outcome;
    }
  }

 private:
  struct Stop {
    std::stop_source* source;
    void operator()() const { source->request_stop(); }
  };

  absl::Duration TimeLeft() const {
    return std::max(give_up_ - absl::Now(), absl::Milliseconds(1));
  }

  S3Remedy RemedyOf(const absl::Status& sent, const S3Outcome& outcome) const {
    if (!sent.ok()) {
      return absl::IsUnavailable(sent) ? S3Remedy::kWait : S3Remedy::kNone;
    }
    const S3Remedy remedy = RemedyFor(*outcome.error);
    if (remedy != S3Remedy::kNone || call_.method != "HEAD") return remedy;
    // The answer to HEAD has no body to say why.
    if (outcome.answer.status != 400 && outcome.answer.status != 403) {
      return remedy;
    }
    absl::Duration skew = absl::ZeroDuration();
    const time_t date =
        curl_getdate(outcome.answer.Header("date").c_str(), nullptr);
    if (date != -1) skew = absl::FromTimeT(date) - absl::Now();
    return skew > kLargeSkew || skew < -kLargeSkew ? S3Remedy::kClock
                                                   : S3Remedy::kRefresh;
  }

  // Prepares the next attempt; false if there is to be none. Errors: there was
  // no answer to give back.
  absl::StatusOr<bool> Prepare(const S3Outcome& outcome,
                               const absl::Status& sent) {
    bool again = false;
    switch (RemedyOf(sent, outcome)) {
      case S3Remedy::kNone:
        break;
      case S3Remedy::kClock:
        again = !std::exchange(clock_set_, true) &&
                client_.SetClock(outcome.answer);
        break;
      case S3Remedy::kRefresh:
        again = !std::exchange(refreshed_, true) && Refresh();
        break;
      case S3Remedy::kWait:
        again = ++attempts_ < max_attempts_ && absl::Now() < give_up_;
        if (again) HEAPD_RETURN_IF_ERROR(Pause(outcome, sent));
        break;
    }
    if (!again) HEAPD_RETURN_IF_ERROR(sent);
    return again;
  }

  bool Refresh() {
    absl::StatusOr<AwsCredentials> fresh = client_.credentials_.Replace(keys_);
    if (!fresh.ok() || *fresh == keys_) return false;
    keys_ = *std::move(fresh);
    return true;
  }

  absl::Status Pause(const S3Outcome& outcome, const absl::Status& sent) {
    // Full jitter: many clients that were refused together come back apart.
    const absl::Duration pause = absl::Nanoseconds(absl::Uniform<int64_t>(
        absl::IntervalClosed, random_, 0, absl::ToInt64Nanoseconds(pause_)));
    pause_ = std::min(pause_ * 2, client_.options_.max_pause);
    LogInfo("storage_retry", {{"destination", client_.options_.name},
                              {"call", call_.what},
                              {"file", call_.name},
                              {"attempt", attempts_},
                              {"pause", pause},
                              {"error", outcome.error.has_value()
                                            ? outcome.error->Describe()
                                            : std::string(sent.message())}});
    // Nothing stops who cleans up.
    const absl::Duration wait =
        call_.cleans_up ? std::min(pause, absl::Milliseconds(250)) : pause;
    return WaitForStop(stop_.get_token(), wait)
               ? absl::CancelledError("given up")
               : absl::OkStatus();
  }

  S3Client& client_;
  const S3Call& call_;
  const std::string body_sha256_;
  const int max_attempts_;
  const absl::Time give_up_;
  AwsCredentials keys_;
  absl::BitGen random_;
  absl::Duration pause_;
  int attempts_ = 0;
  bool clock_set_ = false;
  bool refreshed_ = false;
  std::stop_source stop_;  // by the client, or by the call
  std::optional<std::stop_callback<Stop>> client_stops_;
  std::optional<std::stop_callback<Stop>> call_stops_;
};

S3Client::S3Client(const S3Options& options,
                   std::unique_ptr<CredentialSource> source)
    : options_(options),
      scheme_(absl::StartsWith(options.endpoint, "http://") ? "http" : "https"),
      host_(HostOf(options)),
      http_({.ca_file = options.ca_file,
             .connect_timeout = options.connect_timeout,
             .stall_timeout = options.stall_timeout,
             .use_proxy = !IsLoopback(HostOf(options))}),
      credentials_(std::move(source)) {}

std::string S3Client::PathOf(absl::string_view key) const {
  return absl::StrCat(options_.path_style ? "/" : "",
                      options_.path_style ? options_.bucket : "",
                      key.empty() && options_.path_style ? "" : "/",
                      UriEncode(key, Slash::kKeep));
}

absl::StatusOr<HttpAnswer> S3Client::SendOnce(const S3Call& call,
                                              const std::string& body_sha256,
                                              const AwsCredentials& credentials,
                                              const std::stop_token& stop,
                                              absl::Duration timeout) const {
  // Relaxed: see clock_offset_nanos_.
  const absl::Time now =
      absl::Now() +
      absl::Nanoseconds(clock_offset_nanos_.load(std::memory_order_relaxed));
  RequestToSign to_sign = {call.method, PathOf(call.key),
                           CanonicalQuery(call.query), call.headers};
  to_sign.headers["host"] = host_;
  to_sign.headers["x-amz-date"] = AmzDate(now);
  to_sign.headers["x-amz-content-sha256"] = body_sha256;
  if (!credentials.session_token.empty()) {
    to_sign.headers["x-amz-security-token"] = credentials.session_token;
  }
  HttpCall request;
  request.method = call.method;
  request.url = absl::StrCat(scheme_, "://", host_, to_sign.path,
                             to_sign.query.empty() ? "" : "?", to_sign.query);
  request.headers = to_sign.headers;
  request.headers["authorization"] =
      SigV4Authorization(to_sign, credentials, options_.region, now);
  request.body = call.body;
  request.max_answer_bytes = call.max_answer_bytes;
  request.stall_timeout = call.stall_timeout;
  request.timeout = timeout;
  request.stop = stop;
  return http_.Send(request);
}

bool S3Client::SetClock(const HttpAnswer& answer) {
  const time_t date = curl_getdate(answer.Header("date").c_str(), nullptr);
  if (date == -1) return false;
  const absl::Duration offset = absl::FromTimeT(date) - absl::Now();
  // Relaxed: see clock_offset_nanos_.
  clock_offset_nanos_.store(absl::ToInt64Nanoseconds(offset),
                            std::memory_order_relaxed);
  LogWarning("storage_clock", {{"destination", options_.name},
                               {"server_is_ahead_by", offset},
                               {"effect", "requests carry the server's time"}});
  return true;
}

absl::StatusOr<S3Outcome> S3Client::Send(const S3Call& call) {
  absl::StatusOr<S3Outcome> outcome = S3Attempts(this, &call).Run();
  if (!outcome.ok()) return Describe(call, outcome.status());
  return outcome;
}

absl::StatusOr<HttpAnswer> S3Client::Require(const S3Call& call) {
  HEAPD_ASSIGN_OR_RETURN(S3Outcome outcome, Send(call));
  if (outcome.error.has_value()) {
    return ToStatus(*outcome.error, call.what, call.name);
  }
  return std::move(outcome.answer);
}

}  // namespace heapd::server
