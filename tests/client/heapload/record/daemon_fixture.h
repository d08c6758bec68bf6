#ifndef HEAPD_TESTS_CLIENT_HEAPLOAD_RECORD_DAEMON_FIXTURE_H_
#define HEAPD_TESTS_CLIENT_HEAPLOAD_RECORD_DAEMON_FIXTURE_H_

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "client/heapd/client.h"
#include "client/heapload/record/recording_proxy.h"
#include "client/heapload/record/replayer.h"
#include "gtest/gtest.h"
#include "server/daemon.h"
#include "server/ops/logging.h"
#include "tests/server/support/temporary_directory.h"

namespace heapd::heapload {

// A daemon in this process, and recorders and replays of it.
class DaemonFixture : public ::testing::Test {
 protected:
  DaemonFixture() {
    server::InitLogging(server::LogLevel::kError, server::LogFormat::kText);
    server::DaemonOptions options;
    server::Config& config = options.config;
    config.listen_data = {"127.0.0.1:0"};
    config.listen_operations = {};
    config.listen_liveness = {};
    config.listen_readiness = {};
    ResolveDefaults(uint64_t{1} << 30, 2, config);
    auto daemon = server::Daemon::Start(std::move(options));
    EXPECT_TRUE(daemon.ok()) << daemon.status();
    daemon_ = *std::move(daemon);
    address_ = daemon_->addresses().at("data").at(0);
  }

  std::string Path(const std::string& name) const {
    return directory_.Path(name);
  }

  std::unique_ptr<RecordingProxy> StartProxy(
      const std::string& file, RelayOrder order = RelayOrder::kAsTheyCome,
      RecordedNames names = RecordedNames::kKeep) {
    RecordingProxyOptions options;
    options.listen = "127.0.0.1:0";
    options.address = address_;
    options.file = file;
    options.order = order;
    options.recorder.scope.names = names;
    auto proxy = RecordingProxy::Start(std::move(options));
    EXPECT_TRUE(proxy.ok()) << proxy.status();
    return *std::move(proxy);
  }

  static void StopAndCount(RecordingProxy& proxy) {
    const absl::Status status =
        proxy.Stop(absl::Seconds(5), RecordingProxy::Counts::kCollectAndCount);
    EXPECT_TRUE(status.ok()) << status;
  }

  static std::unique_ptr<client::Client> Connect(const std::string& address) {
    auto client = client::Client::Connect(address);
    EXPECT_TRUE(client.ok()) << client.status();
    return *std::move(client);
  }

  absl::StatusOr<ReplayOutcome> Replay(const std::string& file,
                                       const std::string& suffix,
                                       std::optional<double> speed = {},
                                       ReplayLimits limits = {}) {
    ReplayOptions options;
    options.file = file;
    options.address = address_;
    options.heap_suffix = suffix;
    options.speed = speed;
    options.limits = limits;
    auto replayer = Replayer::Create(std::move(options));
    if (!replayer.ok()) return replayer.status();
    return (*replayer)->Run();
  }

  server::TemporaryDirectory directory_;
  std::unique_ptr<server::Daemon> daemon_;
  std::string address_;
};

}  // namespace heapd::heapload

#endif  // HEAPD_TESTS_CLIENT_HEAPLOAD_RECORD_DAEMON_FIXTURE_H_
