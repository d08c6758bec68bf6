// A daemon is replaced again and again while it is loaded, as an upgrade does,
// and the load generator's own report says what became of the calls: none fails
// for a client that does what the protocol allows.

#include <gtest/gtest.h>
#include <signal.h>

#include <cstdint>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "tests/server/support/child_process.h"
#include "tests/server/support/health_client.h"
#include "tests/server/support/temporary_directory.h"

namespace heapd::e2e {
namespace {

using nlohmann::json;
using server::ChildProcess;
using server::HealthClient;

constexpr int kRestarts = 3;
constexpr int kCallsPerSecond = 200;

class RollingRestartTest : public ::testing::Test {
 protected:
  RollingRestartTest() { StartDaemon(); }

  std::string Address(const std::string& plane) const {
    return "unix:" + directory_.Path(plane);
  }

  // Each on the addresses of the one before.
  void StartDaemon() {
    std::vector<std::string> arguments = {
        "--memory.budget", "128MiB", "--shutdown.readiness_delay", "100ms"};
    for (const char* plane : {"data", "operations", "liveness", "readiness"}) {
      arguments.push_back(absl::StrCat("--listen.", plane));
      arguments.push_back(Address(plane));
    }
    heapd_ =
        std::make_unique<ChildProcess>(HEAPD_TEST_BIN_DIR "/heapd", arguments);
    ASSERT_NE(heapd_->ReadUntil(" serving "), "");
  }

  // As a package upgrade does it.
  void ReplaceDaemon() {
    heapd_->Signal(SIGTERM);
    heapd_->ReadAll();
    ASSERT_EQ(heapd_->Wait(), 0);
    StartDaemon();
  }

  std::unique_ptr<ChildProcess> StartLoad(
      const std::vector<std::string>& more) {
    std::vector<std::string> arguments = {
        "run", "--quiet", "--address", Address("data"), "--heap", "upgraded",
        "--limit", "32MiB", "--profile", "cache", "--live", "1000",
        "--schedule", absl::StrCat("constant:", kCallsPerSecond), "--duration",
        "6s",
        // More than a restart takes, with the pauses that clients make.
        "--deadline", "60s", "--json", directory_.Path("run.json")};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return std::make_unique<ChildProcess>(HEAPD_TEST_BIN_DIR "/heapload",
                                          arguments);
  }

  json RunAndReplace(const std::vector<std::string>& more) {
    const auto load = StartLoad(more);
    for (int restart = 0; restart < kRestarts; ++restart) {
      absl::SleepFor(absl::Seconds(1));
      ReplaceDaemon();
    }
    const std::string text = load->ReadAll();
    EXPECT_EQ(load->Wait(), 0) << text;
    return json::parse(directory_.Read("run.json"))["run"]["calls"];
  }

  server::TemporaryDirectory directory_;
  std::unique_ptr<ChildProcess> heapd_;
};

TEST_F(RollingRestartTest, NoCallFailsForAClientThatRetriesAndRebuilds) {
  const json calls = RunAndReplace({"--retries", "100", "--recreate"});
  EXPECT_EQ(calls["ok"], calls["intended"]) << calls.dump(2);
  EXPECT_TRUE(calls["errors"].empty()) << calls.dump(2);
  EXPECT_EQ(calls["unsent"], 0);
  EXPECT_EQ(calls["intended"].get<int>(), 6 * kCallsPerSecond);
  // Otherwise it met no restart.
  EXPECT_GE(calls["retries"].get<int>(), kRestarts) << calls.dump(2);
}

// What the others hear: that the daemon stops, in its words or, in the moment
// in which it does, in gRPC's; that it cannot be reached; that its heaps are
// gone.
TEST_F(RollingRestartTest, OthersHearWhatIsDocumented) {
  const json calls = RunAndReplace({});
  EXPECT_GT(calls["errors"].size(), 0u) << calls.dump(2);
  for (const auto& [name, count] : calls["errors"].items()) {
    EXPECT_TRUE(name == "DRAINING" || name == "CANCELLED" ||
                name == "UNAVAILABLE" || name == "HEAP_NOT_FOUND")
        << name << ": " << count;
  }
}

}  // namespace
}  // namespace heapd::e2e
