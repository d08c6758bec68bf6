#include "server/auth/policy_file.h"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <array>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/types/optional.h"
#include "heap/base/status_macros.h"
#include "server/auth/small_file.h"
#include "server/ops/config_value.h"

namespace heapd::server {
namespace {

constexpr size_t kMaxFileBytes = 1 << 20;
// YAML's aliases let a small file mean a large one.
constexpr size_t kMaxPatterns = 100'000;
constexpr std::array<absl::string_view, 4> kRuleKeys = {"principals", "groups",
                                                        "heaps", "permissions"};

// One policy being read: gives errors their "FILE:LINE: ". Single-threaded.
class PolicyReader {
 public:
  explicit PolicyReader(const std::string& path) : path_(path) {}

  absl::StatusOr<Policy> Read(const std::string& text);

 private:
  absl::Status At(int zero_based_line, absl::string_view message) const {
    // What YAML itself gives no place to is about the whole file.
    return absl::InvalidArgumentError(absl::StrCat(
        path_, ":", std::max(zero_based_line, 0) + 1, ": ", message));
  }
  absl::Status At(const YAML::Node& node, absl::string_view message) const {
    return At(node.Mark().line, message);
  }
  absl::Status Unknown(const YAML::Node& node, absl::string_view what,
                       const std::vector<absl::string_view>& known) const;
  // Each key a plain word of `known`, at most once.
  absl::Status CheckKeys(const YAML::Node& map,
                         const std::vector<absl::string_view>& known) const;
  absl::StatusOr<Policy> ReadRules(const YAML::Node& file);
  absl::StatusOr<PolicyRule> ReadRule(const YAML::Node& node);
  // The entries of a list that is not empty; none if there is no such key.
  absl::StatusOr<std::vector<YAML::Node>> ReadList(const YAML::Node& rule,
                                                   const char* key) const;
  absl::StatusOr<std::vector<NamePattern>> ReadPatterns(const YAML::Node& rule,
                                                        const char* key);
  absl::StatusOr<PermissionSet> ReadPermissions(const YAML::Node& rule) const;

