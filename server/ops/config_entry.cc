#include "server/ops/config_entry.h"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <set>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/strip.h"
#include "server/ops/config_value.h"

namespace heapd::server {
namespace {

constexpr size_t kMaxNameBytes = 64;
constexpr size_t kMaxHeapBytes = 63;
constexpr size_t kMaxLabelBytes = 256;

absl::Status NoMap(absl::string_view what, absl::string_view why) {
  return absl::InvalidArgumentError(
      absl::StrCat("a ", what, " must be a map, {name: NAME, ...}", why));
}

absl::StatusOr<EntryTexts> ReadMap(absl::string_view what,
                                   const YAML::Node& map) {
  if (!map.IsMap()) return NoMap(what, "");
  EntryTexts texts;
  std::set<std::string> seen;
  for (const auto& pair : map) {
    if (!pair.first.IsScalar() || !pair.second.IsScalar()) {
      return NoMap(what, " of plain texts");
    }
    texts.emplace_back(pair.first.Scalar(), pair.second.Scalar());
  }
  for (const auto& [key, value] : texts) {
    if (!seen.insert(key).second) {
      return WrongEntry(what, NameIn(texts), key, "is set twice");
    }
  }
  return texts;
}

}  // namespace

absl::StatusOr<EntryTexts> ParseEntryTexts(absl::string_view what,
                                           absl::string_view text) {
  try {
    return ReadMap(what, YAML::Load(std::string(text)));
  } catch (const YAML::Exception& error) {
    return NoMap(what, absl::StrCat(": ", error.msg));
  }
}

std::string FormatEntryTexts(const EntryTexts& texts) {
  YAML::Emitter out;
  out << YAML::Flow << YAML::BeginMap;
  for (const auto& [key, value] : texts) {
    out << YAML::Key << key << YAML::Value << value;
  }
  out << YAML::EndMap;
  return out.c_str();
}

std::string NameEntry(absl::string_view what, absl::string_view name) {
  return name.empty() ? absl::StrCat("a ", what)
                      : absl::StrCat(what, " '", name, "'");
}

absl::Status WrongEntry(absl::string_view what, absl::string_view name,
                        absl::string_view key, absl::string_view problem) {
  return absl::InvalidArgumentError(
      absl::StrCat(NameEntry(what, name), ": ", key, " ", problem));
}

absl::Status UnknownEntryKey(absl::string_view what, absl::string_view name,
                             absl::string_view key,
                             const std::vector<absl::string_view>& known) {
  const absl::string_view closest = ClosestWord(key, known);
  return absl::InvalidArgumentError(absl::StrCat(
      NameEntry(what, name), ": there is no key '", key, "'",
      closest.empty() ? "" : absl::StrCat(", did you mean '", closest, "'?")));
}

absl::Status CheckEntryName(absl::string_view what, absl::string_view name) {
  const bool is_name =
      !name.empty() && name.size() <= kMaxNameBytes &&
      std::all_of(name.begin(), name.end(), [](unsigned char c) {
        return absl::ascii_isalnum(c) || c == '.' || c == '_' || c == '-';
      });
  if (is_name) return absl::OkStatus();
  return WrongEntry(what, name, "name",
                    "must be 1 to 64 of a-z, A-Z, 0-9, '.', '_', '-'");
}

absl::Status CheckHeapPattern(absl::string_view what, absl::string_view name,
                              absl::string_view pattern) {
  absl::string_view text = pattern;
  const bool is_prefix = absl::ConsumeSuffix(&text, "*");
  const bool is_pattern =
      (is_prefix || !text.empty()) && text.size() <= kMaxHeapBytes &&
      std::all_of(text.begin(), text.end(), [](unsigned char c) {
        return absl::ascii_islower(c) || absl::ascii_isdigit(c) || c == '-';
      });
  if (is_pattern) return absl::OkStatus();
  return WrongEntry(what, name, "heap",
                    "must be the id of a heap, or the beginning of ids with a "
                    "'*' behind it");
}

absl::Status CheckSnapshotTerms(absl::string_view what, absl::string_view name,
                                absl::string_view label,
                                absl::string_view compression) {
  if (label.size() > kMaxLabelBytes) {
    return WrongEntry(what, name, "label", "must have at most 256 bytes");
  }
  if (compression != "none" && compression != "zstd" && compression != "gzip") {
    return WrongEntry(what, name, "compression", "must be none, zstd or gzip");
  }
  return absl::OkStatus();
}

absl::Status ReadEntryValue(absl::string_view text, std::string* value) {
  if (text.find('\0') != absl::string_view::npos) {
    return absl::InvalidArgumentError("must not contain a NUL character");
  }
  *value = std::string(text);
  return absl::OkStatus();
}

absl::Status ReadEntryValue(absl::string_view text, int64_t* value) {
  if (absl::SimpleAtoi(text, value)) return absl::OkStatus();
  return absl::InvalidArgumentError("must be an integer");
}

absl::Status ReadEntryValue(absl::string_view text, absl::Duration* value) {
  if (absl::ParseDuration(text, value)) return absl::OkStatus();
  return absl::InvalidArgumentError(
      "must be a duration such as 250ms, 10s, 5m or 24h");
}

std::string NameIn(const EntryTexts& texts) {
  for (const auto& [key, value] : texts) {
    if (key == "name") return value.substr(0, kMaxNameBytes);
  }
  return "";
}

}  // namespace heapd::server
