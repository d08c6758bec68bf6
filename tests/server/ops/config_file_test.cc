#include "server/ops/config_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "absl/strings/str_cat.h"
#include "tests/server/support/temporary_directory.h"

namespace heapd::server {
namespace {

const char kDigest[] =
    "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";

class ConfigFileTest : public ::testing::Test {
 protected:
  // Reads `text` as a file; gives what follows its path in the error, or "".
  std::string ErrorOf(const std::string& text) {
    const std::string path = directory_.Write("config.yaml", text);
    config_ = Config();
    const absl::Status status = ReadConfigFile(path, config_);
    if (status.ok()) return "";
    EXPECT_EQ(status.message().substr(0, path.size()), path);
    return std::string(status.message().substr(path.size()));
  }

  TemporaryDirectory directory_;
  Config config_;
};

TEST_F(ConfigFileTest, EveryKindOfValueIsRead) {
  EXPECT_EQ(ErrorOf(absl::StrCat("listen:\n"
                                 "  data: ['127.0.0.1:1', 'unix:/run/h']\n"
                                 "  operations: 127.0.0.1:2\n"
                                 "memory:\n"
                                 "  budget: 512MiB\n"
                                 "  lock: true\n"
                                 "sessions: {default_time_to_live: 90s}\n"
                                 "limits: {max_watchers: 7}\n"
                                 "snapshots:\n"
                                 "  directory: /var/lib/heapd\n"
                                 "  destinations:\n"
                                 "    - {name: d, kind: directory, "
                                 "directory: /d}\n"
                                 "    - name: s\n"
                                 "      kind: s3\n"
                                 "      bucket: bucket\n"
                                 "      region: eu-central-1\n"
                                 "auth:\n"
                                 "  tokens:\n"
                                 "    - {name: ops, sha256: ",
                                 kDigest, "}\n")),
            "");
  EXPECT_EQ(config_.listen_data,
            (std::vector<std::string>{"127.0.0.1:1", "unix:/run/h"}));
  EXPECT_EQ(config_.listen_operations, std::vector<std::string>{"127.0.0.1:2"});
  EXPECT_EQ(config_.memory_budget, 512u << 20);
  EXPECT_TRUE(config_.memory_lock);
  EXPECT_EQ(config_.sessions_default_time_to_live, absl::Seconds(90));
  EXPECT_EQ(config_.limits_max_watchers, 7);
  EXPECT_EQ(config_.snapshots_directory, "/var/lib/heapd");
  ASSERT_EQ(config_.snapshots_destinations.size(), 2u);
  EXPECT_EQ(config_.snapshots_destinations[0].directory, "/d");
  EXPECT_EQ(config_.snapshots_destinations[1].bucket, "bucket");
  EXPECT_EQ(config_.auth_tokens, (std::vector<TokenEntry>{{"ops", kDigest}}));
}

TEST_F(ConfigFileTest, AWrongDestinationIsFound) {
  EXPECT_EQ(ErrorOf("snapshots:\n"
                    "  destinations:\n"
                    "    - {name: d, kind: directory, directory: /d}\n"
                    "    - {name: s, kind: s3, buket: b}\n"),
            ":4: a destination has no key 'buket', did you mean 'bucket'?");
  EXPECT_EQ(ErrorOf("snapshots:\n  destinations: {name: d}\n"),
            ":2: 'snapshots.destinations' must be a list of {name: NAME, "
            "...}");
}

TEST_F(ConfigFileTest, RulesAndSchedulesAreMapsWithTheirOwnLines) {
  ASSERT_EQ(ErrorOf("snapshots:\n"
                    "  schedules:\n"
                    "    - {name: nightly, interval: 24h, offset: 3h}\n"
                    "  rules:\n"
                    "    - name: full\n"
                    "      metric: used_ratio\n"
                    "      above: 0.8\n"),
            "");
  ASSERT_EQ(config_.snapshots_schedules.size(), 1u);
  EXPECT_EQ(config_.snapshots_schedules[0].offset, absl::Hours(3));
  ASSERT_EQ(config_.snapshots_rules.size(), 1u);
  EXPECT_EQ(config_.snapshots_rules[0].above, "0.8");
  EXPECT_EQ(ErrorOf("snapshots:\n"
                    "  rules:\n"
                    "    - {name: a, metric: object_count, above: 5}\n"
                    "    - {name: b, metric: used_ratio, above: 5}\n"),
            ":4: rule 'b': above must be 0 to 1");
  EXPECT_EQ(ErrorOf("snapshots:\n  schedules: [nightly]\n"),
            ":2: a schedule must be a map, {name: NAME, ...}");
}

TEST_F(ConfigFileTest, AnEmptyFileAndAnEmptySectionChangeNothing) {
  EXPECT_EQ(ErrorOf(""), "");
  EXPECT_EQ(ErrorOf("# only a comment\nmemory:\n"), "");
  EXPECT_EQ(config_.memory_budget, 0u);
}

TEST_F(ConfigFileTest, AnUnknownSectionIsNamedWithItsLine) {
  EXPECT_EQ(ErrorOf("memory:\n  lock: true\n\nlisen:\n  data: x\n"),
            ":4: unknown key 'lisen', did you mean 'listen'?");
}

TEST_F(ConfigFileTest, AnUnknownKeyIsNamedWithItsLine) {
  EXPECT_EQ(ErrorOf("memory:\n  lock: true\n  buget: 1GiB\n"),
            ":3: unknown key 'memory.buget', did you mean 'memory.budget'?");
  EXPECT_EQ(ErrorOf("memory: {xyzzyxyzzyxyzzy: 1}\n"),
            ":1: unknown key 'memory.xyzzyxyzzyxyzzy'");
}

TEST_F(ConfigFileTest, AWrongTypeIsNamedWithItsLine) {
  EXPECT_EQ(ErrorOf("memory:\n  lock: 7\n"),
            ":2: 'memory.lock' must be true or false");
  EXPECT_EQ(ErrorOf("memory:\n  budget:\n    max: 1GiB\n"),
            ":3: 'memory.budget' must be a size");
  EXPECT_EQ(ErrorOf("memory:\n  budget: [1GiB]\n"),
            ":2: 'memory.budget' must be a size");
  EXPECT_EQ(ErrorOf("memory:\n  budget:\n"),
            ":2: 'memory.budget' must be a size");
  EXPECT_EQ(ErrorOf("memory: 1GiB\n"),
            ":1: 'memory' is a section: its keys stand below it, indented");
  EXPECT_EQ(ErrorOf("- memory\n"), ":1: must be a map of sections");
}

TEST_F(ConfigFileTest, AWrongRangeIsNamedWithItsLine) {
  EXPECT_EQ(ErrorOf("\n\nlimits:\n  max_watchers: 0\n"),
            ":4: 'limits.max_watchers' must be 1 to 10000");
  EXPECT_EQ(ErrorOf("listen:\n  data: []\n"),
            ":2: 'listen.data' must have 1 to 8 entries");
}

TEST_F(ConfigFileTest, AKeyThatComesTwiceIsRefused) {
  EXPECT_EQ(ErrorOf("log:\n  level: info\n  level: debug\n"),
            ":3: 'level' is set twice");
}

TEST_F(ConfigFileTest, TextThatIsNoYamlIsRefusedWithItsLine) {
  EXPECT_EQ(ErrorOf("log:\n  level: [info\n").substr(0, 2), ":3");
  EXPECT_NE(ErrorOf(std::string("a\0b", 3)), "");
}

TEST_F(ConfigFileTest, AWrongTokenIsNamedWithItsLine) {
  EXPECT_EQ(ErrorOf("auth:\n  tokens:\n    - {name: ops}\n"),
            ":3: a token must be {name: NAME, sha256: DIGITS}");
  EXPECT_EQ(ErrorOf("auth:\n  tokens:\n    - {name: ops, sha256: secret}\n"),
            ":3: a token the sha256 of 'ops' must be 64 hex digits (printf %s "
            "TOKEN | sha256sum)");
}

TEST_F(ConfigFileTest, AMissingOrHugeFileIsRefused) {
  Config config;
  EXPECT_FALSE(ReadConfigFile(directory_.Path("none"), config).ok());
  const std::string huge =
      directory_.Write("huge.yaml", std::string(1100000, '#'));
  EXPECT_FALSE(ReadConfigFile(huge, config).ok());
}

TEST_F(ConfigFileTest, AFileOfTokensHasThem) {
  const std::string path = directory_.Write(
      "tokens.yaml", absl::StrCat("- {name: second, sha256: ", kDigest, "}\n"));
  EXPECT_EQ(*ReadTokensFile(path),
            (std::vector<TokenEntry>{{"second", kDigest}}));
}

TEST_F(ConfigFileTest, AFileOfTokensThatEverybodyMayWriteIsRefused) {
  const std::string path = directory_.Write("tokens.yaml", "");
  ASSERT_EQ(chmod(path.c_str(), 0606), 0);
  EXPECT_FALSE(ReadTokensFile(path).ok());
}

}  // namespace
}  // namespace heapd::server
