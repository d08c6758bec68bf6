// The binary itself: exit codes, signals, what it prints.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/server/support/child_process.h"
#include "tests/server/support/health_client.h"
#include "tests/server/support/reflection_stream.h"
#include "tests/server/support/temporary_directory.h"

namespace heapd::server {
namespace {

using ::testing::HasSubstr;

const char kHeapd[] = HEAPD_TEST_BIN_DIR "/heapd";

class MainTest : public ::testing::Test {
 protected:
  std::vector<std::string> FreePorts() {
    return {"--listen.data",       "127.0.0.1:0",
            "--listen.operations", "127.0.0.1:0",
            "--listen.liveness",   "127.0.0.1:0",
            "--listen.readiness",  "127.0.0.1:0",
            "--ports-file",        directory_.Path("ports"),
            "--memory.budget",     "64MiB"};
  }

  std::string Address(const std::string& plane) {
    return nlohmann::json::parse(directory_.Read("ports"))[plane][0];
  }

  TemporaryDirectory directory_;
};

TEST_F(MainTest, SigtermAndSigintEndItWithZero) {
  for (const int number : {SIGTERM, SIGINT}) {
    ChildProcess heapd(kHeapd, FreePorts());
    ASSERT_THAT(heapd.ReadUntil(" serving "), HasSubstr(" serving "));
    EXPECT_EQ(HealthClient(Address("liveness")).Check(), "SERVING");
    heapd.Signal(number);
    EXPECT_THAT(heapd.ReadAll(), HasSubstr(" stopped"));
    EXPECT_EQ(heapd.Wait(), 0);
  }
}

TEST_F(MainTest, SighupReloadsAndEndsNothing) {
  std::vector<std::string> arguments = FreePorts();
  arguments.insert(arguments.end(),
                   {"--auth.tokens_file", directory_.Write("tokens.yaml", "")});
  ChildProcess heapd(kHeapd, arguments);
  heapd.ReadUntil(" serving ");
  heapd.Signal(SIGHUP);
  EXPECT_THAT(heapd.ReadUntil("what=tokens"), HasSubstr(" reloaded "));
  directory_.Write("tokens.yaml", "nonsense");
  heapd.Signal(SIGHUP);
  EXPECT_THAT(heapd.ReadUntil("tokens.yaml:1"), HasSubstr(" reload_refused "));
  EXPECT_EQ(HealthClient(Address("liveness")).Check(), "SERVING");
  heapd.Signal(SIGTERM);
  heapd.ReadAll();
  EXPECT_EQ(heapd.Wait(), 0);
}

TEST_F(MainTest, ASecondSignalEndsItAtOnce) {
  std::vector<std::string> arguments = FreePorts();
  arguments.insert(arguments.end(), {"--shutdown.grace", "1h"});
  ChildProcess heapd(kHeapd, arguments);
  heapd.ReadUntil(" serving ");
  // Holds the stop up.
  ReflectionStream stream(Address("data"));
  ASSERT_FALSE(stream.ListServices().empty());
  heapd.Signal(SIGTERM);
  heapd.ReadUntil(" stopping ");
  heapd.Signal(SIGTERM);
  EXPECT_EQ(heapd.Wait(), 128 + SIGTERM);
}

TEST_F(MainTest, AWrongConfigurationIsExitCodeTwoAndOneLine) {
  const std::string path =
      directory_.Write("config.yaml", "# heapd\n\nlisen:\n  data: x\n");
  ChildProcess heapd(kHeapd, {"--config", path});
  EXPECT_EQ(
      heapd.ReadAll(),
      "heapd: " + path + ":3: unknown key 'lisen', did you mean 'listen'?\n");
  EXPECT_EQ(heapd.Wait(), 2);
}

TEST_F(MainTest, AnAddressThatIsNotAllowedIsExitCodeOne) {
  std::vector<std::string> arguments = FreePorts();
  arguments[1] = "0.0.0.0:0";
  ChildProcess heapd(kHeapd, arguments);
  EXPECT_THAT(heapd.ReadAll(), HasSubstr("without TLS heapd listens on "
                                         "loopback addresses and Unix sockets "
                                         "only"));
  EXPECT_EQ(heapd.Wait(), 1);
}

TEST_F(MainTest, PlaintextOffThisMachineNeedsALongFlagAndIsWarnedOf) {
  std::vector<std::string> arguments = FreePorts();
  arguments[1] = "0.0.0.0:0";
  arguments.push_back("--insecure-allow-plaintext-beyond-loopback");
  ChildProcess heapd(kHeapd, arguments);
  EXPECT_THAT(heapd.ReadUntil(" serving "),
              HasSubstr("WARNING insecure_setting"));
}

TEST_F(MainTest, ASecondOneOnTheSamePortSaysSo) {
  ChildProcess first(kHeapd, FreePorts());
  first.ReadUntil(" serving ");
  std::vector<std::string> arguments = FreePorts();
  arguments[1] = Address("data");
  ChildProcess second(kHeapd, arguments);
  EXPECT_THAT(second.ReadAll(), HasSubstr("Address already in use"));
  EXPECT_EQ(second.Wait(), 1);
}

TEST_F(MainTest, ItReplacesOneThatWasKilled) {
  std::vector<std::string> arguments = FreePorts();
  arguments[1] = "unix:" + directory_.Path("data.sock");
  {
    ChildProcess killed(kHeapd, arguments);
    killed.ReadUntil(" serving ");
    killed.Signal(SIGKILL);
    EXPECT_EQ(killed.Wait(), 128 + SIGKILL);
  }
  ChildProcess heapd(kHeapd, arguments);
  EXPECT_THAT(heapd.ReadUntil(" serving "), HasSubstr(" serving "));
  EXPECT_EQ(HealthClient(arguments[1]).Check(), "SERVING");
}

TEST_F(MainTest, LogsAreJsonWhenAskedFor) {
  std::vector<std::string> arguments = FreePorts();
  arguments.insert(arguments.end(), {"--log.format", "json"});
  ChildProcess heapd(kHeapd, arguments);
  const std::string line = heapd.ReadUntil("\n");
  EXPECT_EQ(nlohmann::json::parse(line)["level"], "info") << line;
}

}  // namespace
}  // namespace heapd::server
