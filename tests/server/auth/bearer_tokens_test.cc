#include "server/auth/bearer_tokens.h"

#include <gtest/gtest.h>

#include <string>

namespace heapd::server {
namespace {

// printf %s test | sha256sum, and the same of "other".
const char kTestDigest[] =
    "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
const char kOtherDigest[] =
    "d9298a10d1b0735837dc4bd85dac641b0f3cef27a47e5d53a54f2f3f5b2fcffa";

BearerTokens TwoTokens() {
  BearerTokens tokens;
  EXPECT_TRUE(tokens.Add("alice", kTestDigest).ok());
  EXPECT_TRUE(tokens.Add("bob", kOtherDigest).ok());
  return tokens;
}

TEST(BearerTokensTest, AKnownTokenNamesItsOwner) {
  const BearerTokens tokens = TwoTokens();
  EXPECT_EQ(tokens.Find(DigestOf("test"))->name, "token:alice");
  EXPECT_EQ(tokens.Find(DigestOf("other"))->name, "token:bob");
  EXPECT_TRUE(tokens.Find(DigestOf("test"))->groups.empty());
}

TEST(BearerTokensTest, NobodyHasAnotherToken) {
  const BearerTokens tokens = TwoTokens();
  for (const char* token : {"", "Test", "test ", " test", "alice"}) {
    EXPECT_EQ(tokens.Find(DigestOf(token)), nullptr) << token;
  }
}

TEST(BearerTokensTest, TheDigestItselfIsNoToken) {
  EXPECT_EQ(TwoTokens().Find(DigestOf(kTestDigest)), nullptr);
}

TEST(BearerTokensTest, WrongDigestsAndNamesThatAreThereAreRefused) {
  BearerTokens tokens = TwoTokens();
  EXPECT_FALSE(tokens.Add("alice", kOtherDigest).ok());
  EXPECT_FALSE(tokens.Add("carol", "abc").ok());
  EXPECT_FALSE(tokens.Add("carol", std::string(64, 'g')).ok());
  EXPECT_EQ(tokens.size(), 2u);
}

}  // namespace
}  // namespace heapd::server
