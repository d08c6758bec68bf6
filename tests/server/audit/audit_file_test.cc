#include "server/audit/audit_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <csignal>
#include <filesystem>
#include <string>
#include <vector>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "nlohmann/json.hpp"
#include "server/storage/sha256.h"
#include "tests/server/support/temporary_directory.h"

namespace heapd::server {
namespace {

using ::testing::HasSubstr;
using Json = nlohmann::json;

constexpr uint64_t kLarge = uint64_t{1} << 30;
const std::string kNoHash(64, '0');

AuditRecord Intent(const std::string& heap) {
  AuditRecord record;
  record.principal = "token:alice";
  record.method = "HeapService/DeleteHeap";
  record.heap = heap;
  return record;
}

class AuditFileTest : public ::testing::Test {
 protected:
  std::unique_ptr<AuditFile> Open(uint64_t max_file_bytes = kLarge) {
    auto file = AuditFile::Open(directory_.Path("audit.log"), max_file_bytes);
    EXPECT_TRUE(file.ok()) << file.status();
    return std::move(*file);
  }
  std::string OpenError() {
    return std::string(AuditFile::Open(directory_.Path("audit.log"), kLarge)
                           .status()
                           .message());
  }

  std::vector<std::string> Lines(const std::string& name = "audit.log") const {
    std::vector<std::string> lines =
        absl::StrSplit(directory_.Read(name), '\n');
    // What follows the last line end.
    EXPECT_EQ(lines.back(), "");
    lines.pop_back();
    return lines;
  }

  // That each line has the hash of the one before and of itself; gives the
  // hash of the last one.
  static std::string CheckChain(const std::vector<std::string>& lines,
                                std::string hash = kNoHash) {
    for (const std::string& line : lines) {
      const size_t end = line.find(",\"hash\":\"");
      Sha256 sha256;
      sha256.Update(hash);
      sha256.Update(line.substr(0, end));
      hash = sha256.FinishHex();
      EXPECT_EQ(Json::parse(line)["hash"], hash) << line;
    }
    return hash;
  }

