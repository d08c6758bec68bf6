#include "client/heapload/load/load_run.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <cstdint>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "client/heapd/client.h"
#include "client/heapload/load/schedule_spec.h"
#include "client/heapload/run.h"
#include "tests/client/heapload/load/load_daemon.h"
#include "tests/server/support/child_process.h"
#include "tests/server/support/temporary_directory.h"

namespace heapd::heapload {
namespace {

uint64_t Errors(const CallCounts& calls) {
  uint64_t count = 0;
  for (const auto& [name, errors] : calls.errors) count += errors;
  return count;
}

void ExpectEveryCallIsAccountedFor(const CallCounts& calls) {
  EXPECT_EQ(calls.intended, calls.ok + Errors(calls) + calls.unsent);
}

// Exactly, in each interval, each phase and all of it.
void ExpectEveryCallIsAccountedFor(const RunReport& report) {
  ExpectEveryCallIsAccountedFor(report.calls);
  uint64_t in_intervals = 0;
  uint64_t in_phases = 0;
  uint64_t latencies = 0;
  for (const RunInterval& interval : report.intervals) {
    ExpectEveryCallIsAccountedFor(interval.calls);
    EXPECT_EQ(interval.latency.count, interval.calls.ok);
    in_intervals += interval.calls.intended;
    latencies += interval.latency.count;
  }
  for (const RunPhase& phase : report.phases) {
    ExpectEveryCallIsAccountedFor(phase.calls);
    EXPECT_EQ(phase.latency.count, phase.calls.ok);
    in_phases += phase.calls.intended;
  }
  EXPECT_EQ(in_intervals, report.calls.intended);
  EXPECT_EQ(in_phases, report.calls.intended);
  EXPECT_EQ(latencies, report.calls.ok);
  EXPECT_EQ(report.latency.count, report.calls.ok);
}

class LoadRunTest : public ::testing::Test {
 protected:
  LoadRunTest() {
    options_.address = daemon_.Address("data");
    options_.interval = absl::Milliseconds(100);
    options_.deadline = absl::Seconds(20);
    options_.profile_options.live = 500;
  }

  absl::StatusOr<RunReport> Run(const std::string& spec,
                                absl::Duration duration) {
    LoadOptions options = options_;
    options.schedule = spec;
    if (absl::Status status = ResolveLoadOptions(options); !status.ok()) {
      return status;
    }
    ScheduleContext context;
    context.duration = duration;
    const auto schedule = ParseSchedule(spec, context);
    if (!schedule.ok()) return schedule.status();
    std::ostringstream text;
    Progress progress(text, Progress::Style::kNone);
    return RunLoad(options, *schedule, progress, stop_);
  }

  absl::StatusOr<RunReport> RunAndLoseTheHeap() {
    std::thread loser([this] {
      const auto client = *client::Client::Connect(options_.address);
      while (!client->GetHeap(options_.heap).ok()) continue;
      absl::SleepFor(absl::Milliseconds(300));
      EXPECT_TRUE(client->DeleteHeap(options_.heap).ok());
    });
    auto report = Run("constant:200", absl::Seconds(1));
    loser.join();
    return report;
  }

  bool HeapExists() {
    return (*client::Client::Connect(options_.address))
        ->GetHeap(options_.heap)
        .ok();
  }

