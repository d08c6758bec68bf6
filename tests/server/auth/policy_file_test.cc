#include "server/auth/policy_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "tests/server/support/temporary_directory.h"

namespace heapd::server {
namespace {

using ::testing::HasSubstr;

constexpr char kGood[] = R"(rules:
  - principals: ["token:alice", "cert:shop-*"]
    heaps: [shop, "cache-*"]
    permissions: [read, mutate]
  - groups: [operators]
    heaps: ["*"]
    permissions: [snapshot, snapshot-with-values, download, admin]
  - principals: [anonymous]
    permissions: [health]
)";

std::string ErrorOf(const std::string& text) {
  const absl::StatusOr<Policy> policy = ParsePolicy("p.yaml", text);
  return policy.ok() ? "none" : std::string(policy.status().message());
}

TEST(PolicyFileTest, RulesAreRead) {
  const absl::StatusOr<Policy> policy = ParsePolicy("p.yaml", kGood);
  ASSERT_TRUE(policy.ok()) << policy.status();
  EXPECT_EQ(policy->rule_count(), 3u);
  EXPECT_EQ(policy->PermissionsOn({"cert:shop-7"}, "cache-1"),
            (PermissionSet{Permission::kRead, Permission::kMutate}));
  EXPECT_EQ(
      policy->PermissionsOn({"jwt:bob", {"operators"}}, "x"),
      (PermissionSet{Permission::kSnapshot, Permission::kSnapshotWithValues,
                     Permission::kDownload, Permission::kAdmin}));
  EXPECT_EQ(policy->PermissionsOnAny({"anonymous"}),
            PermissionSet{Permission::kHealth});
  EXPECT_TRUE(policy->PermissionsOn({"anonymous"}, "shop").empty());
}

TEST(PolicyFileTest, NoRulesPermitNothing) {
  const absl::StatusOr<Policy> policy = ParsePolicy("p.yaml", "rules: []\n");
  ASSERT_TRUE(policy.ok()) << policy.status();
  EXPECT_TRUE(policy->PermissionsOnAny({"token:alice"}).empty());
}

TEST(PolicyFileTest, AnErrorNamesFileLineAndWhat) {
  const std::string rule = "rules:\n  - principals: [a]\n    heaps: [b]\n";
  const struct {
    std::string text;
    const char* error;
  } kCases[] = {
      {"", "p.yaml:1: must be a map with 'rules'"},
      {"rules:\n", "p.yaml:1: 'rules' must be a list"},
      {"rule: []\n", "p.yaml:1: unknown key 'rule', did you mean 'rules'?"},
      {"rules: []\nrules: []\n", "p.yaml:2: 'rules' is set twice"},
      {"rules: [\n", "p.yaml:2: "},
      {"rules:\n  - read\n", "p.yaml:2: a rule must be a map"},
      {rule, "p.yaml:2: a rule needs 'permissions'"},
      {rule + "    permissions: [reed]\n",
       "p.yaml:4: unknown permission 'reed', did you mean 'read'?"},
      {rule + "    permissions: []\n",
       "p.yaml:4: 'permissions' must be a list with an entry or more"},
      {rule + "    permissions: read\n", "p.yaml:4: 'permissions' must be"},
      {rule + "    permissions: [[read]]\n",
       "p.yaml:4: an entry of 'permissions' must be a plain text"},
      {rule + "    permission: [read]\n",
       "p.yaml:4: unknown key 'permission', did you mean 'permissions'?"},
      {"rules:\n  - heaps: [b]\n    permissions: [read]\n",
       "p.yaml:2: a rule needs 'principals' or 'groups'"},
      {"rules:\n  - groups: [b]\n    permissions: [read]\n",
       "p.yaml:2: a rule needs 'heaps'"},
      {"rules:\n  - groups: [b]\n    heaps: [\"a*b\"]\n",
       "p.yaml:3: 'a*b': a '*' may stand at the end only"},
      {"rules:\n  - groups: [b]\n    heaps: [\"**\"]\n",
       "p.yaml:3: '**': a '*' may stand at the end only"},
      {"rules:\n  - groups: [b]\n    heaps: [\"\"]\n",
       "p.yaml:3: an entry of 'heaps' must be a plain text"},
  };
  for (const auto& bad : kCases) {
    EXPECT_THAT(ErrorOf(bad.text), HasSubstr(bad.error)) << bad.text;
  }
}

TEST(PolicyFileTest, DeepNestingIsAnError) {
  EXPECT_THAT(ErrorOf("rules: " + std::string(100'000, '[')),
              HasSubstr("p.yaml:1: "));
  EXPECT_THAT(ErrorOf("rules:\n  - " + std::string(100'000, '{')),
              HasSubstr("p.yaml:"));
}

TEST(PolicyFileTest, AliasesCannotMakeAPolicyLarge) {
  std::string text = "names: &n [";
  for (int i = 0; i < 1000; ++i) absl::StrAppend(&text, i != 0 ? "," : "", i);
  absl::StrAppend(&text, "]\nrules:\n");
  for (int i = 0; i < 200; ++i) {
    absl::StrAppend(&text,
                    "  - {principals: *n, heaps: [a], permissions: [read]}\n");
  }
  // The list of names needs a place of its own, which a policy does not have.
  EXPECT_THAT(ErrorOf(text), HasSubstr("unknown key 'names'"));
  text = "rules:\n  - {principals: &n [";
  for (int i = 0; i < 1000; ++i) absl::StrAppend(&text, i != 0 ? "," : "", i);
  absl::StrAppend(&text, "], heaps: [a], permissions: [read]}\n");
  for (int i = 0; i < 200; ++i) {
    absl::StrAppend(&text,
                    "  - {principals: *n, heaps: [a], permissions: [read]}\n");
  }
  EXPECT_THAT(ErrorOf(text), HasSubstr("over 100000 principals"));
}

TEST(PolicyFileTest, AFileIsReadUnlessEverybodyMayWriteIt) {
  const TemporaryDirectory directory;
  const std::string path = directory.Write("policy.yaml", kGood);
  EXPECT_TRUE(LoadPolicy(path).ok());
  ASSERT_EQ(chmod(path.c_str(), 0606), 0);
  EXPECT_THAT(std::string(LoadPolicy(path).status().message()),
              HasSubstr("everybody may write it"));
  EXPECT_THAT(
      std::string(LoadPolicy(directory.Path("none")).status().message()),
      HasSubstr("cannot read"));
}

}  // namespace
}  // namespace heapd::server
