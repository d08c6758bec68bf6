#include "server/ops/service_reporter.h"

#include <gtest/gtest.h>

#include <atomic>
#include <memory>

#include "tests/server/support/notify_socket.h"

namespace heapd::server {
namespace {

// Reports come twice a second with it.
constexpr absl::Duration kWatchdog = absl::Seconds(2);

class ServiceReporterTest : public ::testing::Test {
 protected:
  std::unique_ptr<ServiceReporter> Report() {
    ServiceReporter::Sources sources;
    sources.makes_progress = [this](absl::Duration) {
      ++asked_;
      return progress_.load();
    };
    sources.status = [] { return std::string("fine"); };
    return std::make_unique<ServiceReporter>(&manager_, std::move(sources));
  }

  NotifySocket socket_{kWatchdog};
  ServiceManager manager_;
  std::atomic<bool> progress_{true};
  std::atomic<int> asked_{0};
};

TEST_F(ServiceReporterTest, AliveAndHowItIsAreToldAgainAndAgain) {
  const auto reporter = Report();
  for (int report = 0; report < 3; ++report) {
    EXPECT_EQ(socket_.Next(), "WATCHDOG=1");
    EXPECT_EQ(socket_.Next(), "STATUS=fine");
  }
}

TEST_F(ServiceReporterTest, NothingIsToldWithoutProgress) {
  progress_ = false;
  const auto reporter = Report();
  while (asked_ < 3) absl::SleepFor(absl::Milliseconds(1));
  EXPECT_EQ(socket_.Next(absl::ZeroDuration()), "");
  progress_ = true;
  EXPECT_EQ(socket_.Next(), "WATCHDOG=1");
}

TEST_F(ServiceReporterTest, AStopAsksForTimeAtOnceAndAgain) {
  const auto reporter = Report();
  EXPECT_EQ(socket_.NextOf("STATUS="), "STATUS=fine");
  reporter->BeginStop();
  for (int report = 0; report < 2; ++report) {
    EXPECT_EQ(socket_.Next(), "WATCHDOG=1");
    EXPECT_EQ(socket_.Next(), "EXTEND_TIMEOUT_USEC=6000000");
    EXPECT_EQ(socket_.Next(), "STATUS=fine");
  }
}

TEST_F(ServiceReporterTest, AStopThatStandsStillGetsNoTime) {
  const auto reporter = Report();
  EXPECT_EQ(socket_.NextOf("STATUS="), "STATUS=fine");
  progress_ = false;
  reporter->BeginStop();
  const int asked = asked_;
  while (asked_ < asked + 2) absl::SleepFor(absl::Milliseconds(1));
  EXPECT_EQ(socket_.Next(absl::ZeroDuration()), "");
}

TEST(ServiceReporterWithoutManagerTest, NobodyIsAsked) {
  ServiceManager manager;
  std::atomic<int> asked{0};
  {
    ServiceReporter reporter(&manager, {.makes_progress =
                                            [&asked](absl::Duration) {
                                              ++asked;
                                              return true;
                                            },
                                        .status = [] { return ""; }});
    reporter.BeginStop();
  }
  EXPECT_EQ(asked, 0);
}

}  // namespace
}  // namespace heapd::server
