#include "server/storage/spill_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <string>

#include "server/base/reasons.h"
#include "tests/heap/status_matchers.h"

namespace heapd::server {
namespace {

namespace fs = std::filesystem;

TEST(SpillFileTest, WhatIsAppendedIsReadBackAndNoNameIsSeen) {
  const std::string directory = ::testing::TempDir() + "/spill_file_test";
  fs::create_directory(directory);
  auto spill = *SpillFile::Create(directory);
  ASSERT_OK(spill->Append("one"));
  ASSERT_OK(spill->Append(std::string(100'000, 'x')));
  EXPECT_TRUE(fs::is_empty(directory));
  std::string buffer(10, 0);
  EXPECT_EQ(*spill->Read(1, absl::MakeSpan(buffer)), 10u);
  EXPECT_EQ(buffer, "nexxxxxxxx");
  EXPECT_EQ(*spill->Read(100'000, absl::MakeSpan(buffer)), 3u);
  EXPECT_EQ(*spill->Read(100'003, absl::MakeSpan(buffer)), 0u);
  spill.reset();
  fs::remove(directory);
}

TEST(SpillFileTest, WithoutADirectoryThereIsNone) {
  const absl::Status status = SpillFile::Create("/nowhere/at/all").status();
  EXPECT_THAT(status, HasReason(reason::kStorage));
  // Where things stand is nobody's business.
  EXPECT_EQ(status.message().find("/nowhere"), std::string::npos);
}

}  // namespace
}  // namespace heapd::server
