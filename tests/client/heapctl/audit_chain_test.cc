#include "client/heapctl/audit_chain.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "client/heapd/sha256.h"

namespace heapd::heapctl {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// Writes a log as server/README.md describes it.
class LogMaker {
 public:
  LogMaker() {
    char name[] = "/tmp/heapctl_test.XXXXXX";
    directory_ = mkdtemp(name);
  }
  ~LogMaker() { std::filesystem::remove_all(directory_); }

  // `fields` stand behind the number: "\"kind\":\"intent\"".
  std::string Line(const std::string& fields) {
    const std::string body = absl::StrCat("{\"seq\":", ++seq_, ",", fields);
    hash_ = client::Sha256Hex(hash_ + body);
    return absl::StrCat(body, ",\"hash\":\"", hash_, "\"}\n");
  }
  std::string First(const std::string& kind, const std::string& more = "") {
    return Line(absl::StrCat("\"kind\":\"", kind, "\",\"previous\":\"", hash_,
                             "\"", more));
  }

  std::string Write(const std::string& name, const std::string& text) const {
    const std::string path = directory_ + "/" + name;
    std::ofstream(path, std::ios::binary) << text;
    return path;
  }

  const std::string& hash() const { return hash_; }

 private:
  std::string directory_;
  uint64_t seq_ = 0;
  std::string hash_ = std::string(64, '0');
};

class AuditChainTest : public ::testing::Test {
 protected:
  AuditChainTest() {
    lines_ = {maker_.First("start"), maker_.Line(R"("kind":"intent")"),
              maker_.Line(R"("kind":"outcome","call":2)"),
              maker_.Line(R"("kind":"intent")"),
              maker_.Line(R"("kind":"refused")")};
  }

  static std::string Join(const std::vector<std::string>& lines) {
    std::string text;
    for (const std::string& line : lines) text += line;
    return text;
  }
  std::string ErrorOf(const std::vector<std::string>& lines) {
    const auto summary =
        VerifyAuditFiles({maker_.Write("log", Join(lines))}, std::nullopt);
    if (summary.ok()) return "none";
    EXPECT_EQ(summary.status().code(), absl::StatusCode::kDataLoss);
    return std::string(summary.status().message());
  }