  const TemporaryDirectory directory_;
};

TEST_F(AuditFileTest, LinesAreNumberedAndChained) {
  const auto file = Open();
  ASSERT_TRUE(file->Append({Intent("one"), Intent("two")}).ok());
  const std::vector<std::string> lines = Lines();
  ASSERT_EQ(lines.size(), 3u);
  EXPECT_EQ(CheckChain(lines), file->head().hash);
  EXPECT_EQ(file->head().seq, 3u);
  const Json start = Json::parse(lines[0]);
  EXPECT_EQ(start["seq"], 1);
  EXPECT_EQ(start["kind"], "start");
  EXPECT_EQ(start["previous"], kNoHash);
  const Json last = Json::parse(lines[2]);
  EXPECT_EQ(last["seq"], 3);
  EXPECT_EQ(last["kind"], "intent");
  EXPECT_EQ(last["principal"], "token:alice");
  EXPECT_EQ(last["heap"], "two");
  EXPECT_FALSE(last.contains("snapshot"));
  struct stat attributes;
  ASSERT_EQ(stat(directory_.Path("audit.log").c_str(), &attributes), 0);
  EXPECT_EQ(attributes.st_mode & 0777, 0600u);
}

TEST_F(AuditFileTest, TheChainGoesOnAfterARestart) {
  ASSERT_TRUE(Open()->Append({Intent("one")}).ok());
  ASSERT_TRUE(Open()->Append({Intent("two")}).ok());
  const std::vector<std::string> lines = Lines();
  ASSERT_EQ(lines.size(), 4u);
  CheckChain(lines);
  EXPECT_EQ(Json::parse(lines[2])["kind"], "start");
  EXPECT_EQ(Json::parse(lines[2])["previous"], Json::parse(lines[1])["hash"]);
}

TEST_F(AuditFileTest, ATornLastLineIsCutOffAndRecorded) {
  ASSERT_TRUE(Open()->Append({Intent("one"), Intent("two")}).ok());
  const std::string whole = directory_.Read("audit.log");
  const size_t last = whole.rfind('\n', whole.size() - 2) + 1;
  for (size_t cut = last; cut < whole.size(); cut += 37) {
    directory_.Write("audit.log", whole.substr(0, cut));
    ASSERT_TRUE(Open()->Append({Intent("three")}).ok());
    const std::vector<std::string> lines = Lines();
    ASSERT_EQ(lines.size(), 4u);
    CheckChain(lines);
    const Json start = Json::parse(lines[2]);
    EXPECT_EQ(start.value("torn_bytes", size_t{0}), cut - last);
    EXPECT_EQ(start["seq"], 3);
  }
}

TEST_F(AuditFileTest, AFirstLineThatIsTornIsRecordedToo) {
  directory_.Write("audit.log", "{\"seq\":1,\"ti");
  ASSERT_TRUE(Open()->Append({Intent("one")}).ok());
  const std::vector<std::string> lines = Lines();
  ASSERT_EQ(lines.size(), 2u);
  CheckChain(lines);
  EXPECT_EQ(Json::parse(lines[0])["torn_bytes"], 12);
}

TEST_F(AuditFileTest, AFullFileIsKeptAndTheNextGoesOnWithItsChain) {
  std::string hash;
  {
    const auto file = Open(/*max_file_bytes=*/600);
    for (int i = 0; i < 8; ++i) {
      ASSERT_TRUE(file->Append({Intent(absl::StrCat("heap-", i))}).ok());
    }
    hash = file->head().hash;
  }
  std::vector<std::string> all;
  for (int i = 1; std::filesystem::exists(
           directory_.Path(absl::StrCat("audit.log.00000", i)));
       ++i) {
    const std::string name = absl::StrCat("audit.log.00000", i);
    for (const std::string& line : Lines(name)) all.push_back(line);
    EXPECT_EQ(Json::parse(Lines(name).front())["kind"],
              i == 1 ? "start" : "rotate");
    struct stat attributes;
    ASSERT_EQ(stat(directory_.Path(name).c_str(), &attributes), 0);
    EXPECT_EQ(attributes.st_mode & 0777, 0600u);
  }
  EXPECT_GE(all.size(), 6u);
  for (const std::string& line : Lines()) all.push_back(line);
  EXPECT_EQ(CheckChain(all), hash);
  EXPECT_TRUE(Json::parse(Lines().front()).contains("former_file"));
  // The numbers of full files go on after a restart.
  const auto again = Open(600);
  for (int i = 0; i < 8; ++i) ASSERT_TRUE(again->Append({Intent("x")}).ok());
  EXPECT_TRUE(std::filesystem::exists(directory_.Path("audit.log.000006")));
}

TEST_F(AuditFileTest, AnEndBetweenTwoFilesLosesNothing) {
  std::string hash;
  {
    const auto file = Open();
    ASSERT_TRUE(file->Append({Intent("one")}).ok());
    hash = file->head().hash;
  }
  for (const bool made : {false, true}) {
    const std::vector<std::string> full = Lines();
    std::filesystem::rename(
        directory_.Path("audit.log"),
        directory_.Path(made ? "audit.log.000002" : "audit.log.000001"));
    // After the rename; after the new file was made but nothing written.
    if (made) directory_.Write("audit.log", "");
    {
      const auto file = Open();
      EXPECT_EQ(Json::parse(Lines().front())["previous"], hash);
      hash = file->head().hash;
    }
    EXPECT_EQ(CheckChain(Lines(), Json::parse(full.back())["hash"]), hash);
  }
}

TEST_F(AuditFileTest, WhatIsNoAuditLogIsLeftAlone) {
  for (const std::string& text :
       {std::string("a diary\n"), std::string("{\"seq\":1}\n"),
        std::string(200'000, 'x')}) {
    directory_.Write("audit.log", text);
    EXPECT_THAT(OpenError(), HasSubstr("does not end with a line of an audit"));
    EXPECT_EQ(directory_.Read("audit.log"), text);
  }
}

TEST_F(AuditFileTest, OneDaemonWritesAtATime) {
  const auto file = Open();
  EXPECT_THAT(OpenError(), HasSubstr("another heapd writes it"));
}

TEST_F(AuditFileTest, NoLinkIsFollowed) {
  directory_.Write("secret", "");
  std::filesystem::create_symlink(directory_.Path("secret"),
                                  directory_.Path("audit.log"));
  EXPECT_THAT(OpenError(), HasSubstr("cannot open the audit log"));
  EXPECT_EQ(directory_.Read("secret"), "");
}

TEST_F(AuditFileTest, AFolderThatIsNotThereIsAnError) {
  EXPECT_THAT(
      std::string(AuditFile::Open(directory_.Path("none/audit.log"), kLarge)
                      .status()
                      .message()),
      HasSubstr("cannot open the folder"));
}

TEST_F(AuditFileTest, AfterAFailedWriteTheNextLineIsWhole) {
  const auto file = Open();
  ASSERT_TRUE(file->Append({Intent("one")}).ok());
  const uint64_t size =
      std::filesystem::file_size(directory_.Path("audit.log"));
  struct rlimit before;
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
  auto* const handler = std::signal(SIGXFSZ, SIG_IGN);
  {
    struct rlimit small = before;
    small.rlim_cur = size + 50;  // a part of a line
    ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &small), 0);
    const absl::Cleanup restore = [&] {
      setrlimit(RLIMIT_FSIZE, &before);
      std::signal(SIGXFSZ, handler);
    };
    const absl::Status failed = file->Append({Intent("lost")});
    EXPECT_EQ(failed.code(), absl::StatusCode::kUnavailable);
    EXPECT_THAT(std::string(failed.message()), HasSubstr("cannot write"));
  }
  EXPECT_EQ(std::filesystem::file_size(directory_.Path("audit.log")), size);
  ASSERT_TRUE(file->Append({Intent("two")}).ok());
  const std::vector<std::string> lines = Lines();
  ASSERT_EQ(lines.size(), 3u);
  EXPECT_EQ(CheckChain(lines), file->head().hash);
  EXPECT_EQ(Json::parse(lines[2])["heap"], "two");
}

TEST(AuditRecordTest, NothingThatACallerWroteBreaksALine) {
  AuditRecord record;
  record.principal = "jwt:a\n{\"seq\":9,\"hash\":\"" + std::string(1000, 'z');
  record.heap = "\xff\xfe\"},\"hash\":\"";
  AuditHead head;
  const std::string line = NextAuditLine(record, absl::UnixEpoch(), &head);
  EXPECT_EQ(line.find('\n'), line.size() - 1);
  const absl::string_view text =
      absl::string_view(line).substr(0, line.size() - 1);
  EXPECT_LT(line.size(), 1000u);
  const Json json = Json::parse(line);
  EXPECT_EQ(json["seq"], 1);
  EXPECT_EQ(json["hash"], head.hash);
  const auto read = ReadAuditHead(text);
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(read->seq, 1u);
  EXPECT_EQ(read->hash, head.hash);
}

TEST(AuditRecordTest, OnlyALineHasAHead) {
  AuditHead head;
  std::string line = NextAuditLine({}, absl::UnixEpoch(), &head);
  line.pop_back();
  ASSERT_TRUE(ReadAuditHead(line).has_value());
  EXPECT_FALSE(ReadAuditHead("").has_value());
  EXPECT_FALSE(ReadAuditHead("{\"seq\":1}").has_value());
  EXPECT_FALSE(ReadAuditHead(line.substr(1)).has_value());
  EXPECT_FALSE(ReadAuditHead(line.substr(0, line.size() - 1)).has_value());
  line[line.size() - 5] = 'G';
  EXPECT_FALSE(ReadAuditHead(line).has_value());
}

}  // namespace
}  // namespace heapd::server
