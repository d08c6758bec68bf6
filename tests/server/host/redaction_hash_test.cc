#include "server/host/redaction_hash.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "absl/strings/str_cat.h"

namespace heapd::server {
namespace {

TEST(RedactionHashTest, EqualContentsHaveEqualHashes) {
  const RedactionKey key;
  const auto one = key.NewHash();
  const auto other = key.NewHash();
  EXPECT_EQ(one("content"), one("content"));
  EXPECT_EQ(one("content"), other("content"));
  EXPECT_EQ(one(""), other(""));
  std::set<uint64_t> hashes;
  for (int i = 0; i < 10'000; ++i) hashes.insert(one(absl::StrCat(i)));
  EXPECT_EQ(hashes.size(), 10'000u);
}

TEST(RedactionHashTest, AnotherKeyHasOthers) {
  EXPECT_NE(RedactionKey().NewHash()("content"),
            RedactionKey().NewHash()("content"));
}

}  // namespace
}  // namespace heapd::server
