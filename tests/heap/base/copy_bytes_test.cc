#include "heap/base/copy_bytes.h"

#include <gtest/gtest.h>

#include <string>

namespace heapd {
namespace {

TEST(CopyToWordsTest, CopiesEveryLengthAndZeroesTheRestOfTheLastWord) {
  std::string from;
  for (int i = 0; i < 300; ++i) from.push_back(static_cast<char>(i * 7 + 1));
  for (size_t bytes = 0; bytes <= from.size(); ++bytes) {
    const size_t words = (bytes + 7) / 8 * 8;
    std::string to(words + 8, '!');
    // Neither side needs to be aligned.
    CopyToWords(to.data(), from.data() + from.size() - bytes, bytes);
    EXPECT_EQ(to.substr(0, bytes), from.substr(from.size() - bytes)) << bytes;
    EXPECT_EQ(to.substr(bytes, words - bytes), std::string(words - bytes, '\0'))
        << bytes;
    EXPECT_EQ(to.substr(words), "!!!!!!!!") << bytes;
  }
}

}  // namespace
}  // namespace heapd
