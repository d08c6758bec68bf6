#include "server/auth/base64url.h"

#include <gtest/gtest.h>

namespace heapd::server {
namespace {

TEST(Base64UrlTest, BytesAreDecoded) {
  EXPECT_EQ(DecodeBase64Url(""), "");
  EXPECT_EQ(DecodeBase64Url("Zg"), "f");
  EXPECT_EQ(DecodeBase64Url("Zm8"), "fo");
  EXPECT_EQ(DecodeBase64Url("Zm9v"), "foo");
  EXPECT_EQ(DecodeBase64Url("-_8"), "\xfb\xff");
}

TEST(Base64UrlTest, AnyOtherWayToWriteThemIsRefused) {
  for (const char* text : {"Zg==", "Zg=", "Zg.", "Zm9v\n", " Zm9v", "Z m9v",
                           "+/8", "Z", "Zm9vZ", "Zh", "Zm9", "Zm\x80v"}) {
    EXPECT_FALSE(DecodeBase64Url(text).has_value()) << text;
  }
}

}  // namespace
}  // namespace heapd::server
