#include "server/host/automatic_actions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "heap/base/limits.h"
#include "nlohmann/json.hpp"
#include "server/host/near_limit_reserve.h"
#include "server/storage/local_directory.h"
#include "tests/heap/snapshot/snapshot_file.h"
#include "tests/heap/status_matchers.h"
#include "tests/server/support/host_fixture.h"
#include "tests/server/support/temporary_directory.h"

namespace heapd::server {
namespace {

using ::testing::HasSubstr;

// The heap "shop" and what watches it; the test looks, not a thread.
class AutomaticActionsTest : public HostFixture {
 protected:
  static constexpr uint64_t kReserveBytes = uint64_t{4} << 20;
  static constexpr SessionId kSession = 77;

  ~AutomaticActionsTest() override {
    if (automatic_ != nullptr) automatic_->Stop();
    if (catalog_ != nullptr) catalog_->Close();
    shop_.reset();
    registry_.Stop();
    if (jobs_ != nullptr) jobs_->Stop();
  }

  void Start() {
    auto store = LocalDirectory::OpenDirectory(directory_.Path("snapshots"));
    ASSERT_OK(store.status());
    auto catalog = SnapshotCatalog::Open(*std::move(store), {});
    ASSERT_OK(catalog.status());
    catalog_ = *std::move(catalog);
    reserve_ = *NearLimitReserve::Create(&registry_.budget(), kReserveBytes);
    jobs_ = std::make_unique<SnapshotJobs>(
        catalog_.get(), 2, directory_.path(),
        [this](SnapshotRecord snapshot, absl::Status end) {
          if (say_cancelled_) {
            snapshot.state = SnapshotState::kCancelled;
            end = absl::CancelledError("");
          }
          automatic_->OnSnapshotEnd(snapshot, end);
          absl::MutexLock lock(&mu_);
          ++ended_;
        });
    jobs_->UseNearLimitReserve(reserve_->budget());
    automatic_ = std::make_unique<AutomaticActions>(
        config_, AutomaticActions::Parts{&registry_, jobs_.get(), audit_.get(),
                                         &clock_});
  }

  // Waits until so many snapshots have ended, and what was to be told is told.
  void AwaitEnded(int count) {
    absl::MutexLock lock(&mu_);
    const auto ended = [this, count]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) {
      return ended_ >= count;
    };
    mu_.Await(absl::Condition(&ended));
  }
  void LookFor(int seconds) {
    for (int i = 0; i < seconds; ++i) {
      clock_.Advance(absl::Seconds(1));
      automatic_->Look();
    }
  }
  std::vector<SnapshotRecord> Snapshots() const {
    return catalog_->List({}, 100, "")->snapshots;
  }
  std::string ReadSnapshot(const std::string& snapshot) const {
    const auto blob = *catalog_->OpenSnapshot(snapshot);
    std::string text(blob->size_bytes(), ' ');
    EXPECT_OK(blob->Read(0, absl::MakeSpan(text)).status());
    return text;
  }

  // Objects that nobody releases, until there is no memory; how many.
  static uint64_t LeakInto(const std::shared_ptr<HostedHeap>& hosted,
                           size_t payload_bytes = 1000) {
    const std::string payload(payload_bytes, 'x');
    uint64_t count = 0;
    TypeId type = 0;
    EXPECT_OK(RunAndWait(hosted, {}, nullptr, [&](HeapAccess& access) {
      type = *access.heap.DefineType("Leaked", TypeKind::kObject, {});
      return access.heap.OpenSession(kSession, "leak");
    }));
    while (
        RunAndWait(hosted, {}, nullptr, [&](HeapAccess& access) {
          for (int i = 0; i < 100; ++i) {
            HEAPD_RETURN_IF_ERROR(
                access.heap.Allocate(kSession, type, payload, 2, {}).status());
            ++count;
          }
          return absl::OkStatus();
        }).ok()) {
    }
    return count;
  }
  // What is left of the budget goes to others.
  void TakeTheRest() {
    const uint64_t rest =
        registry_.budget().total_bytes() - registry_.budget().charged_bytes();
    if (rest >= kMinHeapLimitBytes) {
      EXPECT_OK(registry_.Create("others", rest, rest, 0).status());
    }
  }

