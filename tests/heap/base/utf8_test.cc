#include "heap/base/utf8.h"

#include <gtest/gtest.h>

#include <vector>

namespace heapd {
namespace {

std::vector<uint32_t> CodePoints(absl::string_view text) {
  std::vector<uint32_t> points;
  for (size_t i = 0; i < text.size();)
    points.push_back(NextCodePoint(text, &i));
  return points;
}

TEST(Utf8Test, ReadsSequencesOfEachLength) {
  EXPECT_EQ(CodePoints("A\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80"),
            (std::vector<uint32_t>{'A', 0xe9, 0x20ac, 0x1f600}));
}

TEST(Utf8Test, AcceptsTheEdgesOfEachLength) {
  EXPECT_TRUE(IsUtf8(""));
  EXPECT_TRUE(IsUtf8(absl::string_view("\0", 1)));
  EXPECT_TRUE(IsUtf8("\x7f\xc2\x80\xdf\xbf"));
  EXPECT_TRUE(IsUtf8("\xe0\xa0\x80\xed\x9f\xbf\xee\x80\x80\xef\xbf\xbf"));
  EXPECT_TRUE(IsUtf8("\xf0\x90\x80\x80\xf4\x8f\xbf\xbf"));
}

TEST(Utf8Test, RefusesWhatRfc3629Refuses) {
  const absl::string_view bad[] = {
      "\x80",              // continuation without a beginning
      "\xc3",              // cut
      "\xe2\x82",          // cut
      "\xf0\x9f\x98",      // cut
      "\xc3(",             // no continuation
      "\xc0\x80",          // overlong
      "\xc1\xbf",          // overlong
      "\xe0\x9f\xbf",      // overlong
      "\xf0\x8f\xbf\xbf",  // overlong
      "\xed\xa0\x80",      // surrogate
      "\xed\xbf\xbf",      // surrogate
      "\xf4\x90\x80\x80",  // above U+10FFFF
      "\xf8\x88\x80\x80\x80",
      "\xff",
  };
  for (const absl::string_view text : bad) {
    EXPECT_FALSE(IsUtf8(text)) << testing::PrintToString(text);
  }
}

TEST(Utf8Test, ABadByteIsReplacedAndTheNextOneIsReadAgain) {
  EXPECT_EQ(CodePoints("\xe2\x82Z\xff"),
            (std::vector<uint32_t>{0xfffd, 0xfffd, 'Z', 0xfffd}));
}

TEST(Utf8Test, BadBytesCanBeReplaced) {
  EXPECT_EQ(ReplaceBadUtf8("a\xc3\xa9\xff\xe2\x82z"),
            "a\xc3\xa9\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbdz");
  EXPECT_EQ(ReplaceBadUtf8(""), "");
}

}  // namespace
}  // namespace heapd
