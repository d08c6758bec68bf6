// Credentials of a container's role: ECS tasks, and pods of EKS Pod Identity.

#include <array>
#include <fstream>
#include <sstream>
#include <string>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "heap/base/status_macros.h"
#include "server/storage/s3/credential_source.h"
#include "server/storage/s3/http_client.h"
#include "server/storage/s3/keys_json.h"

namespace heapd::server {
namespace {

constexpr absl::Duration kTimeout = absl::Seconds(2);
// Where the platforms' agents are.
constexpr absl::string_view kTaskAgent = "http://169.254.170.2";

// Keys travel over plaintext on this machine only.
bool IsTrusted(absl::string_view uri) {
  static constexpr std::array<absl::string_view, 6> kPlaces = {
      "https://",     "http://127.0.0.1",      "http://localhost",
      "http://[::1]", "http://169.254.170.23", "http://[fd00:ec2::23]"};
  for (const absl::string_view place : kPlaces) {
    if (!absl::StartsWith(uri, place)) continue;
    if (place == kPlaces[0]) return true;
    // Not the beginning of another name.
    const absl::string_view rest = uri.substr(place.size());
    return rest.empty() || rest.front() == ':' || rest.front() == '/';
  }
  return false;
}

class ContainerSource final : public CredentialSource {
 public:
  explicit ContainerSource(Environment environment)
      : environment_(std::move(environment)),
        http_({.connect_timeout = kTimeout, .use_proxy = false}) {}

  absl::string_view name() const override { return "container"; }

  absl::StatusOr<AwsCredentials> Fetch() override {
    HEAPD_ASSIGN_OR_RETURN(HttpCall request, MakeRequest());
    HEAPD_ASSIGN_OR_RETURN(const HttpAnswer answer, http_.Send(request));
    if (answer.status != 200) {
      return absl::UnavailableError(absl::StrCat(
          "the container's credential service answered ", answer.status));
    }
    return ReadKeysJson(answer.body, "the container's credential service");
  }

 private:
  absl::StatusOr<HttpCall> MakeRequest() const {
    HttpCall request;
    request.method = "GET";
    request.timeout = kTimeout;
    const std::string path =
        environment_("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
    const std::string uri = environment_("AWS_CONTAINER_CREDENTIALS_FULL_URI");
    if (path.empty() && uri.empty()) {
      return absl::NotFoundError(
          "AWS_CONTAINER_CREDENTIALS_FULL_URI is not set");
    }
    request.url = path.empty() ? uri : absl::StrCat(kTaskAgent, path);
    if (path.empty() && !IsTrusted(uri)) {
      return absl::FailedPreconditionError(
          "AWS_CONTAINER_CREDENTIALS_FULL_URI must be https, or on this "
          "machine");
    }
    HEAPD_ASSIGN_OR_RETURN(const std::string token, ReadToken());
    if (!token.empty()) request.headers["authorization"] = token;
    return request;
  }

  // The platform replaces the file, so it is read each time.
  absl::StatusOr<std::string> ReadToken() const {
    const std::string path =
        environment_("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE");
    std::string token = environment_("AWS_CONTAINER_AUTHORIZATION_TOKEN");
    if (!path.empty()) {
      std::ifstream file(path);
      std::ostringstream text;
      text << file.rdbuf();
      if (!file) {
        return absl::FailedPreconditionError(
            "the file of AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE has no token");
      }
      token = text.str();
    }
    absl::StripAsciiWhitespace(&token);
    // It becomes a line of a header.
    if (token.find_first_of("\r\n") != std::string::npos) {
      return absl::FailedPreconditionError(
          "the container's authorization token is more than one line");
    }
    return token;
  }

  const Environment environment_;
  const HttpClient http_;
};

}  // namespace

std::unique_ptr<CredentialSource> MakeContainerSource(Environment environment) {
  return std::make_unique<ContainerSource>(std::move(environment));
}

}  // namespace heapd::server
