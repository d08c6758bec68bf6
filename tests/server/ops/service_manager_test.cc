#include "server/ops/service_manager.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <memory>

#include "tests/server/support/notify_socket.h"

namespace heapd::server {
namespace {

using ::testing::MatchesRegex;

TEST(ServiceManagerTest, WithoutOneNothingIsToldAndNothingFails) {
  ServiceManager manager;
  EXPECT_FALSE(manager.is_present());
  EXPECT_EQ(manager.watchdog(), std::nullopt);
  manager.Ready();
  manager.Tell("fine");
}

TEST(ServiceManagerTest, ItSaysWhatTheProtocolSays) {
  NotifySocket socket;
  ServiceManager manager;
  ASSERT_TRUE(manager.is_present());
  manager.Ready();
  EXPECT_EQ(socket.Next(), "READY=1");
  manager.Stopping();
  EXPECT_EQ(socket.Next(), "STOPPING=1");
  manager.KeepAlive();
  EXPECT_EQ(socket.Next(), "WATCHDOG=1");
  manager.ExtendTimeout(absl::Milliseconds(1500));
  EXPECT_EQ(socket.Next(), "EXTEND_TIMEOUT_USEC=1500000");
}

TEST(ServiceManagerTest, AReloadSaysWhenItBegan) {
  NotifySocket socket;
  ServiceManager manager;
  timespec before;
  clock_gettime(CLOCK_MONOTONIC, &before);
  manager.Reloading();
  const std::string message = socket.Next();
  ASSERT_THAT(message, MatchesRegex("RELOADING=1\nMONOTONIC_USEC=[0-9]+"));
  EXPECT_GE(std::stoll(message.substr(message.rfind('=') + 1)),
            absl::ToInt64Microseconds(absl::DurationFromTimespec(before)));
}

TEST(ServiceManagerTest, AStatusIsOneLine) {
  NotifySocket socket;
  ServiceManager manager;
  manager.Tell("fine\nREADY=1");
  EXPECT_EQ(socket.Next(), "STATUS=fine READY=1");
}

TEST(ServiceManagerTest, TheWatchdogIsTheManagers) {
  NotifySocket socket(absl::Seconds(10));
  EXPECT_EQ(ServiceManager().watchdog(), absl::Seconds(10));
}

// As after a fork that kept the environment of the process that is watched.
TEST(ServiceManagerTest, AnotherProcessesWatchdogIsNone) {
  NotifySocket socket(absl::Seconds(10));
  setenv("WATCHDOG_PID", "1", 1);
  EXPECT_EQ(ServiceManager().watchdog(), std::nullopt);
  unsetenv("WATCHDOG_PID");
}

TEST(ServiceManagerTest, OneThatIsGoneIsNoErrorOfTheDaemon) {
  auto socket = std::make_unique<NotifySocket>();
  ServiceManager manager;
  const std::string path = getenv("NOTIFY_SOCKET");
  socket.reset();
  setenv("NOTIFY_SOCKET", path.c_str(), 1);
  manager.Ready();
  manager.KeepAlive();
  unsetenv("NOTIFY_SOCKET");
}

}  // namespace
}  // namespace heapd::server
