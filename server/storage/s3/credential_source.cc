#include "server/storage/s3/credential_source.h"

#include <cstdlib>
#include <utility>

#include "server/ops/logging.h"

namespace heapd::server {
namespace {

class EnvironmentSource final : public CredentialSource {
 public:
  explicit EnvironmentSource(Environment environment)
      : environment_(std::move(environment)) {}

  absl::string_view name() const override { return "environment"; }

  absl::StatusOr<AwsCredentials> Fetch() override {
    AwsCredentials keys;
    keys.access_key_id = environment_("AWS_ACCESS_KEY_ID");
    keys.secret_access_key = environment_("AWS_SECRET_ACCESS_KEY");
    keys.session_token = environment_("AWS_SESSION_TOKEN");
    if (keys.access_key_id.empty() && keys.secret_access_key.empty()) {
      return absl::NotFoundError("AWS_ACCESS_KEY_ID is not set");
    }
    if (keys.access_key_id.empty() || keys.secret_access_key.empty()) {
      return absl::FailedPreconditionError(
          "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY must both be set");
    }
    return keys;
  }

 private:
  const Environment environment_;
};

class SourceChain final : public CredentialSource {
 public:
  explicit SourceChain(std::vector<std::unique_ptr<CredentialSource>> sources)
      : sources_(std::move(sources)) {}

  absl::string_view name() const override { return "chain"; }

  absl::StatusOr<AwsCredentials> Fetch() override {
    for (const std::unique_ptr<CredentialSource>& source : sources_) {
      absl::StatusOr<AwsCredentials> keys = source->Fetch();
      if (absl::IsNotFound(keys.status())) continue;
      if (keys.ok()) {
        LogInfo("storage_credentials", {{"source", source->name()}});
      }
      return keys;
    }
    return absl::FailedPreconditionError(
        "no credentials in the environment, the shared file, a web identity, "
        "or the metadata of container or instance");
  }

 private:
  const std::vector<std::unique_ptr<CredentialSource>> sources_;
};

}  // namespace

std::string ProcessEnvironment(const std::string& name) {
  const char* const value = std::getenv(name.c_str());
  return value == nullptr ? "" : value;
}

std::unique_ptr<CredentialSource> MakeEnvironmentSource(
    Environment environment) {
  return std::make_unique<EnvironmentSource>(std::move(environment));
}

std::unique_ptr<CredentialSource> MakeSourceChain(
    std::vector<std::unique_ptr<CredentialSource>> sources) {
  return std::make_unique<SourceChain>(std::move(sources));
}

std::unique_ptr<CredentialSource> MakeSourceChain(
    const Environment& environment, const std::string& profile,
    const std::string& region) {
  std::vector<std::unique_ptr<CredentialSource>> sources;
  if (!profile.empty()) {
    sources.push_back(MakeProfileSource(environment, profile));
    return MakeSourceChain(std::move(sources));
  }
  sources.push_back(MakeEnvironmentSource(environment));
  sources.push_back(MakeProfileSource(environment, ""));
  sources.push_back(MakeWebIdentitySource(environment, region));
  sources.push_back(MakeContainerSource(environment));
  sources.push_back(MakeInstanceSource(environment));
  return MakeSourceChain(std::move(sources));
}

}  // namespace heapd::server
