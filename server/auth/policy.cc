#include "server/auth/policy.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/strip.h"

namespace heapd::server {
namespace {

bool IsFor(const PolicyRule& rule, const Principal& principal) {
  const auto names_caller = [&principal](const NamePattern& pattern) {
    return pattern.MatchesPrincipal(principal.name);
  };
  if (std::any_of(rule.principals.begin(), rule.principals.end(),
                  names_caller)) {
    return true;
  }
  for (const std::string& group : principal.groups) {
    const auto names_group = [&group](const NamePattern& pattern) {
      return pattern.Matches(group);
    };
    if (std::any_of(rule.groups.begin(), rule.groups.end(), names_group)) {
      return true;
    }
  }
  return false;
}

bool IsOn(const PolicyRule& rule, absl::string_view heap) {
  return std::any_of(
      rule.heaps.begin(), rule.heaps.end(),
      [heap](const NamePattern& pattern) { return pattern.Matches(heap); });
}

PolicyRule OnAllHeaps(absl::string_view principal, PermissionSet permissions) {
  PolicyRule rule;
  rule.principals.emplace_back(principal);
  rule.heaps.emplace_back("*");
  rule.permissions = permissions;
  return rule;
}

}  // namespace

NamePattern::NamePattern(absl::string_view text) {
  is_prefix_ = absl::ConsumeSuffix(&text, "*");
  text_ = std::string(text);
}

bool NamePattern::Matches(absl::string_view name) const {
  return is_prefix_ ? absl::StartsWith(name, text_) : name == text_;
}

bool NamePattern::MatchesPrincipal(absl::string_view name) const {
  if (name == kAnonymousName) return !is_prefix_ && text_ == kAnonymousName;
  return Matches(name);
}

Policy Policy::BuiltIn(bool loopback_only) {
  const PermissionSet anonymous =
      loopback_only ? PermissionSet{Permission::kHealth,  Permission::kMetrics,
                                    Permission::kRead,    Permission::kMutate,
                                    Permission::kCollect, Permission::kAdmin}
                    : PermissionSet{Permission::kHealth};
  return Policy({OnAllHeaps(kAnonymousName, anonymous),
                 OnAllHeaps("*", PermissionSet::All())});
}

PermissionSet Policy::PermissionsOn(const Principal& principal,
                                    absl::string_view heap) const {
  PermissionSet permissions;
  for (const PolicyRule& rule : rules_) {
    // Heaps first: with many rules most are about others, and a heap's name is
    // shorter than a caller's and his groups'.
    if (permissions.HasAll(rule.permissions) || !IsOn(rule, heap)) continue;
    if (IsFor(rule, principal)) permissions.Add(rule.permissions);
  }
  return permissions;
}

PermissionSet Policy::PermissionsOnAny(const Principal& principal) const {
  PermissionSet permissions;
  for (const PolicyRule& rule : rules_) {
    if (permissions.HasAll(rule.permissions)) continue;
    if (IsFor(rule, principal)) permissions.Add(rule.permissions);
  }
  return permissions;
}

}  // namespace heapd::server