  LoadDaemon daemon_;
  LoadOptions options_;
  std::atomic<bool> stop_{false};
};

class ProfileRunTest : public LoadRunTest,
                       public ::testing::WithParamInterface<ProfileKind> {};

TEST_P(ProfileRunTest, EveryCallOfAModestRateIsAnswered) {
  options_.profile = GetParam();
  options_.profile_options.batch = 50;
  const auto report = Run("constant:200", absl::Milliseconds(450));
  ASSERT_TRUE(report.ok()) << report.status();
  ExpectEveryCallIsAccountedFor(*report);
  EXPECT_EQ(report->calls.intended, 90u);
  EXPECT_EQ(report->calls.ok, 90u);
  EXPECT_EQ(report->intervals.size(), 5u);
  EXPECT_NEAR(report->intervals.back().seconds, 0.05, 1e-9);
  EXPECT_GE(report->calls.operations, 90u * 50);
  EXPECT_FALSE(HeapExists());
}

INSTANTIATE_TEST_SUITE_P(
    Every, ProfileRunTest,
    ::testing::Values(ProfileKind::kChurn, ProfileKind::kCache,
                      ProfileKind::kLeak, ProfileKind::kGraph,
                      ProfileKind::kRequest),
    [](const auto& info) { return std::string(ProfileName(info.param)); });

// As a daemon that is started anew has lost it.
TEST_F(LoadRunTest, AHeapThatIsGoneIsMadeAnewIfThatIsAskedFor) {
  options_.retries = 20;
  options_.recreate = true;
  const auto report = RunAndLoseTheHeap();
  ASSERT_TRUE(report.ok()) << report.status();
  ExpectEveryCallIsAccountedFor(*report);
  EXPECT_EQ(report->calls.ok, report->calls.intended);
  EXPECT_GT(report->calls.retries, 0u);
  EXPECT_FALSE(HeapExists());
}

TEST_F(LoadRunTest, AHeapThatIsGoneStaysSoOtherwise) {
  options_.retries = 20;
  const auto report = RunAndLoseTheHeap();
  ASSERT_TRUE(report.ok()) << report.status();
  ExpectEveryCallIsAccountedFor(*report);
  EXPECT_GT(report->calls.errors.at("HEAP_NOT_FOUND"), 0u);
}

TEST_F(LoadRunTest, MakingAHeapAnewTakesRetries) {
  options_.recreate = true;
  EXPECT_EQ(Run("constant:10", absl::Seconds(1)).status().code(),
            absl::StatusCode::kInvalidArgument);
}

TEST_F(LoadRunTest, PhasesAreCountedApart) {
  const auto report =
      Run("steps:50@200ms:before,400@200ms:burst,50@200ms:before",
          absl::Seconds(10));
  ASSERT_TRUE(report.ok()) << report.status();
  ExpectEveryCallIsAccountedFor(*report);
  ASSERT_EQ(report->phases.size(), 2u);
  EXPECT_EQ(report->phases[0].name, "before");
  EXPECT_EQ(report->phases[0].calls.intended, 20u);
  EXPECT_NEAR(report->phases[0].seconds, 0.4, 1e-9);
  EXPECT_EQ(report->phases[1].calls.intended, 80u);
  EXPECT_EQ(report->phase_spans.size(), 3u);
}

TEST_F(LoadRunTest, CallsForWhichThereIsNoRoomAreUnsent) {
  options_.max_in_flight = 2;
  options_.profile_options.batch = 2000;
  const auto report = Run("constant:20000", absl::Milliseconds(300));
  ASSERT_TRUE(report.ok()) << report.status();
  ExpectEveryCallIsAccountedFor(*report);
  EXPECT_EQ(report->calls.intended, 6000u);
  EXPECT_GT(report->calls.unsent, 0u);
  EXPECT_GT(report->calls.ok, 0u);
}

TEST_F(LoadRunTest, OverloadIsAccountedForToTheCall) {
  options_.deadline = absl::Milliseconds(50);
  options_.retries = 2;
  options_.threads = 3;
  options_.connections = 5;
  options_.profile_options.batch = 500;
  const auto report = Run("poisson:20000", absl::Milliseconds(400));
  ASSERT_TRUE(report.ok()) << report.status();
  ExpectEveryCallIsAccountedFor(*report);
  EXPECT_GT(Errors(report->calls) + report->calls.unsent, 0u);
}

// Else it would only send calls whose time is over.
TEST_F(LoadRunTest, ASenderThatFallsBehindGivesUpCallsThatItIsLateFor) {
  options_.deadline = absl::Milliseconds(800);
  options_.max_in_flight = 1'000'000;
  const auto report = Run("constant:3000000", absl::Seconds(1));
  ASSERT_TRUE(report.ok()) << report.status();
  ExpectEveryCallIsAccountedFor(*report);
  EXPECT_GT(report->calls.errors.at("EXPIRED_UNSENT"), 0u);
  EXPECT_GT(report->send_lag.p50, 0.05) << "is not behind: asks for too little";
  EXPECT_LT(report->send_lag.p99, 0.4);
}

TEST_F(LoadRunTest, AStopEndsItEarlyWithTheReportSoFar) {
  std::thread stopper([this] {
    absl::SleepFor(absl::Milliseconds(400));
    stop_ = true;
  });
  const auto report = Run("constant:500", absl::Hours(1));
  stopper.join();
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_TRUE(report->interrupted);
  EXPECT_GT(report->seconds, 0);
  EXPECT_LT(report->seconds, 60);
  EXPECT_GT(report->calls.ok, 0u);
  ExpectEveryCallIsAccountedFor(*report);
}

TEST_F(LoadRunTest, HealthHeapAndCollectionsAreWatched) {
  options_.liveness = daemon_.Address("liveness");
  options_.readiness = daemon_.Address("readiness");
  options_.probe_interval = absl::Milliseconds(50);
  options_.probe_timeout = absl::Seconds(20);
  options_.profile_options.batch = 2000;
  const auto report = Run("constant:200", absl::Milliseconds(500));
  ASSERT_TRUE(report.ok()) << report.status();
  ASSERT_EQ(report->probes.size(), 2u);
  for (const ProbeSeries& series : report->probes) {
    ASSERT_GE(series.probes.size(), 10u) << series.name;
    for (size_t i = 0; i < series.probes.size(); ++i) {
      EXPECT_NEAR(series.probes[i].intended_seconds,
                  0.05 * static_cast<double>(i), 1e-9);
      EXPECT_EQ(series.probes[i].outcome, ProbeOutcome::kServing);
      EXPECT_GT(series.probes[i].latency_seconds, 0);
    }
  }
  ASSERT_FALSE(report->heap_samples.empty());
  EXPECT_GT(report->heap_samples.back().object_count, 0u);
  EXPECT_GT(report->heap_samples.back().resident_bytes, 0u);
  // 200,000 objects do not fit new space.
  EXPECT_FALSE(report->collections.empty());
  EXPECT_EQ(report->missed_collections, 0u);
  EXPECT_TRUE(report->collections_watched);
}

TEST_F(LoadRunTest, AHeapThatWasThereStays) {
  const auto client = *client::Client::Connect(options_.address);
  ASSERT_TRUE(client->CreateHeap(options_.heap).ok());
  ASSERT_TRUE(Run("constant:100", absl::Milliseconds(100)).ok());
  EXPECT_TRUE(HeapExists());
  ASSERT_TRUE(client->DeleteHeap(options_.heap).ok());
  options_.keep = true;
  ASSERT_TRUE(Run("constant:100", absl::Milliseconds(100)).ok());
  EXPECT_TRUE(HeapExists());
}

TEST_F(LoadRunTest, OptionsThatMakeNoSenseAreRefused) {
  options_.max_in_flight = 1;
  EXPECT_TRUE(absl::IsInvalidArgument(
      Run("constant:100", absl::Milliseconds(100)).status()));
  options_.max_in_flight = 100;
  options_.profile_options.payload_bytes = 64 << 20;
  EXPECT_TRUE(absl::IsInvalidArgument(
      Run("constant:100", absl::Milliseconds(100)).status()));
}

// The point of an open loop: a daemon that stands still costs every call that
// was due meanwhile.
TEST(StalledDaemonTest, AStandstillShowsInTheLatencies) {
  server::TemporaryDirectory directory;
  const std::string ports = directory.Path("ports.json");
  server::ChildProcess daemon(
      absl::StrCat(HEAPD_TEST_BIN_DIR, "/heapd"),
      {"--listen.data", "127.0.0.1:0", "--listen.operations", "127.0.0.1:0",
       "--listen.liveness", "127.0.0.1:0", "--listen.readiness", "127.0.0.1:0",
       "--ports-file", ports});
  daemon.ReadUntil("serving");
  nlohmann::json addresses;
  std::ifstream(ports) >> addresses;
  LoadOptions options;
  options.address = addresses["data"][0];
  options.liveness = addresses["liveness"][0];
  options.probe_interval = absl::Milliseconds(100);
  options.probe_timeout = absl::Milliseconds(100);
  options.interval = absl::Milliseconds(100);
  options.deadline = absl::Seconds(20);
  ASSERT_TRUE(ResolveLoadOptions(options).ok());
  const auto schedule =
      ParseSchedule("constant:200", {.duration = absl::Milliseconds(1500)});
  std::thread stall([&daemon] {
    absl::SleepFor(absl::Milliseconds(500));
    daemon.Signal(SIGSTOP);
    absl::SleepFor(absl::Milliseconds(500));
    daemon.Signal(SIGCONT);
  });
  std::ostringstream text;
  Progress progress(text, Progress::Style::kNone);
  const std::atomic<bool> stop{false};
  const auto report = RunLoad(options, *schedule, progress, stop);
  stall.join();
  ASSERT_TRUE(report.ok()) << report.status();
  ExpectEveryCallIsAccountedFor(*report);
  EXPECT_EQ(report->calls.intended, 300u);
  EXPECT_EQ(report->calls.ok, 300u);
  // A hundred calls were due while it stood still, for half a second to none.
  EXPECT_GE(report->latency.max, 0.45);
  EXPECT_GE(report->latency.p90, 0.3);
  int timeouts = 0;
  for (const HealthProbe& probe : report->probes[0].probes) {
    timeouts += probe.outcome == ProbeOutcome::kTimeout ? 1 : 0;
  }
  // Those that hung delayed none of the others.
  EXPECT_GE(timeouts, 3);
}

TEST(RunCommandTest, SaysByItsExitCodeHowItWent) {
  LoadDaemon daemon;
  const auto run = [](std::vector<const char*> arguments, std::string* text) {
    arguments.insert(arguments.begin(), {"heapload", "run"});
    std::ostringstream out;
    std::ostringstream err;
    const int code = RunHeapload(static_cast<int>(arguments.size()),
                                 arguments.data(), out, err);
    *text = out.str() + err.str();
    return code;
  };
  const std::string address = daemon.Address("data");
  std::string text;
  EXPECT_EQ(run({"--address", address.c_str(), "--profile", "churn",
                 "--schedule", "constant:100", "--duration", "200ms",
                 "--deadline", "20s", "--slo", "goodput == 20"},
                &text),
            0)
      << text;
  EXPECT_EQ(
      run({"--address", address.c_str(), "--profile", "churn", "--schedule",
           "constant:100", "--duration", "200ms", "--slo", "goodput > 1000"},
          &text),
      3)
      << text;
  EXPECT_EQ(run({"--profile", "churn", "--schedule", "often"}, &text), 2);
  EXPECT_EQ(run({"--profile", "none", "--schedule", "constant:1"}, &text), 2);
  EXPECT_EQ(run({"--profile", "churn"}, &text), 2);
  daemon.Stop();
  EXPECT_EQ(run({"--address", address.c_str(), "--profile", "churn",
                 "--schedule", "constant:100", "--duration", "200ms"},
                &text),
            1)
      << text;
}

}  // namespace
}  // namespace heapd::heapload
