#include "server/ops/config_file.h"

#include <sys/stat.h>
#include <yaml-cpp/yaml.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <set>
#include <sstream>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "heap/base/status_macros.h"
#include "server/ops/config_schema.h"
#include "server/ops/config_value.h"

namespace heapd::server {
namespace {

constexpr size_t kMaxFileBytes = 1 << 20;

// One file being read: gives errors their "FILE:LINE: ".
class ConfigFile {
 public:
  explicit ConfigFile(const std::string& path) : path_(path) {}

  absl::StatusOr<YAML::Node> Load() const;
  absl::Status ReadSections(const YAML::Node& file, Config& config) const;
  absl::StatusOr<std::vector<std::string>> ReadTokens(
      const YAML::Node& list) const;

 private:
  absl::StatusOr<std::vector<std::string>> ReadMaps(
      const ConfigKey& key, const YAML::Node& place,
      const YAML::Node& list) const;
  absl::Status At(int zero_based_line, absl::string_view message) const {
    return absl::InvalidArgumentError(
        absl::StrCat(path_, ":", zero_based_line + 1, ": ", message));
  }
  absl::Status At(const YAML::Node& node, absl::string_view message) const {
    return At(node.Mark().line, message);
  }
  absl::Status Unknown(const YAML::Node& node, const std::string& name,
                       const std::vector<absl::string_view>& known) const;
  absl::Status CheckKeys(const YAML::Node& map) const;
  absl::Status ReadSection(const std::string& section, const YAML::Node& keys,
                           Config& config) const;
  absl::Status ReadKey(const ConfigKey& key, const YAML::Node& name,
                       const YAML::Node& value, Config& config) const;
  // `place` is where an error is: a value that is left out has no line.
  absl::StatusOr<std::vector<std::string>> ReadValues(
      const ConfigKey& key, const YAML::Node& place,
      const YAML::Node& value) const;

