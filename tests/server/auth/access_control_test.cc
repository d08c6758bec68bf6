#include "server/auth/access_control.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"

namespace heapd::server {
namespace {

Policy Permit(const std::string& principal, const std::string& group,
              const std::string& heap, Permission permission) {
  PolicyRule rule;
  if (!principal.empty()) rule.principals.emplace_back(principal);
  if (!group.empty()) rule.groups.emplace_back(group);
  rule.heaps.emplace_back(heap);
  rule.permissions = {permission};
  return Policy({rule});
}

TEST(AccessControlTest, AnswersAsThePolicyDoesAlsoTheSecondTime) {
  const AccessControl access(
      Permit("token:alice", "", "shop*", Permission::kRead));
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(
        access.PermissionsOn({"token:alice"}, "shop-1").Has(Permission::kRead));
    EXPECT_TRUE(access.PermissionsOn({"token:alice"}, "sho").empty());
    EXPECT_TRUE(access.PermissionsOn({"token:bob"}, "shop-1").empty());
    EXPECT_TRUE(
        access.PermissionsOnAny({"token:alice"}).Has(Permission::kRead));
    EXPECT_TRUE(access.PermissionsOnAny({"token:bob"}).empty());
  }
}

TEST(AccessControlTest, ANewPolicyIsAskedFromThenOn) {
  AccessControl access(Permit("token:alice", "", "*", Permission::kRead));
  EXPECT_TRUE(
      access.PermissionsOn({"token:alice"}, "shop").Has(Permission::kRead));
  access.Replace(Permit("token:alice", "", "*", Permission::kMutate));
  EXPECT_EQ(access.PermissionsOn({"token:alice"}, "shop"),
            PermissionSet{Permission::kMutate});
  access.Replace(Policy());
  EXPECT_TRUE(access.PermissionsOn({"token:alice"}, "shop").empty());
  EXPECT_TRUE(access.PermissionsOnAny({"token:alice"}).empty());
}

TEST(AccessControlTest, ANameIsNotEnoughToRememberACallerBy) {
  const AccessControl access(Permit("", "ops", "*", Permission::kAdmin));
  EXPECT_TRUE(access.PermissionsOn({"jwt:bob", {"ops"}}, "shop")
                  .Has(Permission::kAdmin));
  EXPECT_TRUE(access.PermissionsOn({"jwt:bob", {}}, "shop").empty());
  EXPECT_TRUE(access.PermissionsOn({"jwt:bob", {"web"}}, "shop").empty());
  EXPECT_TRUE(access.PermissionsOn({"jwt:bob", {"web", "ops"}}, "shop")
                  .Has(Permission::kAdmin));
}

TEST(AccessControlTest, WhatIsNoHeapIdIsAskedEachTime) {
  const AccessControl access(Permit("token:a", "", "*", Permission::kRead));
  EXPECT_TRUE(access.PermissionsOn({"token:a"}, "*").Has(Permission::kRead));
  EXPECT_TRUE(access.PermissionsOn({"token:a"}, "").Has(Permission::kRead));
  EXPECT_TRUE(access.PermissionsOn({"token:a"}, std::string(1 << 20, 'h'))
                  .Has(Permission::kRead));
  // Asking for any heap is another question than asking for a heap "*".
  const AccessControl one(Permit("token:a", "", "shop", Permission::kRead));
  EXPECT_TRUE(one.PermissionsOnAny({"token:a"}).Has(Permission::kRead));
  EXPECT_TRUE(one.PermissionsOn({"token:a"}, "*").empty());
}

TEST(AccessControlTest, ManyHeapsAreAnsweredRightly) {
  const AccessControl access(
      Permit("token:a", "", "even-*", Permission::kRead));
  for (int round = 0; round < 2; ++round) {
    for (int i = 0; i < 30'000; ++i) {
      const std::string heap = absl::StrCat(i % 2 == 0 ? "even-" : "odd-", i);
      ASSERT_EQ(access.PermissionsOn({"token:a"}, heap).empty(), i % 2 != 0);
    }
  }
}

}  // namespace
}  // namespace heapd::server
