#include "client/heapd/snapshots.h"

#include <memory>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "client/heapd/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/client/heapd/fake_clock.h"
#include "tests/client/heapd/fake_daemon.h"

namespace heapd::client {
namespace {

using testing::ElementsAre;

constexpr absl::Duration kTimeout = absl::Seconds(30);

class SnapshotsTest : public testing::Test {
 protected:
  SnapshotsTest() {
    ClientOptions options;
    options.clock = &clock_;
    options.bearer_token = "secret";
    client_ = *SnapshotClient::Connect(daemon_.address(), options);
  }

  FakeDaemon daemon_;
  FakeClock clock_;
  std::unique_ptr<SnapshotClient> client_;
};

TEST_F(SnapshotsTest, EveryCallHasTheToken) {
  ASSERT_TRUE(client_->Get("s").ok());
  EXPECT_EQ(daemon_.authorization(), "Bearer secret");
}

TEST_F(SnapshotsTest, WaitsThroughACutWatch) {
  daemon_.FailNext(absl::UnavailableError("connection reset"));
  std::vector<v1::SnapshotState> states;
  const auto snapshot = client_->WaitUntilReady(
      "s", kTimeout,
      [&](const v1::Snapshot& seen) { states.push_back(seen.state()); });
  ASSERT_TRUE(snapshot.ok()) << snapshot.status();
  EXPECT_EQ(snapshot->state(), v1::SNAPSHOT_STATE_READY);
  EXPECT_THAT(states, ElementsAre(v1::SNAPSHOT_STATE_WRITING,
                                  v1::SNAPSHOT_STATE_WRITING,
                                  v1::SNAPSHOT_STATE_READY));
}

TEST_F(SnapshotsTest, AFailedSnapshotIsAnError) {
  const absl::Status status =
      client_->WaitUntilReady("failing", kTimeout).status();
  EXPECT_TRUE(absl::IsFailedPrecondition(status));
  EXPECT_EQ(ErrorReason(status), "SNAPSHOT_FAILED");
  EXPECT_THAT(std::string(status.message()),
              testing::HasSubstr("the disk is full"));
}

TEST_F(SnapshotsTest, ACancelledSnapshotIsAnErrorThatSaysWhoDidIt) {
  const absl::Status status =
      client_->WaitUntilReady("cancelled", kTimeout).status();
  EXPECT_TRUE(absl::IsFailedPrecondition(status));
  EXPECT_EQ(ErrorReason(status), "SNAPSHOT_CANCELLED");
  EXPECT_EQ(status.message(), "snapshot cancelled was cancelled by bob");
}

TEST_F(SnapshotsTest, CancelIsTriedAgain) {
  daemon_.FailNext(absl::UnavailableError("connection reset"));
  const auto snapshot = client_->Cancel("s");
  ASSERT_TRUE(snapshot.ok()) << snapshot.status();
  EXPECT_EQ(snapshot->state(), v1::SNAPSHOT_STATE_CANCELLED);
  EXPECT_EQ(daemon_.CallCount("CancelSnapshot"), 2u);
}

TEST_F(SnapshotsTest, EveryPageOfAListIsAskedForWithItsFilter) {
  SnapshotFilter filter;
  filter.heap = "shop";
  filter.state = v1::SNAPSHOT_STATE_FAILED;
  filter.trigger = v1::SNAPSHOT_TRIGGER_LEAK;
  filter.label = "nightly";
  filter.destination = "archive";
  filter.start = absl::FromUnixSeconds(1000) + absl::Nanoseconds(5);
  filter.end = absl::FromUnixSeconds(2000);
  const auto snapshots = client_->List(filter);
  ASSERT_TRUE(snapshots.ok()) << snapshots.status();
  ASSERT_EQ(snapshots->size(), 2u);
  for (const v1::Snapshot& snapshot : *snapshots) {
    EXPECT_EQ(snapshot.heap(), "shop");
    EXPECT_EQ(snapshot.state(), v1::SNAPSHOT_STATE_FAILED);
    EXPECT_EQ(snapshot.trigger(), v1::SNAPSHOT_TRIGGER_LEAK);
    EXPECT_EQ(snapshot.label(), "nightly");
    EXPECT_EQ(snapshot.storage(), "archive");
    EXPECT_EQ(snapshot.create_time().seconds(), 1000);
    EXPECT_EQ(snapshot.create_time().nanos(), 5);
    EXPECT_EQ(snapshot.duration().seconds(), 2000);
  }
  EXPECT_EQ((*snapshots)[0].snapshot(), "first");
  EXPECT_EQ((*snapshots)[1].snapshot(), "second");
}

TEST_F(SnapshotsTest, DownloadsTheWholeFile) {
  daemon_.SetFile("0123456789", 3);
  std::ostringstream out;
  const absl::Status status = client_->DownloadTo("s", kTimeout, out);
  ASSERT_TRUE(status.ok()) << status;
  EXPECT_EQ(out.str(), "0123456789");
}

TEST_F(SnapshotsTest, ACutDownloadGoesOnWhereItBroke) {
  daemon_.SetFile("0123456789", 3, {1, 0, 2});
  std::ostringstream out;
  const absl::Status status = client_->DownloadTo("s", kTimeout, out);
  ASSERT_TRUE(status.ok()) << status;
  EXPECT_EQ(out.str(), "0123456789");
  EXPECT_EQ(daemon_.CallCount("DownloadSnapshot"), 4u);
}

TEST_F(SnapshotsTest, AnotherContentIsDataLoss) {
  daemon_.SetFile("bad content", 3);
  std::ostringstream out;
  EXPECT_TRUE(absl::IsDataLoss(client_->DownloadTo("s", kTimeout, out)));
}

TEST_F(SnapshotsTest, AnErrorOfTheSinkEndsTheDownload) {
  daemon_.SetFile("0123456789", 3);
  const absl::Status status =
      client_->Download("s", kTimeout, [](std::string_view) {
        return absl::UnavailableError("the disk is away");
      });
  EXPECT_EQ(status.message(), "the disk is away");
  EXPECT_EQ(daemon_.CallCount("DownloadSnapshot"), 1u) << "not retried";
}

}  // namespace
}  // namespace heapd::client
