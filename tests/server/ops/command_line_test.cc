#include "server/ops/command_line.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "server/ops/config_schema.h"
#include "tests/server/support/temporary_directory.h"

namespace heapd::server {
namespace {

using ::testing::HasSubstr;

absl::StatusOr<Invocation> Parse(std::vector<std::string> arguments) {
  std::vector<const char*> pointers = {"heapd"};
  for (const std::string& text : arguments) pointers.push_back(text.c_str());
  return ParseCommandLine(static_cast<int>(pointers.size()), pointers.data(),
                          uint64_t{4} << 30, 2);
}

TEST(CommandLineTest, NothingAtAllIsAWorkingConfiguration) {
  const absl::StatusOr<Invocation> invocation = Parse({});
  ASSERT_TRUE(invocation.ok()) << invocation.status();
  EXPECT_FALSE(invocation->print.has_value());
  EXPECT_EQ(invocation->config.memory_budget, uint64_t{3} << 30);
  EXPECT_EQ(invocation->config.listen_data,
            std::vector<std::string>{"127.0.0.1:7700"});
}

TEST(CommandLineTest, FlagsOverrideTheFile) {
  const TemporaryDirectory directory;
  const std::string path = directory.Write(
      "c.yaml", "memory: {budget: 1GiB, max_heaps: 3}\nlog: {level: debug}\n");
  const absl::StatusOr<Invocation> invocation =
      Parse({"--memory.budget", "2GiB", "--config", path, "--listen.data",
             "127.0.0.1:0", "--listen.data=unix:/tmp/x", "--ports-file", "p"});
  ASSERT_TRUE(invocation.ok()) << invocation.status();
  EXPECT_EQ(invocation->config.memory_budget, uint64_t{2} << 30);
  EXPECT_EQ(invocation->config.memory_max_heaps, 3);
  EXPECT_EQ(invocation->config.log_level, "debug");
  EXPECT_EQ(invocation->config.listen_data,
            (std::vector<std::string>{"127.0.0.1:0", "unix:/tmp/x"}));
  EXPECT_EQ(invocation->ports_file, "p");
}

// Capability row 57.
TEST(CommandLineTest, TracingIsAskedForAsInNode) {
  EXPECT_EQ(Parse({})->config.log_trace_gc, "none");
  EXPECT_EQ(Parse({"--trace-gc"})->config.log_trace_gc, "all");
  EXPECT_EQ(
      Parse({"--trace-gc", "--trace-gc-ignore-scavenger"})->config.log_trace_gc,
      "major");
  EXPECT_EQ(Parse({"--log.trace_gc", "major"})->config.log_trace_gc, "major");
  EXPECT_EQ(Parse({"--trace-gc-ignore-scavenger"}).status().message(),
            "--trace-gc-ignore-scavenger requires --trace-gc");
  EXPECT_EQ(Parse({"--trace-gcc"}).status().message(),
            "unknown flag '--trace-gcc', did you mean '--trace-gc'?");
}

TEST(CommandLineTest, VerifyHeapIsAKeyWithAFlagOfItsOwn) {
  EXPECT_FALSE(Parse({})->config.stress_verify_heap);
  EXPECT_TRUE(Parse({"--verify-heap"})->config.stress_verify_heap);
}

TEST(CommandLineTest, WrongFlagsAreNamed) {
  EXPECT_EQ(Parse({"--memory.budget", "7"}).status().message(),
            "--memory.budget must be 16MiB to 1024TiB");
  EXPECT_EQ(Parse({"--memory.buget", "7"}).status().message(),
            "unknown flag '--memory.buget', did you mean '--memory.budget'?");
  EXPECT_EQ(Parse({"--xyzzyxyzzy"}).status().message(),
            "unknown flag '--xyzzyxyzzy'; see heapd --help");
  EXPECT_FALSE(Parse({"--memory.budget"}).ok());
  EXPECT_FALSE(Parse({"--log.level", "info", "--log.level", "debug"}).ok());
  EXPECT_FALSE(Parse({"stray"}).ok());
  EXPECT_FALSE(Parse({"--config", "/nowhere/at/all"}).ok());
}

TEST(CommandLineTest, HelpHasEveryKeyWithItsMeaning) {
  const absl::StatusOr<Invocation> invocation = Parse({"--help"});
  ASSERT_TRUE(invocation.ok() && invocation->print.has_value());
  for (const ConfigKey& key : ConfigKeys()) {
    EXPECT_THAT(*invocation->print, HasSubstr(absl::StrCat("--", key.name)));
    EXPECT_THAT(*invocation->print, HasSubstr(std::string(key.meaning)));
  }
}

TEST(CommandLineTest, VersionIsPrinted) {
  EXPECT_THAT(*Parse({"--version"})->print, ::testing::StartsWith("heapd "));
}

TEST(CommandLineTest, ThePrintedConfigurationIsReadBackTheSame) {
  const TemporaryDirectory directory;
  const std::string digest(64, 'b');
  const absl::StatusOr<Invocation> first = Parse(
      {"--print-config",
       "--listen.data",
       "unix:/tmp/s",
       "--snapshots.directory",
       "/tmp/with: colon",
       "--auth.tokens",
       "ops:" + digest,
       "--snapshots.state_directory",
       "/tmp/state",
       "--snapshots.destinations",
       "{name: a, kind: directory, directory: '/tmp/with: colon, b'}",
       "--snapshots.destinations",
       "{name: b, kind: s3, bucket: abc, region: r, part_size: 16MiB}",
       "--snapshots.rules",
       "{name: full, metric: used_ratio, above: 0.8, label: 'a: \"b\", c'}",
       "--snapshots.rules",
       "{name: slow, metric: longest_pause, above: 50ms, action: log}",
       "--snapshots.schedules",
       "{name: nightly, interval: 24h}",
       "--memory.clear_free",
       "true",
       "--listen.socket_mode",
       "0660"});
  ASSERT_TRUE(first.ok()) << first.status();
  const std::string path = directory.Write("c.yaml", *first->print);
  const absl::StatusOr<Invocation> second = Parse({"--config", path});
  ASSERT_TRUE(second.ok()) << second.status() << *first->print;
  for (const ConfigKey& key : ConfigKeys()) {
    EXPECT_EQ(GetConfigValue(key, first->config),
              GetConfigValue(key, second->config))
        << key.name;
  }
}

}  // namespace
}  // namespace heapd::server
