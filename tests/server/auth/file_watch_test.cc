#include "server/auth/file_watch.h"

#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <sstream>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "server/auth/memory_file.h"
#include "tests/server/support/temporary_directory.h"

namespace heapd::server {
namespace {

constexpr absl::Duration kInterval = absl::Milliseconds(5);
// For machines that have other things to do.
constexpr absl::Duration kPatience = absl::Seconds(30);

// Counts changes, and waits for them.
class Changes {
 public:
  std::function<void()> Counter() {
    return [this] {
      const absl::MutexLock lock(&mu_);
      ++count_;
    };
  }
  bool Await(int count) {
    const absl::MutexLock lock(&mu_);
    const auto reached = [this, count]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) {
      return count_ >= count;
    };
    return mu_.AwaitWithTimeout(absl::Condition(&reached), kPatience);
  }
  int count() {
    const absl::MutexLock lock(&mu_);
    return count_;
  }

 private:
  absl::Mutex mu_;
  int count_ ABSL_GUARDED_BY(mu_) = 0;
};

TEST(FileWatchTest, AChangeOfAnyOfTheFilesIsSeenAndOthersAreNot) {
  const TemporaryDirectory directory;
  Changes pair;
  Changes other;
  const std::string one = directory.Write("one", "1");
  const std::string two = directory.Write("two", "2");
  FileWatch watch({{{one, two}, pair.Counter()},
                   {{directory.Path("three")}, other.Counter()}},
                  kInterval);
  watch.Start();
  // At once, so that nobody sees half of it.
  std::filesystem::rename(directory.Write("next", "22"), two);
  EXPECT_TRUE(pair.Await(1));
  // Comes, and goes.
  std::filesystem::rename(directory.Write("next", "3"),
                          directory.Path("three"));
  EXPECT_TRUE(other.Await(1));
  std::filesystem::remove(directory.Path("three"));
  EXPECT_TRUE(other.Await(2));
  EXPECT_EQ(pair.count(), 1);
}

TEST(FileWatchTest, ALinkThatIsTurnedIsSeen) {
  // As Kubernetes replaces the files of a secret.
  const TemporaryDirectory directory;
  Changes changes;
  const std::string old_file = directory.Write("old/file", "same");
  const std::string new_file = directory.Write("new/file", "same");
  std::filesystem::create_symlink("old", directory.Path("data"));
  FileWatch watch({{{directory.Path("data/file")}, changes.Counter()}},
                  kInterval);
  watch.Start();
  std::filesystem::create_symlink("new", directory.Path("next"));
  std::filesystem::rename(directory.Path("next"), directory.Path("data"));
  EXPECT_TRUE(changes.Await(1));
}

TEST(FileWatchTest, WhatHappensBeforeTheThreadRunsIsNotMissed) {
  const TemporaryDirectory directory;
  Changes changes;
  const std::string path = directory.Write("file", "1");
  FileWatch watch({{{path}, changes.Counter()}}, kInterval);
  directory.Write("file", "22");
  watch.Start();
  EXPECT_TRUE(changes.Await(1));
}

TEST(FileWatchTest, ItEndsAtOnceWhateverItsInterval) {
  FileWatch never_started({}, absl::Hours(1));
  FileWatch watch({}, absl::Hours(1));
  watch.Start();
}

std::string ReadAll(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

TEST(MemoryFileTest, ItIsReadAtOnePathWhateverIsPutInItsPlace) {
  auto file = MemoryFile::Create("first");
  ASSERT_TRUE(file.ok()) << file.status();
  const std::string path = file->path();
  EXPECT_EQ(ReadAll(path), "first");
  std::ifstream reader(path);
  EXPECT_TRUE(file->Replace(std::string(100000, 'x')).ok());
  EXPECT_EQ(ReadAll(path), std::string(100000, 'x'));
  EXPECT_TRUE(file->Replace("").ok());
  EXPECT_EQ(ReadAll(path), "");
  // Who has opened it before reads on.
  std::string word;
  reader >> word;
  EXPECT_EQ(word, "first");
}

TEST(MemoryFileTest, ItsTimeGrowsBySeconds) {
  auto file = MemoryFile::Create("0");
  const auto modified = [&] {
    return std::chrono::time_point_cast<std::chrono::seconds>(
        std::filesystem::last_write_time(file->path()));
  };
  auto before = modified();
  for (int i = 0; i < 5; ++i) {
    ASSERT_TRUE(file->Replace(std::to_string(i)).ok());
    EXPECT_GT(modified(), before);
    before = modified();
  }
}

}  // namespace
}  // namespace heapd::server
