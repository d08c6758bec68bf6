// Credentials of the machine's role, from the metadata service of EC2.

#include <string>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "heap/base/status_macros.h"
#include "server/storage/s3/credential_source.h"
#include "server/storage/s3/http_client.h"
#include "server/storage/s3/keys_json.h"

namespace heapd::server {
namespace {

// It is one hop away or not there at all.
constexpr absl::Duration kTimeout = absl::Seconds(1);
constexpr size_t kMaxRoleBytes = 128;

class InstanceSource final : public CredentialSource {
 public:
  explicit InstanceSource(Environment environment)
      : environment_(std::move(environment)),
        http_({.connect_timeout = kTimeout, .use_proxy = false}) {}

  absl::string_view name() const override { return "instance metadata"; }

  absl::StatusOr<AwsCredentials> Fetch() override {
    if (absl::AsciiStrToLower(environment_("AWS_EC2_METADATA_DISABLED")) ==
        "true") {
      return absl::NotFoundError("AWS_EC2_METADATA_DISABLED is true");
    }
    HEAPD_ASSIGN_OR_RETURN(
        const std::string token,
        Ask("PUT", "/latest/api/token",
            {{"x-aws-ec2-metadata-token-ttl-seconds", "300"}}));
    const HeaderFields proof = {{"x-aws-ec2-metadata-token", token}};
    const std::string folder = "/latest/meta-data/iam/security-credentials/";
    HEAPD_ASSIGN_OR_RETURN(const std::string roles, Ask("GET", folder, proof));
    // One a line; the first is the instance's.
    const std::pair<absl::string_view, absl::string_view> lines =
        absl::StrSplit(roles, absl::MaxSplits('\n', 1));
    const std::string role(absl::StripAsciiWhitespace(lines.first));
    if (role.empty() || role.size() > kMaxRoleBytes) {
      return absl::NotFoundError("the instance has no role");
    }
    HEAPD_ASSIGN_OR_RETURN(
        const std::string keys,
        Ask("GET", absl::StrCat(folder, UriEncode(role, Slash::kEncode)),
            proof));
    return ReadKeysJson(keys, "the metadata service");
  }

 private:
  absl::StatusOr<std::string> Ask(const std::string& method,
                                  const std::string& path,
                                  const HeaderFields& headers) const {
    HttpCall request;
    request.method = method;
    request.url = absl::StrCat(Endpoint(), path);
    request.headers = headers;
    request.timeout = kTimeout;
    absl::StatusOr<HttpAnswer> answer = http_.Send(request);
    // Outside EC2 nobody answers, which is how one knows.
    if (!answer.ok()) {
      return absl::NotFoundError("there is no metadata service");
    }
    if (answer->status == 200) return std::move(answer->body);
    const std::string message =
        absl::StrCat("the metadata service answered ", answer->status);
    return answer->status == 404 ? absl::NotFoundError(message)
                                 : absl::UnavailableError(message);
  }

  std::string Endpoint() const {
    const std::string endpoint =
        environment_("AWS_EC2_METADATA_SERVICE_ENDPOINT");
    return endpoint.empty() ? "http://169.254.169.254" : endpoint;
  }

  const Environment environment_;
  const HttpClient http_;
};

}  // namespace

std::unique_ptr<CredentialSource> MakeInstanceSource(Environment environment) {
  return std::make_unique<InstanceSource>(std::move(environment));
}

}  // namespace heapd::server
