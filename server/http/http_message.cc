#include "server/http/http_message.h"

#include <algorithm>

#include "absl/algorithm/container.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace heapd::server {
namespace {

// As google.rpc.Code maps to HTTP.
int StatusOf(absl::StatusCode code) {
  switch (code) {
    case absl::StatusCode::kOk:
      return 200;
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kFailedPrecondition:
    case absl::StatusCode::kOutOfRange:
      return 400;
    case absl::StatusCode::kUnauthenticated:
      return 401;
    case absl::StatusCode::kPermissionDenied:
      return 403;
    case absl::StatusCode::kNotFound:
      return 404;
    case absl::StatusCode::kAborted:
    case absl::StatusCode::kAlreadyExists:
      return 409;
    case absl::StatusCode::kResourceExhausted:
      return 429;
    case absl::StatusCode::kCancelled:
      return 499;
    case absl::StatusCode::kUnimplemented:
      return 501;
    case absl::StatusCode::kUnavailable:
      return 503;
    case absl::StatusCode::kDeadlineExceeded:
      return 504;
    default:
      return 500;
  }
}

}  // namespace

const std::string* HttpRequest::Header(absl::string_view name) const {
  const auto found = absl::c_find_if(headers, [name](const HttpHeader& header) {
    return absl::EqualsIgnoreCase(header.first, name);
  });
  return found == headers.end() ? nullptr : &found->second;
}

int HttpRequest::HeaderCount(absl::string_view name) const {
  return static_cast<int>(
      absl::c_count_if(headers, [name](const HttpHeader& header) {
        return absl::EqualsIgnoreCase(header.first, name);
      }));
}

HttpResponse TextResponse(int status, absl::string_view text) {
  HttpResponse response;
  response.status = status;
  response.body = absl::StrCat(text, "\n");
  return response;
}

HttpResponse ErrorResponse(const absl::Status& error) {
  HttpResponse response = TextResponse(StatusOf(error.code()), error.message());
  if (response.status == 401) {
    response.headers.emplace_back("WWW-Authenticate", "Bearer");
  }
  return response;
}

}  // namespace heapd::server