  const std::string path_;
  size_t pattern_count_ = 0;
};

absl::Status PolicyReader::Unknown(
    const YAML::Node& node, absl::string_view what,
    const std::vector<absl::string_view>& known) const {
  const std::string& word = node.Scalar();
  const absl::string_view closest = ClosestWord(word, known);
  return At(node, absl::StrCat("unknown ", what, " '", word, "'",
                               closest.empty() ? "" : ", did you mean '",
                               closest, closest.empty() ? "" : "'?"));
}

absl::Status PolicyReader::CheckKeys(
    const YAML::Node& map, const std::vector<absl::string_view>& known) const {
  std::vector<std::string> seen;
  for (const auto& entry : map) {
    if (!entry.first.IsScalar()) {
      return At(entry.first, "a key must be a plain word");
    }
    const std::string& key = entry.first.Scalar();
    if (std::find(known.begin(), known.end(), key) == known.end()) {
      return Unknown(entry.first, "key", known);
    }
    // YAML itself lets a key come twice and ignores the second.
    if (std::find(seen.begin(), seen.end(), key) != seen.end()) {
      return At(entry.first, absl::StrCat("'", key, "' is set twice"));
    }
    seen.push_back(key);
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<YAML::Node>> PolicyReader::ReadList(
    const YAML::Node& rule, const char* key) const {
  const YAML::Node list = rule[key];
  if (!list.IsDefined()) return std::vector<YAML::Node>();
  if (!list.IsSequence() || list.size() == 0) {
    return At(list.IsNull() ? rule : list,
              absl::StrCat("'", key, "' must be a list with an entry or more"));
  }
  std::vector<YAML::Node> entries;
  for (const YAML::Node& entry : list) {
    if (!entry.IsScalar() || entry.Scalar().empty()) {
      return At(entry.IsNull() ? list : entry,
                absl::StrCat("an entry of '", key, "' must be a plain text"));
    }
    entries.push_back(entry);
  }
  return entries;
}

absl::StatusOr<std::vector<NamePattern>> PolicyReader::ReadPatterns(
    const YAML::Node& rule, const char* key) {
  HEAPD_ASSIGN_OR_RETURN(const std::vector<YAML::Node> entries,
                         ReadList(rule, key));
  std::vector<NamePattern> patterns;
  patterns.reserve(entries.size());
  for (const YAML::Node& entry : entries) {
    const std::string& text = entry.Scalar();
    if (text.find('*') < text.size() - 1) {
      return At(entry, absl::StrCat("'", text,
                                    "': a '*' may stand at the end "
                                    "only"));
    }
    if (++pattern_count_ > kMaxPatterns) {
      return At(entry, absl::StrCat("over ", kMaxPatterns,
                                    " principals, groups and heaps"));
    }
    patterns.emplace_back(text);
  }
  return patterns;
}

absl::StatusOr<PermissionSet> PolicyReader::ReadPermissions(
    const YAML::Node& rule) const {
  HEAPD_ASSIGN_OR_RETURN(const std::vector<YAML::Node> entries,
                         ReadList(rule, "permissions"));
  if (entries.empty()) return At(rule, "a rule needs 'permissions'");
  PermissionSet permissions;
  for (const YAML::Node& entry : entries) {
    const absl::optional<Permission> permission =
        ParsePermission(entry.Scalar());
    if (!permission.has_value()) {
      std::vector<absl::string_view> known;
      known.reserve(kPermissionCount);
      for (int i = 0; i < kPermissionCount; ++i) {
        known.push_back(PermissionName(static_cast<Permission>(i)));
      }
      return Unknown(entry, "permission", known);
    }
    permissions.Add(*permission);
  }
  return permissions;
}

absl::StatusOr<PolicyRule> PolicyReader::ReadRule(const YAML::Node& node) {
  if (!node.IsMap()) {
    return At(node,
              "a rule must be a map of principals or groups, heaps and "
              "permissions");
  }
  HEAPD_RETURN_IF_ERROR(CheckKeys(node, {kRuleKeys.begin(), kRuleKeys.end()}));
  PolicyRule rule;
  HEAPD_ASSIGN_OR_RETURN(rule.principals, ReadPatterns(node, "principals"));
  HEAPD_ASSIGN_OR_RETURN(rule.groups, ReadPatterns(node, "groups"));
  HEAPD_ASSIGN_OR_RETURN(rule.heaps, ReadPatterns(node, "heaps"));
  HEAPD_ASSIGN_OR_RETURN(rule.permissions, ReadPermissions(node));
  if (rule.principals.empty() && rule.groups.empty()) {
    return At(node, "a rule needs 'principals' or 'groups'");
  }
  // Health is of no heap; everything else is.
  if (rule.heaps.empty() &&
      !PermissionSet{Permission::kHealth}.HasAll(rule.permissions)) {
    return At(node, "a rule needs 'heaps'");
  }
  return rule;
}

absl::StatusOr<Policy> PolicyReader::ReadRules(const YAML::Node& file) {
  if (!file.IsMap()) return At(file, "must be a map with 'rules'");
  HEAPD_RETURN_IF_ERROR(CheckKeys(file, {"rules"}));
  const YAML::Node list = file["rules"];
  // An empty file is a mistake more often than the wish to permit nothing,
  // which is written as an empty list.
  if (!list.IsDefined() || !list.IsSequence()) {
    return At(file, "'rules' must be a list");
  }
  std::vector<PolicyRule> rules;
  rules.reserve(list.size());
  for (const YAML::Node& node : list) {
    HEAPD_ASSIGN_OR_RETURN(PolicyRule rule, ReadRule(node));
    rules.push_back(std::move(rule));
  }
  return Policy(std::move(rules));
}

absl::StatusOr<Policy> PolicyReader::Read(const std::string& text) {
  YAML::Node file;
  // yaml-cpp reports by exception; this is the one place where they are caught.
  try {
    file = YAML::Load(text);
    return ReadRules(file);
  } catch (const YAML::Exception& error) {
    return At(error.mark.line, error.msg);
  }
}

}  // namespace

absl::StatusOr<Policy> ParsePolicy(const std::string& path,
                                   const std::string& text) {
  return PolicyReader(path).Read(text);
}

absl::StatusOr<Policy> LoadPolicy(const std::string& path) {
  HEAPD_ASSIGN_OR_RETURN(const std::string text,
                         ReadSmallFile(path, kMaxFileBytes));
  return ParsePolicy(path, text);
}

}  // namespace heapd::server
