// Callers ask while the policy is replaced again and again: each answer is that
// of one policy or another, and after a replacement that of no older one.

#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "server/auth/access_control.h"

namespace heapd::server {
namespace {

constexpr PermissionSet kFirst = {Permission::kRead, Permission::kSnapshot};
constexpr PermissionSet kSecond = {Permission::kMutate, Permission::kAdmin};

Policy Permit(PermissionSet permissions) {
  PolicyRule rule;
  rule.principals.emplace_back("*");
  rule.heaps.emplace_back("*");
  rule.permissions = permissions;
  return Policy({rule});
}

TEST(AccessControlRaceTest, EveryAnswerIsThatOfOnePolicy) {
  AccessControl access(Permit(kFirst));
  std::atomic<bool> done{false};
  std::atomic<int> mixed{0};
  std::vector<std::thread> callers;
  for (int thread = 0; thread < 3; ++thread) {
    callers.emplace_back([&, thread] {
      const Principal principal{absl::StrCat("token:", thread)};
      for (int i = 0; !done.load(); ++i) {
        const PermissionSet got =
            access.PermissionsOn(principal, absl::StrCat("heap-", i % 100));
        if (!(got == kFirst) && !(got == kSecond)) ++mixed;
      }
    });
  }
  const Principal asker{"token:asker"};
  for (int i = 0; i < 300; ++i) {
    const PermissionSet now = i % 2 == 0 ? kSecond : kFirst;
    access.Replace(Permit(now));
    for (int heap = 0; heap < 20; ++heap) {
      EXPECT_EQ(access.PermissionsOn(asker, absl::StrCat("heap-", heap)), now);
    }
  }
  done = true;
  for (std::thread& caller : callers) caller.join();
  EXPECT_EQ(mixed.load(), 0);
}

}  // namespace
}  // namespace heapd::server
