#include "client/import/snapshot_source.h"

#include <cstddef>
#include <cstdint>
#include <fstream>
#include <istream>
#include <iterator>
#include <memory>
#include <sstream>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/client/import/snapshot_text.h"

namespace heapd::importer {
namespace {

using ::testing::HasSubstr;

std::unique_ptr<SnapshotSource> SourceOf(std::string bytes,
                                         const SourceLimits& limits = {}) {
  return std::make_unique<SnapshotSource>(
      std::make_unique<std::istringstream>(std::move(bytes)), limits);
}

std::string ReadAll(SnapshotSource& source) {
  std::istream in(&source);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

// Larger than several blocks, and not the same everywhere.
std::string LongText() {
  std::string text;
  for (uint64_t i = 0; text.size() < 1000000; ++i)
    text += std::to_string(i * i);
  return text;
}

TEST(SnapshotSourceTest, GivesPlainTextAsItIs) {
  const std::string text = LongText();
  auto source = SourceOf(text);
  EXPECT_EQ(ReadAll(*source), text);
  EXPECT_TRUE(source->status().ok()) << source->status();
}

TEST(SnapshotSourceTest, DecompressesZstandard) {
  const std::string text = LongText();
  auto source = SourceOf(Compress(text));
  EXPECT_EQ(ReadAll(*source), text);
  EXPECT_TRUE(source->status().ok()) << source->status();
}

TEST(SnapshotSourceTest, DecompressesTextMuchLargerThanItsFile) {
  const std::string text(5000000, ' ');
  auto source = SourceOf(Compress(text));
  EXPECT_EQ(ReadAll(*source), text);
  EXPECT_TRUE(source->status().ok()) << source->status();
}

TEST(SnapshotSourceTest, DecompressesSeveralFrames) {
  auto source = SourceOf(Compress("one ") + Compress("") + Compress("two"));
  EXPECT_EQ(ReadAll(*source), "one two");
  EXPECT_TRUE(source->status().ok()) << source->status();
}

TEST(SnapshotSourceTest, SaysWhenCompressedDataIsCut) {
  const std::string compressed = Compress(LongText());
  for (const size_t size :
       {size_t{4}, size_t{9}, compressed.size() / 2, compressed.size() - 1}) {
    auto source = SourceOf(compressed.substr(0, size));
    ReadAll(*source);
    EXPECT_EQ(source->status().code(), absl::StatusCode::kInvalidArgument);
    EXPECT_THAT(std::string(source->status().message()),
                HasSubstr("ends in the middle"))
        << size;
  }
}

TEST(SnapshotSourceTest, SaysWhenCompressedDataIsDamaged) {
  std::string compressed = Compress(LongText());
  compressed.replace(compressed.size() / 2, 64, std::string(64, '\xFF'));
  auto source = SourceOf(compressed);
  ReadAll(*source);
  EXPECT_THAT(std::string(source->status().message()), HasSubstr("damaged"));
}

TEST(SnapshotSourceTest, RefusesGarbageBehindAFrame) {
  auto source = SourceOf(Compress("one") + "garbage behind it");
  ReadAll(*source);
  EXPECT_THAT(std::string(source->status().message()), HasSubstr("damaged"));
}

TEST(SnapshotSourceTest, StopsAtTheLimitOfBytes) {
  auto source =
      SourceOf(Compress(std::string(10000000, ' ')), {.max_bytes = 1000000});
  EXPECT_LT(ReadAll(*source).size(), 1200000u);
  EXPECT_THAT(std::string(source->status().message()),
              HasSubstr("larger than 1000000"));
}

TEST(SnapshotSourceTest, StopsAtATokenThatIsTooLong) {
  auto source =
      SourceOf(std::string(10000000, 'x'), {.max_token_bytes = 1000000});
  EXPECT_LT(ReadAll(*source).size(), 1200000u);
  EXPECT_THAT(std::string(source->status().message()),
              HasSubstr("one string or number"));
}

TEST(SnapshotSourceTest, OpensAFile) {
  const std::string path = testing::TempDir() + "/snapshot_source_test";
  std::ofstream(path, std::ios::binary) << Compress("in a file");
  auto source = SnapshotSource::Open(path);
  ASSERT_TRUE(source.ok()) << source.status();
  EXPECT_EQ(ReadAll(**source), "in a file");
}

TEST(SnapshotSourceTest, RefusesWhatIsNoFile) {
  EXPECT_EQ(SnapshotSource::Open("/no/such/file").status().code(),
            absl::StatusCode::kNotFound);
  EXPECT_EQ(SnapshotSource::Open("/").status().code(),
            absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace heapd::importer
