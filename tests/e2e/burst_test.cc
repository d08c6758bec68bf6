// A surge of five times what the daemon can serve, with the tool that measures
// surges: the daemon stays what it was, and the tool would have seen it if not.
//
// So that a client on the same cores can ask for more than the daemon has to
// give, each call costs it a collection and a check of the whole heap.

#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/server/support/child_process.h"
#include "tests/server/support/temporary_directory.h"

namespace heapd::e2e {
namespace {

using nlohmann::json;
using server::ChildProcess;

const char kHeapd[] = HEAPD_TEST_BIN_DIR "/heapd";
const char kHeapload[] = HEAPD_TEST_BIN_DIR "/heapload";
constexpr uint64_t kBudgetBytes = uint64_t{160} << 20;

// What a health check must not fail at: no more than three times in a row.
const char kBalancer[] =
    "liveness:interval=0.2s,timeout=0.2s,unhealthy=3,healthy=1";

class BurstTest : public ::testing::Test {
 protected:
  struct Run {
    int exit_code;
    std::string text;
    json report;
  };

  void StartDaemon(const std::vector<std::string>& more = {}) {
    std::vector<std::string> arguments = {
        "--listen.data", "127.0.0.1:0", "--listen.operations", "127.0.0.1:0",
        "--listen.liveness", "127.0.0.1:0", "--listen.readiness", "127.0.0.1:0",
        "--ports-file", directory_.Path("ports"), "--memory.budget",
        absl::StrCat(kBudgetBytes),
        // Each call that gRPC has read takes some tens of kilobytes.
        "--limits.max_in_flight_calls", "256", "--stress.collection_interval",
        "64", "--stress.verify_heap", "true"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    heapd_ = std::make_unique<ChildProcess>(kHeapd, arguments);
    heapd_->ReadUntil(" serving ");
    ports_ = json::parse(directory_.Read("ports"));
  }

  Run Load(const std::string& schedule, const std::vector<std::string>& more) {
    const std::string file = directory_.Path("run.json");
    std::vector<std::string> arguments = {"run",
                                          "--quiet",
                                          "--address",
                                          ports_["data"][0],
                                          "--heap",
                                          "burst",
                                          "--limit",
                                          "32MiB",
                                          "--keep",
                                          "--profile",
                                          "churn",
                                          "--live",
                                          "10000",
                                          "--schedule",
                                          schedule,
                                          "--deadline",
                                          "1s",
                                          "--interval",
                                          "0.25s",
                                          "--liveness",
                                          ports_["liveness"][0],
                                          "--readiness",
                                          ports_["readiness"][0],
                                          "--probe-interval",
                                          "0.2s",
                                          "--balancer",
                                          kBalancer,
                                          "--json",
                                          file};
    arguments.insert(arguments.end(), more.begin(), more.end());
    ChildProcess heapload(kHeapload, arguments);
    Run run;
    run.text = heapload.ReadAll();
    run.exit_code = heapload.Wait();
    run.report = json::parse(directory_.Read("run.json"))["run"];
    return run;
  }

  // Calls a second that the daemon serves when it is asked for ever more. The
  // best quarter of a second: what comes after that costs refusals.
  double SustainedRate() {
    double best = 0;
    bool full = false;
    for (int end_rate = 4'000; !full && end_rate < 100'000; end_rate *= 4) {
      const Run run =
          Load(absl::StrCat("ramp:100:", end_rate), {"--duration", "3s"});
      EXPECT_EQ(run.exit_code, 0) << run.text;
      for (const json& interval : run.report["intervals"]) {
        const double rate = interval["calls"]["ok"].get<double>() /
                            interval["seconds"].get<double>();
        best = std::max(best, rate);
      }
      full = run.report["calls"]["ok"] != run.report["calls"]["intended"];
    }
    EXPECT_TRUE(full);
    return best;
  }

  // Every call that was intended has become exactly one thing.
  static void ExpectAccounted(const json& calls) {
    uint64_t ended =
        calls["ok"].get<uint64_t>() + calls["unsent"].get<uint64_t>();
    for (const auto& [name, count] : calls["errors"].items()) {
      ended += count.get<uint64_t>();
    }
    EXPECT_EQ(ended, calls["intended"].get<uint64_t>()) << calls.dump();
  }

  // The most that was resident at a time.
  uint64_t PeakResidentBytes() const {
    std::ifstream status(absl::StrCat("/proc/", heapd_->pid(), "/status"));
    std::string word;
    while (status >> word && word != "VmHWM:") continue;
    uint64_t kilobytes = 0;
    EXPECT_TRUE(status >> kilobytes);
    return kilobytes << 10;
  }

  server::TemporaryDirectory directory_;
  std::unique_ptr<ChildProcess> heapd_;
  json ports_;
};

TEST_F(BurstTest, TheDaemonAnswersWhatItCanAndRefusesTheRestHonestly) {
  StartDaemon();
  const double sustained = SustainedRate();
  const auto rate = [sustained](double part) {
    return static_cast<int64_t>(sustained * part);
  };
  const Run run = Load(
      absl::StrCat("steps:", rate(0.3), "@1500ms:before,", rate(5),
                   "@4s:burst,", rate(0.3), "@3s:after"),
      {"--slo", "liveness.missed == 0", "--slo", "refused_without_retry == 0",
       "--slo", "burst.refused > 0", "--slo", "killed == 0", "--slo",
       // A client that sends five times as much takes its part of the cores,
       // and other programs may take theirs.
       absl::StrCat("burst.goodput_rate >= ", rate(0.2)), "--slo",
       "after.goodput >= 50%"});
  EXPECT_EQ(run.exit_code, 0) << run.text;
  ExpectAccounted(run.report["calls"]);
  for (const json& phase : run.report["phases"]) {
    ExpectAccounted(phase["calls"]);
  }
  EXPECT_LE(PeakResidentBytes(), kBudgetBytes);
  heapd_->Signal(SIGTERM);
  EXPECT_EQ(heapd_->Wait(), 0);
}

// Otherwise the test above would say nothing: a daemon whose health check waits
// behind its calls, and that admits all of them.
TEST_F(BurstTest, ABalancerWouldHaveKilledADaemonThatIsSetWrong) {
  StartDaemon({"--stress.health_in_data_plane", "true"});
  // More than five times what it can serve.
  const Run run =
      Load("constant:6000", {"--duration", "1500ms", "--slo", "killed >= 1"});
  EXPECT_EQ(run.exit_code, 0) << run.text;
  ExpectAccounted(run.report["calls"]);
}

}  // namespace
}  // namespace heapd::e2e
