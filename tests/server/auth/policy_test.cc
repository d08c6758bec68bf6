#include "server/auth/policy.h"

#include <gtest/gtest.h>

namespace heapd::server {
namespace {

const Principal kAnonymous{std::string(kAnonymousName)};
const Principal kAlice{"token:alice"};
const Principal kShop{"cert:spiffe://example.org/shop-1", {"shop", "web"}};

PolicyRule Rule(std::vector<NamePattern> principals,
                std::vector<NamePattern> groups, std::vector<NamePattern> heaps,
                PermissionSet permissions) {
  return {std::move(principals), std::move(groups), std::move(heaps),
          permissions};
}

TEST(PermissionTest, EveryPermissionHasAWordThatIsRead) {
  for (int i = 0; i < kPermissionCount; ++i) {
    const auto permission = static_cast<Permission>(i);
    EXPECT_EQ(ParsePermission(PermissionName(permission)), permission);
    EXPECT_TRUE(PermissionSet::All().Has(permission));
  }
  EXPECT_EQ(ParsePermission("root"), absl::nullopt);
  EXPECT_EQ(ParsePermission(""), absl::nullopt);
}

TEST(PermissionTest, TheFirstMissingOneIsNamed) {
  const PermissionSet some = {Permission::kRead, Permission::kSnapshot};
  EXPECT_EQ(some.FirstMissing({Permission::kSnapshot, Permission::kAdmin}),
            Permission::kAdmin);
  EXPECT_EQ(PermissionSet().FirstMissing(PermissionSet::All()),
            Permission::kHealth);
}

TEST(PolicyTest, WithoutARuleNothingIsPermitted) {
  EXPECT_TRUE(Policy().PermissionsOn(kAlice, "shop").empty());
  EXPECT_TRUE(Policy().PermissionsOnAny(kAlice).empty());
}

TEST(PolicyTest, ARuleIsForItsPrincipalsAndGroupsOnItsHeaps) {
  const Policy policy({Rule({NamePattern("token:alice")}, {NamePattern("sho*")},
                            {NamePattern("cache-*"), NamePattern("top")},
                            {Permission::kRead})});
  for (const Principal& principal : {kAlice, kShop}) {
    EXPECT_EQ(policy.PermissionsOn(principal, "cache-1"),
              PermissionSet{Permission::kRead});
    EXPECT_EQ(policy.PermissionsOn(principal, "top"),
              PermissionSet{Permission::kRead});
    EXPECT_TRUE(policy.PermissionsOn(principal, "cache").empty());
    EXPECT_TRUE(policy.PermissionsOn(principal, "topmost").empty());
    EXPECT_TRUE(policy.PermissionsOn(principal, "").empty());
    EXPECT_EQ(policy.PermissionsOnAny(principal),
              PermissionSet{Permission::kRead});
  }
  EXPECT_TRUE(policy.PermissionsOn({"token:alice2"}, "top").empty());
  EXPECT_TRUE(policy.PermissionsOn({"token:bob", {"web"}}, "top").empty());
}

TEST(PolicyTest, RulesAdd) {
  const Policy policy(
      {Rule({NamePattern("token:*")}, {}, {NamePattern("*")},
            {Permission::kRead}),
       Rule({NamePattern("token:alice")}, {}, {NamePattern("shop")},
            {Permission::kMutate, Permission::kRead})});
  EXPECT_EQ(policy.PermissionsOn(kAlice, "shop"),
            (PermissionSet{Permission::kRead, Permission::kMutate}));
  EXPECT_EQ(policy.PermissionsOn(kAlice, "other"),
            PermissionSet{Permission::kRead});
}

TEST(PolicyTest, EverybodyIsEverybodyWhoIsKnown) {
  const Policy policy(
      {Rule({NamePattern("*"), NamePattern("anon*")}, {NamePattern("*")},
            {NamePattern("*")}, {Permission::kRead})});
  EXPECT_TRUE(policy.PermissionsOn(kAlice, "shop").Has(Permission::kRead));
  EXPECT_TRUE(policy.PermissionsOn(kAnonymous, "shop").empty());
  const Policy open({Rule({NamePattern("anonymous")}, {}, {NamePattern("*")},
                          {Permission::kRead})});
  EXPECT_TRUE(open.PermissionsOn(kAnonymous, "shop").Has(Permission::kRead));
  EXPECT_TRUE(open.PermissionsOn(kAlice, "shop").empty());
}

TEST(PolicyTest, TheBuiltInOneKeepsSnapshotsFromWhoIsNotKnown) {
  const Policy policy = Policy::BuiltIn(/*loopback_only=*/true);
  EXPECT_EQ(policy.PermissionsOn(kAlice, "shop"), PermissionSet::All());
  const PermissionSet anonymous = policy.PermissionsOn(kAnonymous, "shop");
  EXPECT_TRUE(anonymous.HasAll({Permission::kHealth, Permission::kMetrics,
                                Permission::kRead, Permission::kMutate,
                                Permission::kCollect, Permission::kAdmin}));
  EXPECT_FALSE(
      anonymous.HasAny({Permission::kSnapshot, Permission::kSnapshotWithValues,
                        Permission::kDownload}));
}

TEST(PolicyTest, WhereOthersCanConnectWhoIsNotKnownMayAskForHealthOnly) {
  const Policy policy = Policy::BuiltIn(/*loopback_only=*/false);
  EXPECT_EQ(policy.PermissionsOn(kAlice, "shop"), PermissionSet::All());
  EXPECT_EQ(policy.PermissionsOnAny(kAnonymous),
            PermissionSet{Permission::kHealth});
}

}  // namespace
}  // namespace heapd::server