  LogMaker maker_;
  std::vector<std::string> lines_;
};

TEST_F(AuditChainTest, AWholeLogIsWhole) {
  const auto summary =
      VerifyAuditFiles({maker_.Write("log", Join(lines_))}, std::nullopt);
  ASSERT_TRUE(summary.ok()) << summary.status();
  EXPECT_EQ(summary->line_count, 5u);
  EXPECT_EQ(summary->first_seq, 1u);
  EXPECT_EQ(summary->last_seq, 5u);
  EXPECT_EQ(summary->hash, maker_.hash());
  EXPECT_THAT(summary->open_calls, ElementsAre(4u));
  EXPECT_EQ(summary->torn_line_count, 0u);
}

TEST_F(AuditChainTest, AChangedLineIsFound) {
  lines_[1].replace(lines_[1].find("intent"), 6, "INTENT");
  EXPECT_THAT(ErrorOf(lines_), HasSubstr("log:2: line 2 was changed"));
}

TEST_F(AuditChainTest, EveryChangedByteIsFound) {
  const std::string text = Join(lines_);
  for (size_t i = 0; i + 1 < text.size(); ++i) {
    std::string changed = text;
    changed[i] = changed[i] == 'x' ? 'y' : 'x';
    EXPECT_FALSE(
        VerifyAuditFiles({maker_.Write("log", changed)}, std::nullopt).ok())
        << i;
  }
}

TEST_F(AuditChainTest, ALineThatIsTakenOutOrMovedIsFound) {
  std::vector<std::string> without = lines_;
  without.erase(without.begin() + 2);
  EXPECT_THAT(ErrorOf(without),
              HasSubstr("log:3: line 4 stands where line 3 must be"));
  std::vector<std::string> moved = lines_;
  std::swap(moved[2], moved[3]);
  EXPECT_THAT(ErrorOf(moved), HasSubstr("log:3: "));
  std::vector<std::string> twice = lines_;
  twice.insert(twice.begin() + 2, lines_[1]);
  EXPECT_THAT(ErrorOf(twice), HasSubstr("log:3: "));
  std::vector<std::string> headless(lines_.begin() + 1, lines_.end());
  EXPECT_THAT(ErrorOf(headless), HasSubstr("log:1: the file does not begin"));
}

TEST_F(AuditChainTest, ALineThatIsNoneIsFound) {
  std::vector<std::string> added = lines_;
  added.insert(added.begin() + 2, "\n");
  EXPECT_THAT(ErrorOf(added), HasSubstr("log:3: this is no line"));
  EXPECT_THAT(ErrorOf({"hello\n"}), HasSubstr("log:1: this is no line"));
  EXPECT_THAT(ErrorOf({}), HasSubstr("no line"));
}

TEST_F(AuditChainTest, AnUnfinishedLineAtTheEndIsSaid) {
  const std::string torn = lines_.back().substr(0, 20);
  lines_.back() = torn;
  const auto summary =
      VerifyAuditFiles({maker_.Write("log", Join(lines_))}, std::nullopt);
  ASSERT_TRUE(summary.ok()) << summary.status();
  EXPECT_EQ(summary->line_count, 4u);
  EXPECT_EQ(summary->unfinished_bytes, 20u);
}

TEST_F(AuditChainTest, FilesAreOneChainInAnyOrder) {
  const std::string first = maker_.Write("log.000001", Join(lines_));
  std::string text = maker_.First("rotate");
  text += maker_.Line(R"("kind":"intent")");
  const std::string second = maker_.Write("log.000002", text);
  text = maker_.First("start", R"(,"torn_bytes":7)");
  text += maker_.Line(R"("kind":"outcome","call":7)");
  const std::string third = maker_.Write("log", text);
  const auto summary = VerifyAuditFiles({third, first, second}, std::nullopt);
  ASSERT_TRUE(summary.ok()) << summary.status();
  EXPECT_EQ(summary->last_seq, 9u);
  EXPECT_EQ(summary->torn_line_count, 1u);
  EXPECT_THAT(summary->open_calls, ElementsAre(4u));
  // One alone, and a part, can be checked too; with one missing in the middle
  // they cannot.
  EXPECT_TRUE(VerifyAuditFiles({second}, std::nullopt).ok());
  EXPECT_TRUE(VerifyAuditFiles({second, third}, std::nullopt).ok());
  EXPECT_THAT(
      std::string(
          VerifyAuditFiles({first, third}, std::nullopt).status().message()),
      HasSubstr("log:1: it does not go on where the line before it ends"));
  EXPECT_FALSE(VerifyAuditFiles({first, first}, std::nullopt).ok());
}

TEST_F(AuditChainTest, AnAnchorShowsWhatTheChainCannot) {
  const AuditAnchor last = {5, maker_.hash()};
  EXPECT_TRUE(VerifyAuditFiles({maker_.Write("log", Join(lines_))}, last).ok());
  // Lines at the end are missing.
  lines_.pop_back();
  const std::string shorter = maker_.Write("log", Join(lines_));
  EXPECT_TRUE(VerifyAuditFiles({shorter}, std::nullopt).ok());
  EXPECT_THAT(std::string(VerifyAuditFiles({shorter}, last).status().message()),
              HasSubstr("line 5, which was noted, is not there"));
  // The log was written anew.
  LogMaker forger;
  std::string forged = forger.First("start");
  for (int i = 0; i < 5; ++i) forged += forger.Line(R"("kind":"intent")");
  EXPECT_THAT(std::string(VerifyAuditFiles({forger.Write("log", forged)}, last)
                              .status()
                              .message()),
              HasSubstr("line 5 is not the one that was noted"));
}

TEST(AuditAnchorTest, IsReadFromText) {
  const std::string hash(64, 'a');
  const auto anchor = ParseAuditAnchor("12:" + hash);
  ASSERT_TRUE(anchor.ok());
  EXPECT_EQ(anchor->seq, 12u);
  EXPECT_EQ(anchor->hash, hash);
  for (const std::string& text :
       {std::string(""), std::string("12"), "12:" + hash.substr(1), "0:" + hash,
        "x:" + hash, ":" + hash, "12:" + std::string(64, 'g')}) {
    EXPECT_FALSE(ParseAuditAnchor(text).ok()) << text;
  }
}

TEST(AuditChainFilesTest, AFileThatIsNotThereIsNotFound) {
  EXPECT_EQ(VerifyAuditFiles({"/nonexistent/audit.log"}, std::nullopt)
                .status()
                .code(),
            absl::StatusCode::kNotFound);
}

}  // namespace
}  // namespace heapd::heapctl
