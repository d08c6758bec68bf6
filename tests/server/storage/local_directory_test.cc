#include "server/storage/local_directory.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>

#include "heap/base/error.h"
#include "tests/server/support/temporary_directory.h"

namespace heapd::server {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class LocalDirectoryTest : public ::testing::Test {
 protected:
  LocalDirectoryTest() { store_ = *LocalDirectory::OpenDirectory(path_); }

  absl::Status Store(const std::string& name, const std::string& data) {
    auto writer = store_->Create(name);
    if (!writer.ok()) return writer.status();
    const absl::Status appended = (*writer)->Append(data);
    return appended.ok() ? (*writer)->Commit() : appended;
  }

  std::string Load(const std::string& name) {
    const auto reader = store_->Open(name);
    if (!reader.ok()) return reader.status().ToString();
    std::string data((*reader)->size_bytes(), '\0');
    EXPECT_EQ(*(*reader)->Read(0, absl::MakeSpan(data)), data.size());
    return data;
  }

  int FilesIn() {
    int count = 0;
    for ([[maybe_unused]] const auto& entry :
         std::filesystem::directory_iterator(path_)) {
      ++count;
    }
    return count;
  }

  TemporaryDirectory above_;
  const std::string path_ = above_.Path("store");
  std::unique_ptr<LocalDirectory> store_;
};

TEST(BlobNameTest, ANameIsNeverAPath) {
  for (const char* name : {"a", "a-b_C.9", "x.heapsnapshot"}) {
    EXPECT_TRUE(IsBlobName(name)) << name;
  }
  for (const char* name : {"", ".", "..", ".a", "a/b", "../a", "/a", "a\\b",
                           "a b", "a\n", "\xc3\xa4", "a:b", "%2e"}) {
    EXPECT_FALSE(IsBlobName(name)) << name;
  }
  EXPECT_FALSE(IsBlobName(absl::string_view("a\0b", 3)));
  EXPECT_FALSE(IsBlobName(std::string(201, 'a')));
}

TEST_F(LocalDirectoryTest, WhatIsCommittedIsReadBack) {
  std::string data;
  for (int i = 0; i < 100000; ++i) data += std::to_string(i);
  ASSERT_TRUE(Store("blob", data).ok());
  EXPECT_EQ(Load("blob"), data);
}

TEST_F(LocalDirectoryTest, ReadingStartsAnywhereAndEndsAtTheEnd) {
  ASSERT_TRUE(Store("blob", "0123456789").ok());
  const auto reader = *store_->Open("blob");
  char buffer[4];
  EXPECT_EQ(*reader->Read(3, absl::MakeSpan(buffer)), 4u);
  EXPECT_EQ(std::string(buffer, 4), "3456");
  EXPECT_EQ(*reader->Read(8, absl::MakeSpan(buffer)), 2u);
  EXPECT_EQ(*reader->Read(10, absl::MakeSpan(buffer)), 0u);
  EXPECT_EQ(*reader->Read(uint64_t{1} << 62, absl::MakeSpan(buffer)), 0u);
}

TEST_F(LocalDirectoryTest, NothingIsSeenBeforeTheCommitNorStaysWithoutIt) {
  {
    auto writer = *store_->Create("blob");
    ASSERT_TRUE(writer->Append("half").ok());
    EXPECT_TRUE(store_->List()->empty());
    EXPECT_TRUE(absl::IsNotFound(store_->Open("blob").status()));
  }
  EXPECT_EQ(FilesIn(), 0);
}

TEST_F(LocalDirectoryTest, FilesAreForTheirOwnerOnly) {
  ASSERT_TRUE(Store("blob", "x").ok());
  struct stat attributes;
  ASSERT_EQ(stat((path_ + "/blob").c_str(), &attributes), 0);
  EXPECT_EQ(attributes.st_mode & 07777, 0600u);
  ASSERT_EQ(stat(path_.c_str(), &attributes), 0);
  EXPECT_EQ(attributes.st_mode & 07777, 0700u);
}

TEST_F(LocalDirectoryTest, ABlobIsNotReplaced) {
  ASSERT_TRUE(Store("blob", "first").ok());
  EXPECT_TRUE(absl::IsAlreadyExists(Store("blob", "second")));
  EXPECT_EQ(Load("blob"), "first");
}

TEST_F(LocalDirectoryTest, ABlobThatAppearedMeanwhileIsNotReplaced) {
  auto writer = *store_->Create("blob");
  EXPECT_TRUE(absl::IsAlreadyExists(store_->Create("blob").status()));
  above_.Write("store/blob", "other");
  EXPECT_TRUE(absl::IsAlreadyExists(writer->Commit()));
  EXPECT_EQ(Load("blob"), "other");
}

TEST_F(LocalDirectoryTest, NamesThatLeadOutAreRefused) {
  above_.Write("secret", "outside");
  for (const char* name : {"../secret", "..", "/etc/passwd", ".hidden", ""}) {
    EXPECT_TRUE(absl::IsInvalidArgument(store_->Open(name).status())) << name;
    EXPECT_TRUE(absl::IsInvalidArgument(store_->Create(name).status()));
    EXPECT_TRUE(absl::IsInvalidArgument(store_->Delete(name)));
  }
  EXPECT_EQ(above_.Read("secret"), "outside");
}

TEST_F(LocalDirectoryTest, APlantedLinkLeadsNowhere) {
  const std::string secret = above_.Write("secret", "outside");
  std::filesystem::create_symlink(secret, path_ + "/link");
  std::filesystem::create_symlink(secret, path_ + "/.new.tmp");
  EXPECT_THAT(Load("link"), Not(HasSubstr("outside")));
  EXPECT_FALSE(Store("link", "overwritten").ok());
  EXPECT_FALSE(Store("new", "overwritten").ok());
  ASSERT_TRUE(store_->Delete("link").ok());
  EXPECT_EQ(above_.Read("secret"), "outside");
}

TEST_F(LocalDirectoryTest, APlantedPipeOrFolderIsNoBlob) {
  ASSERT_EQ(mkfifo((path_ + "/pipe").c_str(), 0600), 0);
  std::filesystem::create_directory(path_ + "/folder");
  EXPECT_FALSE(store_->Open("pipe").ok());
  EXPECT_FALSE(store_->Open("folder").ok());
  EXPECT_EQ(*store_->List(), std::vector<std::string>{"pipe"});
}

TEST_F(LocalDirectoryTest, AMissingBlobIsNotFound) {
  EXPECT_TRUE(absl::IsNotFound(store_->Open("none").status()));
  EXPECT_TRUE(absl::IsNotFound(store_->Delete("none")));
}

TEST_F(LocalDirectoryTest, ADeletedBlobStaysReadableToWhoHasItOpen) {
  ASSERT_TRUE(Store("blob", "data").ok());
  const auto reader = *store_->Open("blob");
  ASSERT_TRUE(store_->Delete("blob").ok());
  char buffer[4];
  EXPECT_EQ(*reader->Read(0, absl::MakeSpan(buffer)), 4u);
  EXPECT_TRUE(store_->List()->empty());
}

TEST_F(LocalDirectoryTest, TheDirectoryIsForOneDaemon) {
  EXPECT_THAT(
      std::string(LocalDirectory::OpenDirectory(path_).status().message()),
      HasSubstr("another heapd uses it"));
}

TEST_F(LocalDirectoryTest, WhatADeadDaemonLeftIsRemovedAtTheNextStart) {
  ASSERT_TRUE(Store("kept", "x").ok());
  store_.reset();
  above_.Write("store/.half.tmp", "half");
  above_.Write("store/.unrelated", "x");
  store_ = *LocalDirectory::OpenDirectory(path_);
  EXPECT_EQ(FilesIn(), 2);
  EXPECT_EQ(*store_->List(), std::vector<std::string>{"kept"});
}

TEST_F(LocalDirectoryTest, FreeBytesAreKnown) {
  EXPECT_GT(*store_->FreeBytes(), 0u);
}

TEST_F(LocalDirectoryTest, ADirectoryThatCannotBeUsedIsNamed) {
  const std::string file = above_.Write("file", "");
  EXPECT_THAT(
      std::string(LocalDirectory::OpenDirectory(file).status().message()),
      HasSubstr(file));
  EXPECT_FALSE(LocalDirectory::OpenDirectory(above_.Path("no/parent")).ok());
}

// A file may grow to `bytes` while this lives, as if the disk were full.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) {
    std::signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit limit = {bytes, before_.rlim_max};
    setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileSizeLimit() { setrlimit(RLIMIT_FSIZE, &before_); }

 private:
  rlimit before_;
};

TEST_F(LocalDirectoryTest, AFullDiskIsAClearErrorAndLeavesNothing) {
  {
    const FileSizeLimit limit(1000);
    auto writer = *store_->Create("blob");
    ASSERT_TRUE(writer->Append(std::string(900, 'x')).ok());
    const absl::Status status = writer->Append(std::string(900, 'x'));
    EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted);
    EXPECT_EQ(ReasonOf(status), "STORAGE_FULL");
    EXPECT_THAT(std::string(status.message()), Not(HasSubstr(path_)));
  }
  EXPECT_EQ(FilesIn(), 0);
}

TEST_F(LocalDirectoryTest, DiscardRemovesABlobAndWhatIsUnfinished) {
  ASSERT_TRUE(Store("a", "data").ok());
  std::ofstream(path_ + "/.b.tmp") << "half";
  EXPECT_TRUE(store_->Discard("a").ok());
  EXPECT_TRUE(store_->Discard("b").ok());
  EXPECT_EQ(FilesIn(), 0);
  EXPECT_TRUE(store_->Discard("a").ok());
  EXPECT_TRUE(absl::IsInvalidArgument(store_->Discard("../a")));
}

}  // namespace
}  // namespace heapd::server
