#include "server/http/same_site.h"

#include <gtest/gtest.h>

namespace heapd::server {
namespace {

bool Permitted(const std::vector<HttpHeader>& headers, bool by_loopback = true,
               const std::string& method = "POST") {
  HttpRequest request;
  request.method = method;
  request.headers = headers;
  return CheckSameSite(request, by_loopback).ok();
}

TEST(SameSiteTest, WhoIsNoBrowserIsPermitted) {
  EXPECT_TRUE(Permitted({{"Host", "127.0.0.1:7704"}}));
  EXPECT_TRUE(Permitted({}));
}

TEST(SameSiteTest, LoopbackHasNamesOfLoopbackOnly) {
  for (const char* host : {"localhost", "LocalHost:7704", "127.0.0.1",
                           "127.9.9.9:1", "[::1]", "[::1]:7704"}) {
    EXPECT_TRUE(Permitted({{"Host", host}})) << host;
  }
  for (const char* host :
       {"evil.example", "evil.example:7704", "localhost.evil.example",
        "127.0.0.1.evil.example:7704", "10.0.0.1", "", ":7704", "[::2]",
        "evil.example:localhost", "0x7f.1"}) {
    EXPECT_FALSE(Permitted({{"Host", host}})) << host;
    EXPECT_TRUE(Permitted({{"Host", host}}, false)) << host;
  }
}

TEST(SameSiteTest, AnotherSiteMayOnlyLinkHere) {
  const HttpHeader host = {"Host", "localhost:7704"};
  for (const char* site : {"cross-site", "same-site", "", "nonsense"}) {
    EXPECT_FALSE(Permitted({host, {"Sec-Fetch-Site", site}})) << site;
    EXPECT_FALSE(Permitted({host, {"Sec-Fetch-Site", site}}, false)) << site;
    EXPECT_FALSE(
        Permitted({host, {"Sec-Fetch-Site", site}, {"Sec-Fetch-Mode", "cors"}},
                  true, "GET"));
    EXPECT_FALSE(Permitted(
        {host, {"Sec-Fetch-Site", site}, {"Sec-Fetch-Mode", "navigate"}}));
    EXPECT_TRUE(Permitted(
        {host, {"Sec-Fetch-Site", site}, {"Sec-Fetch-Mode", "navigate"}}, true,
        "GET"));
  }
  EXPECT_TRUE(Permitted({host, {"Sec-Fetch-Site", "same-origin"}}));
  EXPECT_TRUE(Permitted({host, {"Sec-Fetch-Site", "none"}}));
}

TEST(SameSiteTest, OriginIsThisServer) {
  const HttpHeader host = {"Host", "heapd.example:7704"};
  for (const char* origin :
       {"http://heapd.example:7704", "https://HEAPD.example:7704"}) {
    EXPECT_TRUE(Permitted({host, {"Origin", origin}}, false)) << origin;
  }
  for (const char* origin :
       {"null", "", "http://heapd.example", "http://evil.example:7704",
        "file://heapd.example:7704", "heapd.example:7704"}) {
    EXPECT_FALSE(Permitted({host, {"Origin", origin}}, false)) << origin;
  }
  EXPECT_FALSE(Permitted({{"Origin", "http://a"}}, false));
}

}  // namespace
}  // namespace heapd::server
