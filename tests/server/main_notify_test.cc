// What the binary tells the service manager that started it.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/server/support/child_process.h"
#include "tests/server/support/health_client.h"
#include "tests/server/support/notify_socket.h"
#include "tests/server/support/temporary_directory.h"

namespace heapd::server {
namespace {

using ::testing::MatchesRegex;
using ::testing::StartsWith;

class MainNotifyTest : public ::testing::Test {
 protected:
  std::vector<std::string> Arguments(std::vector<std::string> more = {}) {
    std::vector<std::string> arguments = {
        "--listen.data",       "127.0.0.1:0",
        "--listen.operations", "127.0.0.1:0",
        "--listen.liveness",   "127.0.0.1:0",
        "--listen.readiness",  "127.0.0.1:0",
        "--ports-file",        directory_.Path("ports"),
        "--memory.budget",     "64MiB"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return arguments;
  }
  std::string Check(const std::string& plane) {
    return HealthClient(
               nlohmann::json::parse(directory_.Read("ports"))[plane][0])
        .Check();
  }

  TemporaryDirectory directory_;
  NotifySocket socket_{absl::Seconds(2)};
};

TEST_F(MainNotifyTest, ReadyIsSaidWhenEveryPlaneServes) {
  ChildProcess heapd(HEAPD_TEST_BIN_DIR "/heapd", Arguments());
  ASSERT_EQ(socket_.Next(), "READY=1");
  for (const char* plane : {"data", "operations", "liveness", "readiness"}) {
    EXPECT_EQ(Check(plane), "SERVING") << plane;
  }
  EXPECT_EQ(socket_.Next(), "WATCHDOG=1");
  EXPECT_THAT(socket_.Next(),
              MatchesRegex("STATUS=ready: 0 heaps, 0 MiB of 64 MiB, 0 calls in "
                           "flight"));
  heapd.Signal(SIGTERM);
  EXPECT_EQ(heapd.Wait(), 0);
}

TEST_F(MainNotifyTest, AReloadIsAnnouncedAndEnded) {
  ChildProcess heapd(HEAPD_TEST_BIN_DIR "/heapd", Arguments());
  ASSERT_EQ(socket_.Next(), "READY=1");
  heapd.Signal(SIGHUP);
  EXPECT_THAT(socket_.NextOf("RELOADING=1"), StartsWith("RELOADING=1\nMONO"));
  EXPECT_EQ(socket_.NextOf("READY="), "READY=1");
}

TEST_F(MainNotifyTest, AStopIsAnnouncedAndTakesItsTime) {
  ChildProcess heapd(HEAPD_TEST_BIN_DIR "/heapd",
                     Arguments({"--shutdown.readiness_delay", "1s"}));
  ASSERT_EQ(socket_.Next(), "READY=1");
  heapd.Signal(SIGTERM);
  EXPECT_EQ(socket_.NextOf("STOPPING="), "STOPPING=1");
  EXPECT_EQ(socket_.NextOf("EXTEND_TIMEOUT_USEC="),
            "EXTEND_TIMEOUT_USEC=6000000");
  EXPECT_THAT(socket_.NextOf("STATUS=not"), StartsWith("STATUS=not ready:"));
  EXPECT_EQ(heapd.Wait(), 0);
}

TEST_F(MainNotifyTest, OneThatCannotStartIsNeverReady) {
  ChildProcess heapd(
      HEAPD_TEST_BIN_DIR "/heapd",
      Arguments({"--snapshots.directory", "/proc/nothing/here"}));
  EXPECT_EQ(heapd.Wait(), 1);
  EXPECT_EQ(socket_.Next(absl::ZeroDuration()), "");
}

}  // namespace
}  // namespace heapd::server
