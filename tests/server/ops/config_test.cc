#include "server/ops/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <string>

#include "server/ops/config_schema.h"
#include "server/ops/config_value.h"

namespace heapd::server {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(ConfigValueTest, SizesAreReadInEveryUnit) {
  EXPECT_EQ(*ParseSize("0"), 0u);
  EXPECT_EQ(*ParseSize("1000"), 1000u);
  EXPECT_EQ(*ParseSize("3KiB"), 3072u);
  EXPECT_EQ(*ParseSize("512MiB"), 512u << 20);
  EXPECT_EQ(*ParseSize("2TiB"), 2ull << 40);
}

TEST(ConfigValueTest, WhatIsNoSizeIsRefused) {
  for (const char* text : {"", "MiB", "-1", "1.5GiB", "1MB", "1 MiB", "1mib",
                           "99999999999999999999", "99999999999TiB", "0x10"}) {
    EXPECT_FALSE(ParseSize(text).ok()) << text;
  }
}

TEST(ConfigValueTest, AWrittenSizeIsReadBack) {
  for (uint64_t bytes :
       {0ull, 1ull, 1023ull, 1024ull, 72ull << 20, 3ull << 40}) {
    EXPECT_EQ(*ParseSize(FormatSize(bytes)), bytes);
  }
  EXPECT_EQ(FormatSize(72ull << 20), "72MiB");
}

TEST(ConfigValueTest, ATokenEntryNeedsANameAndADigest) {
  const std::string digest(64, 'A');
  ASSERT_TRUE(ParseTokenEntry("ops:" + digest).ok());
  EXPECT_EQ(ParseTokenEntry("ops:" + digest)->sha256, std::string(64, 'a'));
  EXPECT_FALSE(ParseTokenEntry(digest).ok());
  EXPECT_FALSE(ParseTokenEntry(":" + digest).ok());
  EXPECT_FALSE(ParseTokenEntry("a b:" + digest).ok());
}

TEST(ConfigValueTest, ATokenGivenForItsDigestIsNotRepeated) {
  EXPECT_THAT(ParseTokenEntry("ops:hunter2").status().ToString(),
              Not(HasSubstr("hunter2")));
}

TEST(ConfigValueTest, SlipsFindTheWordThatWasMeant) {
  EXPECT_EQ(ClosestWord("lisen", {"listen", "memory"}), "listen");
  EXPECT_EQ(ClosestWord("memory.buget", {"memory.lock", "memory.budget"}),
            "memory.budget");
  EXPECT_EQ(ClosestWord("xyzzy", {"listen", "memory"}), "");
}

TEST(ConfigSchemaTest, EveryDefaultIsAllowedByItsOwnRow) {
  Config resolved;
  ResolveDefaults(uint64_t{8} << 30, 4, resolved);
  EXPECT_TRUE(CheckConfig(resolved).ok());
  for (const ConfigKey& key : ConfigKeys()) {
    Config config;
    const absl::Status status =
        SetConfigValue(key, GetConfigValue(key, resolved), config);
    EXPECT_TRUE(status.ok()) << key.name << " " << status;
    EXPECT_EQ(GetConfigValue(key, config), GetConfigValue(key, resolved));
  }
}

TEST(ConfigSchemaTest, ValuesBesideTheRangeAreRefusedAndNameIt) {
  struct Case {
    const char* key;
    const char* value;
    const char* message;
  };
  for (const Case& c : {
           Case{"memory.budget", "1KiB", "must be 16MiB to 1024TiB"},
           Case{"memory.budget", "lots", "must be a size"},
           Case{"memory.lock", "yes", "must be true or false"},
           Case{"memory.max_heaps", "0", "must be 1 to 1024"},
           Case{"memory.max_heaps", "many", "must be an integer"},
           Case{"sessions.default_time_to_live", "1ms", "must be 1s to 24h"},
           Case{"sessions.default_time_to_live", "60", "must be a duration"},
           Case{"log.format", "xml", "must be text or json"},
           Case{"listen.socket_mode", "0666", "must be 0600 or 0660"},
       }) {
    Config config;
    const ConfigKey* key = FindConfigKey(c.key);
    ASSERT_NE(key, nullptr) << c.key;
    EXPECT_THAT(std::string(SetConfigValue(*key, {c.value}, config).message()),
                HasSubstr(c.message))
        << c.key;
  }
}

TEST(ConfigTest, ComputedDefaultsFollowTheMachine) {
  Config config;
  ResolveDefaults(uint64_t{1} << 30, 8, config);
  EXPECT_EQ(config.memory_budget, uint64_t{768} << 20);
  EXPECT_EQ(config.memory_default_heap_limit, uint64_t{192} << 20);
  EXPECT_EQ(config.workers_threads, 8);
  EXPECT_EQ(config.marking_threads, 4);
}

TEST(ConfigTest, ATinyMachineGetsTheSmallestBudget) {
  Config config;
  ResolveDefaults(0, 1, config);
  EXPECT_EQ(config.memory_budget, uint64_t{16} << 20);
  EXPECT_EQ(config.memory_default_heap_limit, uint64_t{4} << 20);
  EXPECT_EQ(config.workers_threads, 2);
  EXPECT_EQ(config.marking_threads, 1);
  EXPECT_TRUE(CheckConfig(config).ok());
}

TEST(ConfigTest, KeysThatContradictEachOtherAreNamed) {
  Config config;
  config.memory_budget = uint64_t{1} << 30;
  config.memory_default_heap_limit = uint64_t{2} << 30;
  EXPECT_EQ(
      CheckConfig(config).message(),
      "'memory.default_heap_limit' (2GiB) is over 'memory.budget' (1GiB)");
}

TEST(ConfigTest, KeysThatNeedEachOtherAreNamed) {
  Config resolved;
  ResolveDefaults(uint64_t{8} << 30, 4, resolved);
  const auto error_of = [&](const std::function<void(Config&)>& change) {
    Config config = resolved;
    change(config);
    return std::string(CheckConfig(config).message());
  };
  EXPECT_EQ(error_of([](Config& c) { c.tls_certificate_file = "crt"; }),
            "'tls.certificate_file' needs 'tls.key_file' too");
  EXPECT_EQ(error_of([](Config& c) { c.tls_key_file = "key"; }),
            "'tls.key_file' needs 'tls.certificate_file' too");
  EXPECT_EQ(error_of([](Config& c) { c.tls_client_ca_file = "ca"; }),
            "'tls.client_ca_file' needs 'tls.certificate_file' too");
  EXPECT_EQ(
      error_of([](Config& c) { c.tls_require_client_certificate = {"data"}; }),
      "'tls.require_client_certificate' needs 'tls.client_ca_file' too");
  EXPECT_EQ(error_of([](Config& c) { c.auth_jwt_keys_file = "keys"; }),
            "'auth.jwt_keys_file' needs 'auth.jwt_issuer' too");
  EXPECT_EQ(error_of([](Config& c) { c.auth_jwt_issuer = "issuer"; }),
            "'auth.jwt_issuer' needs 'auth.jwt_keys_file' too");
  EXPECT_EQ(error_of([](Config& c) { c.auth_jwt_audience = "heapd"; }),
            "'auth.jwt_audience' needs 'auth.jwt_keys_file' too");
  EXPECT_EQ(error_of([](Config& c) {
              c.auth_jwt_keys_file = "keys";
              c.auth_jwt_issuer = "issuer";
            }),
            "'auth.jwt_keys_file' needs 'auth.jwt_audience' too");
}

TEST(ConfigTest, ListenersOfTlsMustExistAndSpeakIt) {
  Config config;
  ResolveDefaults(uint64_t{8} << 30, 4, config);
  config.tls_certificate_file = "crt";
  config.tls_key_file = "key";
  config.tls_client_ca_file = "ca";
  config.tls_listeners = {"data", "operation"};
  EXPECT_THAT(std::string(CheckConfig(config).message()),
              HasSubstr("'tls.listeners' has 'operation'"));
  config.tls_listeners = {"data"};
  config.tls_require_client_certificate = {"data"};
  EXPECT_TRUE(CheckConfig(config).ok()) << CheckConfig(config);
  config.tls_require_client_certificate = {"data", "operations"};
  EXPECT_THAT(std::string(CheckConfig(config).message()),
              HasSubstr("'operations', which 'tls.listeners' leaves without"));
}

TEST(ConfigTest, DestinationsHaveNamesOfTheirOwnAndAJournal) {
  Config config;
  ResolveDefaults(uint64_t{1} << 30, 2, config);
  config.snapshots_directory = "/a";
  config.snapshots_destinations = {
      *ParseDestinationEntry("{name: b, kind: directory, directory: /b}"),
      *ParseDestinationEntry("{name: c, kind: directory, directory: /c}")};
  EXPECT_TRUE(CheckConfig(config).ok());
  config.snapshots_destinations[1].name = "b";
  EXPECT_THAT(CheckConfig(config).ToString(), HasSubstr("has 'b' twice"));
  config.snapshots_destinations[1].name = "local";
  EXPECT_THAT(CheckConfig(config).ToString(),
              HasSubstr("the name of 'snapshots.directory'"));
  config.snapshots_destinations[1] =
      *ParseDestinationEntry("{name: c, kind: s3, bucket: abc, region: r}");
  EXPECT_THAT(CheckConfig(config).ToString(),
              HasSubstr("'snapshots.state_directory' is required with 'c'"));
  config.snapshots_state_directory = "/state";
  EXPECT_TRUE(CheckConfig(config).ok());
}

TEST(ConfigTest, WhatIsTakenByItselfNeedsAPlaceAndMemory) {
  Config config;
  ResolveDefaults(uint64_t{1} << 30, 2, config);
  EXPECT_EQ(config.snapshots_near_limit_reserve, uint64_t{48} << 20);
  config.snapshots_near_limit_count = 2;
  EXPECT_EQ(CheckConfig(config).message(),
            "'snapshots.near_limit_count' needs 'snapshots.directory' or "
            "'snapshots.destinations' too");
  config.snapshots_directory = "/a";
  EXPECT_TRUE(CheckConfig(config).ok());
  config.snapshots_near_limit_reserve = config.memory_budget / 2 + 1;
  EXPECT_THAT(CheckConfig(config).ToString(),
              HasSubstr("is over 'half of memory.budget' (384MiB)"));
  config.snapshots_near_limit_count = 0;
  EXPECT_TRUE(CheckConfig(config).ok());
  config.snapshots_automatic_destination = "archive";
  EXPECT_EQ(CheckConfig(config).message(),
            "'snapshots.automatic_destination' with the destination "
            "'archive', which is none of 'snapshots.destinations'");
}

TEST(ConfigTest, RulesAndSchedulesHaveNamesOfTheirOwnAndDestinations) {
  Config config;
  ResolveDefaults(uint64_t{1} << 30, 2, config);
  const RuleEntry rule =
      *ParseRuleEntry("{name: full, metric: used_ratio, above: 0.5}");
  RuleEntry log = rule;
  log.action = "log";
  config.snapshots_rules = {log};
  EXPECT_TRUE(CheckConfig(config).ok()) << "a log line needs no storage";
  config.snapshots_rules = {rule};
  EXPECT_THAT(CheckConfig(config).ToString(),
              HasSubstr("'snapshots.rules' needs 'snapshots.directory'"));
  config.snapshots_directory = "/a";
  EXPECT_TRUE(CheckConfig(config).ok());
  config.snapshots_rules = {rule, rule};
  EXPECT_THAT(CheckConfig(config).ToString(),
              HasSubstr("'snapshots.rules' has 'full' twice"));
  config.snapshots_rules.pop_back();
  config.snapshots_rules[0].destination = "archive";
  EXPECT_EQ(CheckConfig(config).message(),
            "'snapshots.rules' has 'full' with the destination 'archive', "
            "which is none of 'snapshots.destinations'");
  config.snapshots_rules[0].destination = "local";
  EXPECT_TRUE(CheckConfig(config).ok());
  config.snapshots_schedules = {
      *ParseScheduleEntry("{name: n, interval: 1h, destination: b}")};
  EXPECT_THAT(CheckConfig(config).ToString(),
              HasSubstr("'snapshots.schedules' has 'n' with the destination"));
}

TEST(ConfigTest, TheListenerOfSnapshotsMayShowSomethingOfItsOwn) {
  Config config;
  ResolveDefaults(uint64_t{1} << 30, 2, config);
  config.tls_snapshots_certificate_file = "crt";
  EXPECT_EQ(CheckConfig(config).message(),
            "'tls.snapshots_certificate_file' needs 'tls.snapshots_key_file' "
            "too");
  config.tls_snapshots_key_file = "key";
  EXPECT_EQ(CheckConfig(config).message(),
            "'tls.snapshots_certificate_file' needs 'listen.snapshots' too");
  config.listen_snapshots = {"127.0.0.1:0"};
  EXPECT_TRUE(CheckConfig(config).ok());
  config.tls_require_client_certificate = {"snapshots"};
  EXPECT_EQ(CheckConfig(config).message(),
            "'tls.require_client_certificate' needs 'tls.client_ca_file' too");
  config.tls_snapshots_client_ca_file = "ca";
  EXPECT_TRUE(CheckConfig(config).ok());
  config.tls_require_client_certificate = {"snapshots", "data"};
  EXPECT_FALSE(CheckConfig(config).ok());
  config.tls_require_client_certificate = {};
  config.tls_snapshots_certificate_file = "";
  config.tls_snapshots_key_file = "";
  EXPECT_EQ(CheckConfig(config).message(),
            "'tls.snapshots_client_ca_file' needs 'tls.certificate_file' too");
}

}  // namespace
}  // namespace heapd::server
