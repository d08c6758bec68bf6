#include "server/storage/state_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "tests/server/support/temporary_directory.h"

namespace heapd::server {
namespace {

class StateFileTest : public ::testing::Test {
 protected:
  StateFileTest() : path_(directory_.Path("state")) {
    std::filesystem::create_directory(path_);
  }

  TemporaryDirectory directory_;
  const std::string path_;
};

TEST_F(StateFileTest, WhatIsWrittenReplacesWhatWasThere) {
  EXPECT_TRUE(absl::IsNotFound(ReadStateFile(path_, "a.json", 10).status()));
  ASSERT_TRUE(WriteStateFile(path_, "a.json", "first, and long").ok());
  ASSERT_TRUE(WriteStateFile(path_, "a.json", "second").ok());
  EXPECT_EQ(*ReadStateFile(path_, "a.json", 6), "second");
  struct stat attributes;
  ASSERT_EQ(stat((path_ + "/a.json").c_str(), &attributes), 0);
  EXPECT_EQ(attributes.st_mode & 0777, 0600u);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(path_), {}), 1);
}

TEST_F(StateFileTest, WhatAKilledWriterLeftIsNotInTheWay) {
  std::ofstream(path_ + "/.a.json.tmp") << "half";
  ASSERT_TRUE(WriteStateFile(path_, "a.json", "whole").ok());
  EXPECT_EQ(*ReadStateFile(path_, "a.json", 100), "whole");
}

TEST_F(StateFileTest, TooMuchAndWhatIsNoFileIsRefused) {
  ASSERT_TRUE(WriteStateFile(path_, "a.json", "second").ok());
  EXPECT_TRUE(
      absl::IsInvalidArgument(ReadStateFile(path_, "a.json", 5).status()));
  std::filesystem::create_directory(path_ + "/d");
  EXPECT_TRUE(absl::IsInvalidArgument(ReadStateFile(path_, "d", 5).status()));
  std::filesystem::create_symlink("a.json", path_ + "/link");
  EXPECT_FALSE(ReadStateFile(path_, "link", 100).ok());
}

TEST_F(StateFileTest, AMissingDirectoryIsAnError) {
  EXPECT_TRUE(
      absl::IsUnavailable(WriteStateFile(path_ + "/none", "a.json", "x")));
  EXPECT_TRUE(absl::IsUnavailable(
      ReadStateFile(path_ + "/none", "a.json", 5).status()));
}

}  // namespace
}  // namespace heapd::server