  const std::string path_;
};

absl::StatusOr<YAML::Node> ConfigFile::Load() const {
  std::ifstream file(path_, std::ios::binary);
  if (!file) {
    return absl::InvalidArgumentError(
        absl::StrCat("cannot read ", path_, ": ", std::strerror(errno)));
  }
  std::string text(kMaxFileBytes + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (file.bad()) {
    return absl::InvalidArgumentError(absl::StrCat("cannot read ", path_));
  }
  text.resize(static_cast<size_t>(file.gcount()));
  if (text.size() > kMaxFileBytes) {
    return absl::InvalidArgumentError(absl::StrCat(path_, ": over 1 MiB"));
  }
  try {
    return YAML::Load(text);
  } catch (const YAML::Exception& error) {
    return At(error.mark.line, error.msg);
  }
}

absl::Status ConfigFile::Unknown(
    const YAML::Node& node, const std::string& name,
    const std::vector<absl::string_view>& known) const {
  const absl::string_view closest = ClosestWord(name, known);
  return At(node, absl::StrCat("unknown key '", name, "'",
                               closest.empty() ? "" : ", did you mean '",
                               closest, closest.empty() ? "" : "'?"));
}

// YAML itself lets a key come twice; the second would be ignored in silence.
absl::Status ConfigFile::CheckKeys(const YAML::Node& map) const {
  std::set<std::string> seen;
  for (const auto& entry : map) {
    if (!entry.first.IsScalar()) {
      return At(entry.first, "a key must be a plain word");
    }
    if (!seen.insert(entry.first.Scalar()).second) {
      return At(entry.first,
                absl::StrCat("'", entry.first.Scalar(), "' is set twice"));
    }
  }
  return absl::OkStatus();
}

absl::Status ConfigFile::ReadSections(const YAML::Node& file,
                                      Config& config) const {
  if (file.IsNull()) return absl::OkStatus();
  if (!file.IsMap()) return At(file, "must be a map of sections");
  HEAPD_RETURN_IF_ERROR(CheckKeys(file));
  std::vector<absl::string_view> sections;
  for (const ConfigKey& key : ConfigKeys()) {
    sections.push_back(key.name.substr(0, key.name.find('.')));
  }
  for (const auto& entry : file) {
    const std::string& section = entry.first.Scalar();
    if (std::find(sections.begin(), sections.end(), section) ==
        sections.end()) {
      return Unknown(entry.first, section, sections);
    }
    if (entry.second.IsNull()) continue;
    if (!entry.second.IsMap()) {
      return At(entry.first, absl::StrCat("'", section,
                                          "' is a section: its keys stand "
                                          "below it, indented"));
    }
    HEAPD_RETURN_IF_ERROR(CheckKeys(entry.second));
    HEAPD_RETURN_IF_ERROR(ReadSection(section, entry.second, config));
  }
  return absl::OkStatus();
}

absl::Status ConfigFile::ReadSection(const std::string& section,
                                     const YAML::Node& keys,
                                     Config& config) const {
  for (const auto& entry : keys) {
    const std::string name = absl::StrCat(section, ".", entry.first.Scalar());
    const ConfigKey* key = FindConfigKey(name);
    if (key == nullptr) {
      std::vector<absl::string_view> known;
      for (const ConfigKey& other : ConfigKeys()) known.push_back(other.name);
      return Unknown(entry.first, name, known);
    }
    HEAPD_RETURN_IF_ERROR(ReadKey(*key, entry.first, entry.second, config));
  }
  return absl::OkStatus();
}

absl::Status ConfigFile::ReadKey(const ConfigKey& key, const YAML::Node& name,
                                 const YAML::Node& value,
                                 Config& config) const {
  HEAPD_ASSIGN_OR_RETURN(const std::vector<std::string> values,
                         ReadValues(key, value.IsNull() ? name : value, value));
  const absl::Status status = SetConfigValue(key, values, config);
  if (status.ok()) return status;
  return At(name, absl::StrCat("'", key.name, "' ", status.message()));
}

absl::StatusOr<std::vector<std::string>> ConfigFile::ReadValues(
    const ConfigKey& key, const YAML::Node& place,
    const YAML::Node& value) const {
  if (value.IsScalar()) return std::vector<std::string>{value.Scalar()};
  if (std::holds_alternative<TokensValue>(key.value)) return ReadTokens(value);
  if (IsListOfMaps(key)) return ReadMaps(key, place, value);
  if (!IsList(key) || !value.IsSequence()) {
    return At(place,
              absl::StrCat("'", key.name, "' must be a ", TypeText(key)));
  }
  std::vector<std::string> values;
  for (const YAML::Node& entry : value) {
    if (!entry.IsScalar()) {
      return At(entry, absl::StrCat("an entry of '", key.name,
                                    "' must be a plain text"));
    }
    values.push_back(entry.Scalar());
  }
  return values;
}

absl::StatusOr<std::vector<std::string>> ConfigFile::ReadTokens(
    const YAML::Node& list) const {
  if (!list.IsSequence()) {
    return At(list, "tokens must be a list of {name: NAME, sha256: DIGITS}");
  }
  std::vector<std::string> texts;
  for (const YAML::Node& entry : list) {
    if (!entry.IsMap() || entry.size() != 2 || !entry["name"] ||
        !entry["sha256"] || !entry["name"].IsScalar() ||
        !entry["sha256"].IsScalar()) {
      return At(entry, "a token must be {name: NAME, sha256: DIGITS}");
    }
    texts.push_back(
        absl::StrCat(entry["name"].Scalar(), ":", entry["sha256"].Scalar()));
    const absl::Status parsed = ParseTokenEntry(texts.back()).status();
    if (!parsed.ok())
      return At(entry, absl::StrCat("a token ", parsed.message()));
  }
  return texts;
}

absl::StatusOr<std::vector<std::string>> ConfigFile::ReadMaps(
    const ConfigKey& key, const YAML::Node& place,
    const YAML::Node& list) const {
  if (!list.IsSequence()) {
    return At(place, absl::StrCat("'", key.name,
                                  "' must be a list of {name: NAME, ...}"));
  }
  std::vector<std::string> texts;
  for (const YAML::Node& entry : list) {
    YAML::Emitter out;
    out << entry;
    texts.emplace_back(out.c_str());
    // Here, where the entry's line is known.
    Config unused;
    const absl::Status parsed = SetConfigValue(key, {texts.back()}, unused);
    if (!parsed.ok()) return At(entry, parsed.message());
  }
  return texts;
}

}  // namespace

absl::Status ReadConfigFile(const std::string& path, Config& config) {
  const ConfigFile file(path);
  HEAPD_ASSIGN_OR_RETURN(const YAML::Node sections, file.Load());
  return file.ReadSections(sections, config);
}

absl::StatusOr<std::vector<TokenEntry>> ReadTokensFile(
    const std::string& path) {
  struct stat attributes;
  if (stat(path.c_str(), &attributes) == 0 &&
      (attributes.st_mode & S_IWOTH) != 0) {
    return absl::InvalidArgumentError(
        absl::StrCat(path, ": everybody may write it; chmod o-w"));
  }
  const ConfigFile file(path);
  HEAPD_ASSIGN_OR_RETURN(const YAML::Node list, file.Load());
  std::vector<TokenEntry> entries;
  if (list.IsNull()) return entries;
  HEAPD_ASSIGN_OR_RETURN(const std::vector<std::string> texts,
                         file.ReadTokens(list));
  for (const std::string& text : texts) {
    HEAPD_ASSIGN_OR_RETURN(TokenEntry entry, ParseTokenEntry(text));
    entries.push_back(std::move(entry));
  }
  return entries;
}

}  // namespace heapd::server
