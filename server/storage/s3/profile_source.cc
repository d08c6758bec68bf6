// Credentials from the file that AWS's own tools share.

#include <cerrno>
#include <cstring>
#include <fstream>
#include <string>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "server/storage/s3/credential_source.h"

namespace heapd::server {
namespace {

// Takes the keys of section [`profile`]; false if there is no such section.
bool ReadProfile(std::istream& file, absl::string_view profile,
                 AwsCredentials& keys) {
  bool found = false;
  bool inside = false;
  std::string line;
  while (std::getline(file, line)) {
    const absl::string_view text = absl::StripAsciiWhitespace(line);
    if (text.empty() || text.front() == '#' || text.front() == ';') continue;
    if (text.front() == '[') {
      inside = text == absl::StrCat("[", profile, "]");
      found = found || inside;
      continue;
    }
    const size_t equals = text.find('=');
    if (!inside || equals == absl::string_view::npos) continue;
    const std::string name = absl::AsciiStrToLower(
        absl::StripAsciiWhitespace(text.substr(0, equals)));
    const std::string value(
        absl::StripAsciiWhitespace(text.substr(equals + 1)));
    if (name == "aws_access_key_id") keys.access_key_id = value;
    if (name == "aws_secret_access_key") keys.secret_access_key = value;
    if (name == "aws_session_token") keys.session_token = value;
  }
  return found;
}

class ProfileSource final : public CredentialSource {
 public:
  ProfileSource(Environment environment, std::string profile)
      : environment_(std::move(environment)), wanted_(std::move(profile)) {}

  absl::string_view name() const override { return "shared file"; }

  absl::StatusOr<AwsCredentials> Fetch() override {
    std::string profile = wanted_;
    if (profile.empty()) profile = environment_("AWS_PROFILE");
    // What was asked for by name must be there.
    const bool is_named = !profile.empty();
    if (!is_named) profile = "default";
    const auto missing = [is_named](const std::string& message) {
      return is_named ? absl::FailedPreconditionError(message)
                      : absl::NotFoundError(message);
    };
    std::ifstream file(Path());
    if (!file) {
      return missing(absl::StrCat("cannot read the shared credentials file: ",
                                  std::strerror(errno)));
    }
    AwsCredentials keys;
    if (!ReadProfile(file, profile, keys)) {
      return missing(absl::StrCat("no profile '", profile,
                                  "' in the shared credentials file"));
    }
    if (keys.access_key_id.empty() || keys.secret_access_key.empty()) {
      return absl::FailedPreconditionError(
          absl::StrCat("profile '", profile,
                       "' of the shared credentials file has no "
                       "aws_access_key_id or no aws_secret_access_key"));
    }
    return keys;
  }

 private:
  std::string Path() const {
    std::string path = environment_("AWS_SHARED_CREDENTIALS_FILE");
    if (path.empty()) {
      path = absl::StrCat(environment_("HOME"), "/.aws/credentials");
    }
    return path;
  }

  const Environment environment_;
  const std::string wanted_;
};

}  // namespace

std::unique_ptr<CredentialSource> MakeProfileSource(Environment environment,
                                                    std::string profile) {
  return std::make_unique<ProfileSource>(std::move(environment),
                                         std::move(profile));
}

}  // namespace heapd::server
