#include "server/service/page.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/heap/status_matchers.h"

namespace heapd::server {
namespace {

TEST(PageTest, ZeroTakesTheDefaultAndTooMuchIsRefused) {
  EXPECT_EQ(*PageSize(0, 100, 1000), 100u);
  EXPECT_EQ(*PageSize(1000, 100, 1000), 1000u);
  EXPECT_THAT(PageSize(1001, 100, 1000), IsInvalid("page_size"));
  EXPECT_THAT(PageSize(-1, 100, 1000), IsInvalid("page_size"));
}

TEST(PageTest, ATokenGivesItsKeyBack) {
  const std::string key("a\0b\xff/..", 7);
  EXPECT_EQ(*ReadPageToken("roots", MakePageToken("roots", key)), key);
  EXPECT_EQ(*ReadPageToken("roots", ""), "");
}

TEST(PageTest, OtherTextIsNoToken) {
  EXPECT_THAT(ReadPageToken("roots", "abc"), IsInvalid("page_token"));
  EXPECT_THAT(ReadPageToken("roots", "***"), IsInvalid("page_token"));
  EXPECT_THAT(ReadPageToken("roots", MakePageToken("types", "x")),
              IsInvalid("page_token"));
}

}  // namespace
}  // namespace heapd::server
