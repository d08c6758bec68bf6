#ifndef HEAPD_SERVER_AUTH_POLICY_H_
#define HEAPD_SERVER_AUTH_POLICY_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "server/auth/permission.h"
#include "server/auth/principal.h"

namespace heapd::server {

// An exact text, or with a '*' at its end the beginning of one. A value.
class NamePattern {
 public:
  explicit NamePattern(absl::string_view text);

  bool Matches(absl::string_view name) const;
  // The same, but the name of a caller without credentials is matched only by
  // itself: "everybody" means everybody who is known.
  bool MatchesPrincipal(absl::string_view name) const;

 private:
  std::string text_;
  bool is_prefix_ = false;
};

// What some callers may do on some heaps. It is for who is one of `principals`
// or in one of `groups`.
struct PolicyRule {
  std::vector<NamePattern> principals;
  std::vector<NamePattern> groups;
  std::vector<NamePattern> heaps;
  PermissionSet permissions;
};

// Who may do what. What no rule permits is not permitted; no rule takes away
// what another gives. Thread-safe: immutable.
class Policy {
 public:
  // Permits nothing.
  Policy() = default;
  explicit Policy(std::vector<PolicyRule> rules) : rules_(std::move(rules)) {}

  // Without a policy file: who has credentials may do everything. Without any,
  // everything but snapshots where only this machine can connect
  // (`loopback_only`), else only asking for health.
  static Policy BuiltIn(bool loopback_only);

  // What `principal` may do with that heap, whether it exists or not.
  PermissionSet PermissionsOn(const Principal& principal,
                              absl::string_view heap) const;
  // What `principal` may do with one heap or another.
  PermissionSet PermissionsOnAny(const Principal& principal) const;

  size_t rule_count() const { return rules_.size(); }

 private:
  std::vector<PolicyRule> rules_;
};

}  // namespace heapd::server

#endif  // HEAPD_SERVER_AUTH_POLICY_H_
