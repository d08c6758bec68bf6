// Credentials for a token that the platform puts into a file: what Kubernetes
// pods have ("IAM roles for service accounts").

#include <fstream>
#include <sstream>
#include <string>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "heap/base/status_macros.h"
#include "server/storage/s3/credential_source.h"
#include "server/storage/s3/http_client.h"
#include "server/storage/s3/s3_answer.h"

namespace heapd::server {
namespace {

constexpr absl::Duration kTimeout = absl::Seconds(10);
constexpr size_t kMaxTokenBytes = size_t{20} << 10;

class WebIdentitySource final : public CredentialSource {
 public:
  WebIdentitySource(Environment environment, std::string region)
      : environment_(std::move(environment)),
        region_(std::move(region)),
        http_({.connect_timeout = absl::Seconds(5),
               // An endpoint that was named is where it says.
               .use_proxy = environment_("AWS_ENDPOINT_URL_STS").empty()}) {}

  absl::string_view name() const override { return "web identity"; }

  absl::StatusOr<AwsCredentials> Fetch() override {
    const std::string path = environment_("AWS_WEB_IDENTITY_TOKEN_FILE");
    const std::string role = environment_("AWS_ROLE_ARN");
    if (path.empty() || role.empty()) {
      return absl::NotFoundError("AWS_WEB_IDENTITY_TOKEN_FILE is not set");
    }
    HEAPD_ASSIGN_OR_RETURN(const std::string token, ReadToken(path));
    const std::string body = Body(role, token);
    HttpCall request;
    request.method = "POST";
    request.url = absl::StrCat(Endpoint(), "/");
    request.headers["content-type"] = "application/x-www-form-urlencoded";
    request.body = body;
    request.timeout = kTimeout;
    HEAPD_ASSIGN_OR_RETURN(const HttpAnswer answer, http_.Send(request));
    if (IsS3Error(answer)) {
      const S3Error error = ReadS3Error(answer);
      const std::string message =
          absl::StrCat("STS refused the web identity: ", error.Describe());
      return RemedyFor(error) == S3Remedy::kWait
                 ? absl::UnavailableError(message)
                 : absl::FailedPreconditionError(message);
    }
    return ReadWebIdentityAnswer(answer.body);
  }

 private:
  // The platform replaces the file, so it is read each time.
  static absl::StatusOr<std::string> ReadToken(const std::string& path) {
    std::ifstream file(path);
    std::ostringstream text;
    text << file.rdbuf();
    const std::string token(absl::StripAsciiWhitespace(text.str()));
    if (!file || token.empty() || token.size() > kMaxTokenBytes) {
      return absl::FailedPreconditionError(
          "the file of AWS_WEB_IDENTITY_TOKEN_FILE has no token");
    }
    return token;
  }

  std::string Body(const std::string& role, const std::string& token) const {
    std::string session = environment_("AWS_ROLE_SESSION_NAME");
    if (session.empty()) session = "heapd";
    return CanonicalQuery({{"Action", "AssumeRoleWithWebIdentity"},
                           {"Version", "2011-06-15"},
                           {"RoleArn", role},
                           {"RoleSessionName", session},
                           {"WebIdentityToken", token}});
  }

  std::string Endpoint() const {
    const std::string endpoint = environment_("AWS_ENDPOINT_URL_STS");
    return endpoint.empty()
               ? absl::StrCat("https://sts.", region_, ".amazonaws.com")
               : endpoint;
  }

  const Environment environment_;
  const std::string region_;
  const HttpClient http_;
};

}  // namespace

std::unique_ptr<CredentialSource> MakeWebIdentitySource(Environment environment,
                                                        std::string region) {
  return std::make_unique<WebIdentitySource>(std::move(environment),
                                             std::move(region));
}

}  // namespace heapd::server
