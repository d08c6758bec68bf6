#include "server/ops/address.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace heapd::server {
namespace {

using ::testing::HasSubstr;

TEST(AddressTest, LoopbackAddressesAreTaken) {
  EXPECT_EQ(ResolveAddress("127.0.0.1:7700")->front().ToString(),
            "127.0.0.1:7700");
  EXPECT_EQ(ResolveAddress("127.9.9.9:1")->front().ToString(), "127.9.9.9:1");
  EXPECT_EQ(ResolveAddress("[::1]:7700")->front().ToString(), "[::1]:7700");
  EXPECT_EQ(ResolveAddress("unix:/run/heapd.sock")->front().ToString(),
            "unix:/run/heapd.sock");
}

TEST(AddressTest, LocalhostIsLoopback) {
  const auto addresses = ResolveAddress("localhost:7700");
  ASSERT_TRUE(addresses.ok()) << addresses.status();
  EXPECT_FALSE(addresses->empty());
}

TEST(AddressTest, AFreePortIsTakenOnOneAddressOnly) {
  EXPECT_EQ(ResolveAddress("localhost:0")->size(), 1u);
}

TEST(AddressTest, OtherAddressesAreRefusedWithTheReason) {
  for (const char* text : {"0.0.0.0:7700", "[::]:7700", "192.0.2.1:7700",
                           "[2001:db8::1]:7700", "[::ffff:10.0.0.1]:7700"}) {
    EXPECT_THAT(std::string(ResolveAddress(text).status().message()),
                HasSubstr("without TLS heapd listens on loopback"))
        << text;
  }
}

TEST(AddressTest, WhatIsEncryptedMayBeReachedFromAnywhere) {
  for (const char* text : {"0.0.0.0:7700", "[::]:7700", "192.0.2.1:7700"}) {
    const auto addresses = ResolveAddress(text, Reach::kAnywhere);
    ASSERT_TRUE(addresses.ok()) << addresses.status();
    EXPECT_EQ(addresses->front().ToString(), text);
  }
}

TEST(AddressTest, WhatIsNoAddressIsRefused) {
  for (const char* text :
       {"", "7700", ":7700", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536",
        "127.0.0.1:http", "::1:7700", "unix:relative", "unix:", "unix:/",
        "[]:1", "no.such.host.invalid:1", "127.0.0.1:-1"}) {
    EXPECT_FALSE(ResolveAddress(text).ok()) << text;
  }
  EXPECT_FALSE(ResolveAddress("unix:/" + std::string(120, 'x')).ok());
}

}  // namespace
}  // namespace heapd::server
