#include "heap/snapshot/json_output.h"

#include <gtest/gtest.h>

#include <limits>
#include <string>

#include "tests/heap/snapshot/snapshot_file.h"
#include "tests/heap/status_matchers.h"

namespace heapd {
namespace {

std::string Quoted(absl::string_view text, size_t max_code_points = 1000) {
  MemorySink sink;
  JsonOutput out(&sink);
  out.String(text, max_code_points);
  EXPECT_OK(out.Finish());
  return sink.text();
}

TEST(JsonOutputTest, WritesNumbersInDecimal) {
  MemorySink sink;
  JsonOutput out(&sink);
  out.Number(0);
  out.Char(',');
  out.Number(std::numeric_limits<uint64_t>::max());
  out.Raw("]");
  ASSERT_OK(out.Finish());
  EXPECT_EQ(sink.text(), "0,18446744073709551615]");
}

TEST(JsonOutputTest, EscapesWhatJsonMustEscape) {
  EXPECT_EQ(Quoted("a\"b\\c"), R"("a\"b\\c")");
  EXPECT_EQ(Quoted(absl::string_view("\0\n\x1f\x7f", 4)),
            R"("\u0000\u000a\u001f\u007f")");
}

TEST(JsonOutputTest, WritesPureAscii) {
  EXPECT_EQ(Quoted("\xc3\xa9\xe2\x82\xac"), R"("\u00e9\u20ac")");
  EXPECT_EQ(Quoted("\xf0\x9f\x98\x80"), R"("\ud83d\ude00")") << "astral";
  EXPECT_EQ(Quoted("\xf4\x8f\xbf\xbf"), R"("\udbff\udfff")");
}

TEST(JsonOutputTest, ReplacesWhatIsNoUtf8) {
  EXPECT_EQ(Quoted("a\xff\xc3z"), R"("a\ufffd\ufffdz")");
}

TEST(JsonOutputTest, CutsAtCodePoints) {
  EXPECT_EQ(Quoted("\xc3\xa9\xc3\xa9z", 2), R"("\u00e9\u00e9")");
}

TEST(JsonOutputTest, BuffersAndWritesPiecesOfBoundedSize) {
  MemorySink sink;
  JsonOutput out(&sink);
  std::string expected;
  for (int i = 0; i < 200'000; ++i) {
    out.Number(i);
    out.Char('\n');
    expected += std::to_string(i) + "\n";
  }
  const std::string large(3 * JsonOutput::kBufferBytes + 5, 'x');
  out.Raw(large);
  ASSERT_OK(out.Finish());
  EXPECT_EQ(sink.text(), expected + large);
  EXPECT_LE(sink.largest_piece(), JsonOutput::kBufferBytes);
}

TEST(JsonOutputTest, TheFirstErrorStaysAndNothingFollowsIt) {
  MemorySink sink;
  sink.FailAfterWrites(1);
  JsonOutput out(&sink);
  out.Raw(std::string(3 * JsonOutput::kBufferBytes, 'x'));
  EXPECT_TRUE(absl::IsUnavailable(out.status()));
  sink.FailAfterWrites(100);
  out.Raw(std::string(3 * JsonOutput::kBufferBytes, 'y'));
  EXPECT_TRUE(absl::IsUnavailable(out.Finish()));
  EXPECT_EQ(sink.text(), std::string(JsonOutput::kBufferBytes, 'x'));
}

}  // namespace
}  // namespace heapd