  TemporaryDirectory directory_;
  Config config_;
  std::unique_ptr<AuditLog> audit_;
  std::unique_ptr<SnapshotCatalog> catalog_;
  std::unique_ptr<NearLimitReserve> reserve_;
  std::unique_ptr<SnapshotJobs> jobs_;
  std::unique_ptr<AutomaticActions> automatic_;
  bool say_cancelled_ = false;  // of those that end
  absl::Mutex mu_;
  int ended_ ABSL_GUARDED_BY(mu_) = 0;
};

TEST_F(AutomaticActionsTest, ALeakThatFillsItsHeapIsSeenWholeEveryTime) {
  config_.snapshots_near_limit_count = 1;
  Start();
  for (int round = 1; round <= 12; ++round) {
    EXPECT_OK(registry_.Delete("shop"));
    EXPECT_OK(registry_.Create("shop", kLimitBytes, kLimitBytes).status());
    shop_ = *registry_.Find("shop");
    // What holds small objects takes a good part of the limit.
    const uint64_t leaked = LeakInto(shop_, round == 1 ? 6 : 1000);
    TakeTheRest();
    LookFor(1);
    AwaitEnded(round);
    LookFor(5);
    const SnapshotRecord newest = Snapshots().front();
    ASSERT_EQ(newest.state, SnapshotState::kReady) << newest.error;
    EXPECT_EQ(newest.trigger, SnapshotTrigger::kNearLimit);
    EXPECT_EQ(newest.requested_by, "heapd");
    EXPECT_THAT(newest.label, HasSubstr("near the limit"));
    const SnapshotFile file(ReadSnapshot(newest.snapshot));
    EXPECT_GE(file.CountNamed("Leaked"), leaked);
    EXPECT_EQ(file.nodes().size(), newest.node_count);
  }
  EXPECT_EQ(Snapshots().size(), 12u) << "one of each life of the heap";
}

TEST_F(AutomaticActionsTest, WithoutItsReserveSuchASnapshotWouldFail) {
  Start();
  LeakInto(shop_);
  TakeTheRest();
  SnapshotOrder order;
  ASSERT_OK(jobs_->Create(shop_, order, "").status());
  AwaitEnded(1);
  EXPECT_EQ(Snapshots().front().state, SnapshotState::kFailed);
  order.trigger = SnapshotTrigger::kNearLimit;
  ASSERT_OK(jobs_->Create(shop_, order, "").status());
  AwaitEnded(2);
  EXPECT_EQ(Snapshots().front().state, SnapshotState::kReady)
      << Snapshots().front().error;
}

TEST_F(AutomaticActionsTest, CallsThatFightForMemoryDoNotKeepItAway) {
  config_.snapshots_near_limit_count = 1;
  Start();
  LeakInto(shop_);
  // Each gives back what it had and wants more than that again, so that one
  // collection follows the other.
  std::atomic<bool> done{false};
  std::vector<std::thread> callers;
  for (SessionId session : {101, 102}) {
    callers.emplace_back([this, session, &done] {
      while (!done.load()) {
        Run([&](HeapAccess& access) {
          if (access.heap.HasSession(session)) {
            EXPECT_OK(access.heap.CloseSession(session));
          }
          return access.heap.OpenSession(session, "caller");
        }).IgnoreError();
        for (int i = 0; i < 50 && !done.load(); ++i) {
          Run([&](HeapAccess& access) {
            return access.heap
                .Allocate(session, 1, std::string(10'000, 'x'), 0, {})
                .status();
          }).IgnoreError();
        }
      }
    });
  }
  LookFor(1);
  AwaitEnded(1);
  done.store(true);
  for (std::thread& caller : callers) caller.join();
  EXPECT_EQ(Snapshots().front().state, SnapshotState::kReady)
      << Snapshots().front().error;
}

TEST_F(AutomaticActionsTest, TheCountOutlivesTheProcess) {
  config_.snapshots_near_limit_count = 1;
  config_.snapshots_state_directory = directory_.Path("state");
  std::filesystem::create_directory(config_.snapshots_state_directory);
  Start();
  LeakInto(shop_);
  LookFor(1);
  AwaitEnded(1);
  automatic_ = std::make_unique<AutomaticActions>(
      config_,
      AutomaticActions::Parts{&registry_, jobs_.get(), nullptr, &clock_});
  LookFor(100);
  EXPECT_EQ(Snapshots().size(), 1u);
}

TEST_F(AutomaticActionsTest, AScheduledSnapshotComesAgainAndAgain) {
  config_.snapshots_schedules.push_back(*ParseScheduleEntry(
      "{name: often, interval: 10m, label: again, compression: gzip}"));
  Start();
  for (int round = 1; round <= 3; ++round) {
    LookFor(600);
    AwaitEnded(round);
  }
  const std::vector<SnapshotRecord> snapshots = Snapshots();
  ASSERT_EQ(snapshots.size(), 3u);
  EXPECT_EQ(snapshots[0].rule, "often");
  EXPECT_EQ(snapshots[0].trigger, SnapshotTrigger::kSchedule);
  EXPECT_EQ(snapshots[0].label, "again");
  EXPECT_EQ(snapshots[0].compression, Compression::kGzip);
}

TEST_F(AutomaticActionsTest, ARuleCollectsWithoutWaitingForIt) {
  config_.snapshots_rules.push_back(*ParseRuleEntry(
      "{name: tidy, metric: object_count, above: 10, window: 0, action: "
      "collect, limit: 1}"));
  Start();
  LookFor(5);
  EXPECT_EQ(shop_->counters().Read().major_count, 0u);
  LeakInto(shop_);
  const uint64_t before = shop_->counters().Read().major_count;
  LookFor(5);
  while (shop_->counters().Read().major_count == before) Settle();
  EXPECT_TRUE(Snapshots().empty());
}

TEST_F(AutomaticActionsTest, WhatFailsIsTriedAgain) {
  config_.snapshots_rules.push_back(*ParseRuleEntry(
      "{name: full, metric: used_bytes, above: 0, window: 0, limit: 1, "
      "destination: nowhere}"));
  Start();
  LeakInto(shop_);
  LookFor(100);
  EXPECT_TRUE(Snapshots().empty()) << "there is no such destination";
  config_.snapshots_rules[0].destination = "";
  automatic_ = std::make_unique<AutomaticActions>(
      config_,
      AutomaticActions::Parts{&registry_, jobs_.get(), nullptr, &clock_});
  LookFor(1);
  AwaitEnded(1);
  EXPECT_EQ(Snapshots().front().rule, "full");
}

TEST_F(AutomaticActionsTest, WhatSomebodyCancelledIsNotTriedAgain) {
  config_.snapshots_near_limit_count = 1;
  Start();
  say_cancelled_ = true;
  LeakInto(shop_);
  LookFor(1);
  AwaitEnded(1);
  LookFor(100);
  EXPECT_EQ(Snapshots().size(), 1u);
}

TEST_F(AutomaticActionsTest, TheAuditLogSaysWhyASnapshotWasTaken) {
  config_.snapshots_rules.push_back(*ParseRuleEntry(
      "{name: full, metric: used_ratio, above: 0.5, window: 0, limit: 1}"));
  audit_ = *AuditLog::Open(directory_.Path("audit"), 1 << 20);
  Start();
  LeakInto(shop_);
  LookFor(1);
  AwaitEnded(1);
  std::vector<nlohmann::json> lines;
  const std::string text = directory_.Read("audit");
  for (const absl::string_view line :
       absl::StrSplit(text, '\n', absl::SkipEmpty())) {
    lines.push_back(nlohmann::json::parse(line));
  }
  ASSERT_EQ(lines.size(), 3u) << "start, intent and outcome";
  EXPECT_EQ(lines[1]["kind"], "intent");
  EXPECT_EQ(lines[1]["principal"], "heapd");
  EXPECT_EQ(lines[1]["method"], "SnapshotService/CreateSnapshot");
  EXPECT_EQ(lines[1]["trigger"], "rule full");
  EXPECT_EQ(lines[1]["heap"], "shop");
  EXPECT_EQ(lines[1]["redaction"], "redacted");
  EXPECT_EQ(lines[2]["kind"], "outcome");
  EXPECT_EQ(lines[2]["outcome"], "OK");
  EXPECT_EQ(lines[2]["snapshot"], Snapshots().front().snapshot);
}

TEST_F(AutomaticActionsTest, AfterItCeasedNothingIsBegun) {
  config_.snapshots_near_limit_count = 1;
  Start();
  LeakInto(shop_);
  automatic_->Cease();
  LookFor(10);
  EXPECT_TRUE(Snapshots().empty());
}

}  // namespace
}  // namespace heapd::server
