#include "server/ops/destination_entry.h"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <array>
#include <set>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "heap/base/status_macros.h"
#include "server/ops/config_value.h"

namespace heapd::server {
namespace {

constexpr uint64_t kMiB = uint64_t{1} << 20;
constexpr uint64_t kMinPartBytes = 5 * kMiB;  // S3's own
constexpr uint64_t kMaxPartBytes = 256 * kMiB;

// A key whose value is a text.
struct TextKey {
  absl::string_view name;
  std::string DestinationEntry::*field;
  bool of_s3;
};

constexpr std::array<TextKey, 12> kTextKeys = {{
    {"name", &DestinationEntry::name, false},
    {"kind", &DestinationEntry::kind, false},
    {"directory", &DestinationEntry::directory, false},
    {"bucket", &DestinationEntry::bucket, true},
    {"prefix", &DestinationEntry::prefix, true},
    {"region", &DestinationEntry::region, true},
    {"endpoint", &DestinationEntry::endpoint, true},
    {"addressing", &DestinationEntry::addressing, true},
    {"ca_file", &DestinationEntry::ca_file, true},
    {"encryption", &DestinationEntry::encryption, true},
    {"kms_key_id", &DestinationEntry::kms_key_id, true},
    {"profile", &DestinationEntry::profile, true},
}};

absl::Status Wrong(absl::string_view key, absl::string_view what) {
  return absl::InvalidArgumentError(
      absl::StrCat("a destination's ", key, " ", what));
}

// Whether `text` has 1 to `max_bytes` characters, all letters, digits or one of
// `others`.
bool IsMadeOf(absl::string_view text, absl::string_view others,
              size_t max_bytes) {
  return !text.empty() && text.size() <= max_bytes &&
         std::all_of(text.begin(), text.end(), [others](unsigned char c) {
           return absl::ascii_isalnum(c) ||
                  others.find(static_cast<char>(c)) != absl::string_view::npos;
         });
}

bool IsOneOf(absl::string_view value,
             std::initializer_list<absl::string_view> choices) {
  return std::find(choices.begin(), choices.end(), value) != choices.end();
}

absl::Status SetValue(const std::string& key, const std::string& value,
                      DestinationEntry& entry) {
  for (const TextKey& known : kTextKeys) {
    if (known.name != key) continue;
    entry.*known.field = value;
    return absl::OkStatus();
  }
  if (key == "part_size") {
    const absl::StatusOr<uint64_t> bytes = ParseSize(value);
    if (!bytes.ok()) return Wrong(key, bytes.status().message());
    entry.part_size = *bytes;
    return absl::OkStatus();
  }
  if (key == "allow_plaintext") {
    if (!IsOneOf(value, {"true", "false"})) {
      return Wrong(key, "must be true or false");
    }
    entry.allow_plaintext = value == "true";
    return absl::OkStatus();
  }
  std::vector<absl::string_view> names = {"part_size", "allow_plaintext"};
  for (const TextKey& known : kTextKeys) names.push_back(known.name);
  const absl::string_view closest = ClosestWord(key, names);
  return absl::InvalidArgumentError(absl::StrCat(
      "a destination has no key '", key, "'",
      closest.empty() ? "" : absl::StrCat(", did you mean '", closest, "'?")));
}

absl::Status CheckDirectory(const DestinationEntry& entry) {
  if (!absl::StartsWith(entry.directory, "/")) {
    return Wrong("directory", "must be an absolute path");
  }
  const DestinationEntry defaults;
  for (const TextKey& key : kTextKeys) {
    if (key.of_s3 && entry.*key.field != defaults.*key.field) {
      return Wrong(key.name, "is for kind s3 only");
    }
  }
  return absl::OkStatus();
}

bool IsLoopback(absl::string_view host) {
  // 127.0.0.1.example.org is a name like any other.
  const bool is_address =
      host.find_first_not_of("0123456789.") == absl::string_view::npos;
  return host == "localhost" || host == "[::1]" ||
         (is_address && absl::StartsWith(host, "127."));
}

absl::Status CheckEndpoint(const DestinationEntry& entry) {
  absl::string_view rest = entry.endpoint;
  const bool is_plaintext = absl::ConsumePrefix(&rest, "http://");
  if (!is_plaintext && !absl::ConsumePrefix(&rest, "https://")) {
    return Wrong("endpoint", "must be http://HOST[:PORT] or https://...");
  }
  absl::ConsumeSuffix(&rest, "/");
  if (!IsMadeOf(rest, "-.:[]", 255)) {
    return Wrong("endpoint", "must have a host, and nothing but a port behind");
  }
  const size_t colon = rest.rfind(':');
  const bool has_port = colon != absl::string_view::npos &&
                        rest.find(']', colon) == absl::string_view::npos;
  if (is_plaintext && !entry.allow_plaintext &&
      !IsLoopback(has_port ? rest.substr(0, colon) : rest)) {
    return Wrong("endpoint",
                 "is plaintext and not on loopback: everybody on the way reads "
                 "the snapshots; use https, or say allow_plaintext: true");
  }
  return absl::OkStatus();
}

absl::Status CheckPrefix(absl::string_view prefix) {
  if (prefix.empty()) return absl::OkStatus();
  if (!IsMadeOf(prefix, "-._/", 512)) {
    return Wrong("prefix", "must be made of a-z, A-Z, 0-9, '-', '.', '_', '/'");
  }
  absl::ConsumeSuffix(&prefix, "/");
  for (const absl::string_view part : absl::StrSplit(prefix, '/')) {
    if (part.empty() || part == "." || part == "..") {
      return Wrong("prefix", "must not have empty parts, '.' or '..'");
    }
  }
  return absl::OkStatus();
}

absl::Status CheckS3(const DestinationEntry& entry) {
  if (!entry.directory.empty()) {
    return Wrong("directory", "is for kind directory only");
  }
  if (!IsMadeOf(entry.bucket, "-.", 63) || entry.bucket.size() < 3) {
    return Wrong("bucket", "must be 3 to 63 of a-z, 0-9, '.', '-'");
  }
  if (!IsMadeOf(entry.region, "-", 64)) {
    return Wrong("region", "is required, such as eu-central-1");
  }
  if (!entry.endpoint.empty()) HEAPD_RETURN_IF_ERROR(CheckEndpoint(entry));
  HEAPD_RETURN_IF_ERROR(CheckPrefix(entry.prefix));
  if (!IsOneOf(entry.addressing, {"auto", "path", "virtual"})) {
    return Wrong("addressing", "must be auto, path or virtual");
  }
  if (!IsOneOf(entry.encryption, {"none", "AES256", "aws:kms"})) {
    return Wrong("encryption", "must be none, AES256 or aws:kms");
  }
  if (!entry.kms_key_id.empty() &&
      (entry.encryption != "aws:kms" ||
       !IsMadeOf(entry.kms_key_id, "-_:/", 2048))) {
    return Wrong("kms_key_id",
                 "must be the id or ARN of a key, with encryption: aws:kms");
  }
  if (entry.part_size < kMinPartBytes || entry.part_size > kMaxPartBytes) {
    return Wrong("part_size",
                 absl::StrCat("must be ", FormatSize(kMinPartBytes), " to ",
                              FormatSize(kMaxPartBytes)));
  }
  return absl::OkStatus();
}

absl::Status Check(const DestinationEntry& entry) {
  if (!IsMadeOf(entry.name, "-_.", 64)) {
    return Wrong("name", "must be 1 to 64 of a-z, A-Z, 0-9, '.', '_', '-'");
  }
  if (entry.kind == "directory") return CheckDirectory(entry);
  if (entry.kind == "s3") return CheckS3(entry);
  return Wrong("kind", "must be directory or s3");
}

absl::StatusOr<DestinationEntry> ReadMap(const YAML::Node& map) {
  if (!map.IsMap()) {
    return absl::InvalidArgumentError(
        "a destination must be a map: {name: NAME, kind: s3, ...}");
  }
  DestinationEntry entry;
  std::set<std::string> seen;
  for (const auto& pair : map) {
    if (!pair.first.IsScalar() || !pair.second.IsScalar()) {
      return absl::InvalidArgumentError(
          "a destination's keys and values must be plain texts");
    }
    const std::string& key = pair.first.Scalar();
    if (!seen.insert(key).second) return Wrong(key, "is set twice");
    HEAPD_RETURN_IF_ERROR(SetValue(key, pair.second.Scalar(), entry));
  }
  // Both mean the same.
  if (!entry.prefix.empty() && !absl::EndsWith(entry.prefix, "/")) {
    entry.prefix += '/';
  }
  if (absl::EndsWith(entry.endpoint, "/")) entry.endpoint.pop_back();
  if (!entry.endpoint.empty() && entry.region.empty()) {
    // What stores that know no regions take.
    entry.region = "us-east-1";
  }
  HEAPD_RETURN_IF_ERROR(Check(entry));
  return entry;
}

}  // namespace

absl::StatusOr<DestinationEntry> ParseDestinationEntry(absl::string_view text) {
  try {
    return ReadMap(YAML::Load(std::string(text)));
  } catch (const YAML::Exception& error) {
    return absl::InvalidArgumentError(
        absl::StrCat("a destination must be a map: ", error.msg));
  }
}

std::string FormatDestinationEntry(const DestinationEntry& entry) {
  const DestinationEntry defaults;
  YAML::Emitter out;
  out << YAML::Flow << YAML::BeginMap;
  for (const TextKey& key : kTextKeys) {
    if (entry.*key.field == defaults.*key.field) continue;
    out << YAML::Key << std::string(key.name) << YAML::Value
        << entry.*key.field;
  }
  if (entry.part_size != defaults.part_size) {
    out << YAML::Key << "part_size" << YAML::Value
        << FormatSize(entry.part_size);
  }
  if (entry.allow_plaintext) {
    out << YAML::Key << "allow_plaintext" << YAML::Value << "true";
  }
  out << YAML::EndMap;
  return out.c_str();
}

}  // namespace heapd::server
