#include "server/storage/s3/keys_json.h"

#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"

namespace heapd::server {

absl::StatusOr<AwsCredentials> ReadKeysJson(const std::string& text,
                                            absl::string_view service) {
  const nlohmann::json json =
      nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
  const auto field = [&json](const char* name) {
    const auto found = json.find(name);
    return found != json.end() && found->is_string() ? found->get<std::string>()
                                                     : std::string();
  };
  AwsCredentials keys;
  std::string ignored;
  if (json.is_object()) {
    keys.access_key_id = field("AccessKeyId");
    keys.secret_access_key = field("SecretAccessKey");
    keys.session_token = field("Token");
  }
  if (keys.access_key_id.empty() || keys.secret_access_key.empty() ||
      !absl::ParseTime(absl::RFC3339_full, field("Expiration"),
                       &keys.expiration, &ignored)) {
    return absl::UnavailableError(absl::StrCat(service, " gave no keys"));
  }
  return keys;
}

}  // namespace heapd::server
