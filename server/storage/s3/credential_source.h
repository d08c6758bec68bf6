#ifndef HEAPD_SERVER_STORAGE_S3_CREDENTIAL_SOURCE_H_
#define HEAPD_SERVER_STORAGE_S3_CREDENTIAL_SOURCE_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "server/storage/s3/aws_credentials.h"

namespace heapd::server {

// The value of an environment variable; "" where it is not set.
using Environment = std::function<std::string(const std::string& name)>;
std::string ProcessEnvironment(const std::string& name);

// A place that credentials come from. Single-threaded; may wait for the
// network.
class CredentialSource {
 public:
  virtual ~CredentialSource() = default;

  // Its name in logs.
  virtual absl::string_view name() const = 0;

  // Asks anew. NOT_FOUND where this place has none to give, so that the next
  // is asked; UNAVAILABLE or FAILED_PRECONDITION where it should have. No error
  // has a secret in it.
  virtual absl::StatusOr<AwsCredentials> Fetch() = 0;
};

// AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN.
std::unique_ptr<CredentialSource> MakeEnvironmentSource(
    Environment environment);

// The file AWS_SHARED_CREDENTIALS_FILE, otherwise ~/.aws/credentials:
// `profile`, or if that is empty AWS_PROFILE, or "default". Read anew each
// time.
std::unique_ptr<CredentialSource> MakeProfileSource(Environment environment,
                                                    std::string profile);

// AWS_WEB_IDENTITY_TOKEN_FILE and AWS_ROLE_ARN, exchanged at the STS of
// `region`, or at AWS_ENDPOINT_URL_STS.
std::unique_ptr<CredentialSource> MakeWebIdentitySource(Environment environment,
                                                        std::string region);

// The role of a container: AWS_CONTAINER_CREDENTIALS_RELATIVE_URI (ECS) or
// _FULL_URI (EKS Pod Identity; https, or on this machine), with the token of
// AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE or AWS_CONTAINER_AUTHORIZATION_TOKEN.
std::unique_ptr<CredentialSource> MakeContainerSource(Environment environment);

// The instance's role, from metadata service version 2 (with a token, which a
// tricked proxy cannot get), at AWS_EC2_METADATA_SERVICE_ENDPOINT or
// 169.254.169.254; not with AWS_EC2_METADATA_DISABLED=true.
std::unique_ptr<CredentialSource> MakeInstanceSource(Environment environment);

// All of these, in this order; `profile` that is named comes first and alone.
std::unique_ptr<CredentialSource> MakeSourceChain(
    const Environment& environment, const std::string& profile,
    const std::string& region);

// The first of `sources` that has credentials.
std::unique_ptr<CredentialSource> MakeSourceChain(
    std::vector<std::unique_ptr<CredentialSource>> sources);

}  // namespace heapd::server

#endif  // HEAPD_SERVER_STORAGE_S3_CREDENTIAL_SOURCE_H_
