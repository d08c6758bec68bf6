#include "server/host/automatic_plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <utility>

#include "heap/base/error.h"
#include "server/base/reasons.h"

namespace heapd::server {
namespace {

using ::testing::HasSubstr;

// Heaps that the test describes, looked at once a second. What is begun is done
// at once, unless the test keeps it.
class AutomaticPlanTest : public ::testing::Test {
 protected:
  HeapObservation& Heap(const std::string& name) {
    for (HeapObservation& heap : heaps_) {
      if (heap.heap == name) return heap;
    }
    HeapObservation heap;
    heap.heap = name;
    heap.instance = "1";
    heap.limit_bytes = 1000;
    heaps_.push_back(heap);
    return heaps_.back();
  }
  // So much lives on it.
  void Live(const std::string& name, uint64_t bytes) {
    HeapObservation& heap = Heap(name);
    heap.used_bytes = bytes;
    heap.counters.live_bytes = bytes;
    ++heap.counters.major_count;
  }

  void Start(ActionHistory history = ActionHistory()) {
    plan_.emplace(config_, now_, std::move(history));
  }
  void Rule(const std::string& text) {
    config_.snapshots_rules.push_back(*ParseRuleEntry(text));
  }

  std::vector<AutomaticAction> Look() {
    now_ += absl::Seconds(1);
    return plan_->Look(now_, heaps_);
  }
  // What was begun in so many looks, each done at once.
  std::vector<AutomaticAction> LookFor(int seconds) {
    std::vector<AutomaticAction> all;
    for (int i = 0; i < seconds; ++i) {
      for (const AutomaticAction& action : Look()) {
        plan_->Done(action.key, now_);
        all.push_back(action);
      }
    }
    return all;
  }

  Config config_;
  absl::Time now_ = absl::FromUnixSeconds(1'000'000'000);
  std::vector<HeapObservation> heaps_;
  absl::optional<AutomaticPlan> plan_;
};

TEST_F(AutomaticPlanTest, WithoutConfigurationNothingIsWanted) {
  EXPECT_FALSE(AutomaticPlan::IsWanted(config_));
  Start();
  Live("shop", 1000);
  Heap("shop").leak_suspected = true;
  EXPECT_TRUE(LookFor(100).empty());
}

TEST_F(AutomaticPlanTest, NearTheLimitThereAreSoManyAndNoMore) {
  config_.snapshots_near_limit_count = 2;
  config_.snapshots_automatic_destination = "archive";
  config_.snapshots_automatic_compression = "zstd";
  EXPECT_TRUE(AutomaticPlan::IsWanted(config_));
  Start();
  Live("shop", 800);
  EXPECT_TRUE(LookFor(10).empty());
  Live("shop", 920);
  const std::vector<AutomaticAction> first = LookFor(10);
  ASSERT_EQ(first.size(), 1u);
  EXPECT_EQ(first[0].key.trigger, SnapshotTrigger::kNearLimit);
  EXPECT_EQ(first[0].key.heap, "shop");
  EXPECT_EQ(first[0].destination, "archive");
  EXPECT_EQ(first[0].compression, Compression::kZstd);
  EXPECT_EQ(first[0].label,
            "near the limit: 920 of 1000 bytes used, snapshot 1 of 2");
  Live("shop", 1000);
  EXPECT_EQ(LookFor(10).size(), 1u);
  Live("shop", 100);
  EXPECT_TRUE(LookFor(10).empty());
  Live("shop", 1000);
  EXPECT_TRUE(LookFor(10).empty());
}

TEST_F(AutomaticPlanTest, TheCountSurvivesARestartButNotTheHeap) {
  config_.snapshots_near_limit_count = 1;
  Start();
  Live("shop", 1000);
  EXPECT_EQ(LookFor(5).size(), 1u);
  const std::string written = plan_->history().Format();
  // Another process, in which the heap is made again.
  Start(*ActionHistory::Parse(written));
  heaps_.clear();
  EXPECT_TRUE(LookFor(5).empty());
  Live("shop", 1000);
  Heap("shop").instance = "2";
  EXPECT_TRUE(LookFor(5).empty());
  // Deleted, and made again.
  Heap("shop").instance = "3";
  EXPECT_EQ(LookFor(5).size(), 1u);
}

TEST_F(AutomaticPlanTest, WhatFailsNearTheLimitDoesNotCount) {
  config_.snapshots_near_limit_count = 1;
  Start();
  Live("shop", 1000);
  const absl::Status full =
      MakeError(absl::StatusCode::kResourceExhausted, reason::kStorageFull, "");
  for (const bool is_news : {true, false, false}) {
    std::vector<AutomaticAction> due = Look();
    for (int i = 0; due.empty() && i < 100; ++i) due = Look();
    ASSERT_EQ(due.size(), 1u);
    EXPECT_EQ(plan_->Failed(due[0].key, full, now_), is_news);
  }
  EXPECT_EQ(LookFor(100).size(), 1u);
  EXPECT_TRUE(LookFor(4000).empty());
}

TEST_F(AutomaticPlanTest, ALeakIsSeenTwice) {
  config_.snapshots_on_leak = true;
  config_.snapshots_leak_second_after = absl::Minutes(10);
  Start();
  Live("shop", 100);
  Live("other", 100);
  EXPECT_TRUE(LookFor(10).empty());
  Heap("shop").leak_suspected = true;
  Heap("shop").leak_reason = "UpstreamError grows";
  const std::vector<AutomaticAction> first = LookFor(590);
  ASSERT_EQ(first.size(), 1u);
  EXPECT_EQ(first[0].key.heap, "shop");
  EXPECT_EQ(first[0].key.trigger, SnapshotTrigger::kLeak);
  EXPECT_EQ(first[0].label, "leak suspected: UpstreamError grows");
  const std::vector<AutomaticAction> second = LookFor(600);
  ASSERT_EQ(second.size(), 1u);
  EXPECT_EQ(second[0].label, "leak suspected 10m ago");
  EXPECT_TRUE(LookFor(2000).empty());
}

TEST_F(AutomaticPlanTest, AScheduleIsForTheHeapsThatMatch) {
  config_.snapshots_schedules.push_back(*ParseScheduleEntry(
      "{name: nightly, heap: shop-*, interval: 10m, label: again, "
      "destination: archive, compression: gzip}"));
  Start();
  Live("shop-a", 1);
  Live("shop-b", 1);
  Live("bank", 1);
  const std::vector<AutomaticAction> due = LookFor(600);
  ASSERT_EQ(due.size(), 2u);
  EXPECT_EQ(due[0].key.heap, "shop-a");
  EXPECT_EQ(due[1].key.heap, "shop-b");
  EXPECT_EQ(due[0].key.trigger, SnapshotTrigger::kSchedule);
  EXPECT_EQ(due[0].key.rule, "nightly");
  EXPECT_EQ(due[0].label, "again");
  EXPECT_EQ(due[0].destination, "archive");
  EXPECT_EQ(due[0].compression, Compression::kGzip);
  EXPECT_EQ(LookFor(6000).size(), 20u);
}

TEST_F(AutomaticPlanTest, ARuleActsAtMostSoOftenInAPeriod) {
  Rule(
      "{name: full, heap: shop, metric: used_ratio, above: 0.5, window: 10s, "
      "limit: 2, period: 1h}");
  Start();
  Live("shop", 600);
  Live("other", 600);
  const std::vector<AutomaticAction> due = LookFor(3600);
  ASSERT_EQ(due.size(), 2u);
  EXPECT_EQ(due[0].key.heap, "shop");
  EXPECT_EQ(due[0].key.trigger, SnapshotTrigger::kRule);
  EXPECT_EQ(due[0].key.What(), "rule full");
  EXPECT_EQ(due[0].reason, "used_ratio is 0.6, above 0.5 for 10s");
  EXPECT_EQ(LookFor(3600).size(), 2u);
}

TEST_F(AutomaticPlanTest, RulesHaveActionsOfTheirOwn) {
  Rule("{name: a, metric: used_bytes, above: 1, window: 0, action: collect}");
  Rule("{name: b, metric: used_bytes, above: 2, window: 0, action: log}");
  Rule("{name: c, metric: used_bytes, above: 3, window: 0, label: look}");
  Start();
  Live("shop", 10);
  const std::vector<AutomaticAction> due = LookFor(1);
  ASSERT_EQ(due.size(), 3u);
  EXPECT_EQ(due[0].kind, RuleAction::kCollect);
  EXPECT_EQ(due[1].kind, RuleAction::kLog);
  EXPECT_EQ(due[2].kind, RuleAction::kSnapshot);
  EXPECT_EQ(due[2].label, "look");
  EXPECT_EQ(LookFor(100).size(), 12u) << "five of each a day";
}

TEST_F(AutomaticPlanTest, OneRuleHasOneActionUnderWayOnAHeap) {
  Rule("{name: a, metric: used_bytes, above: 1, window: 0}");
  Start();
  Live("shop", 10);
  const std::vector<AutomaticAction> due = Look();
  ASSERT_EQ(due.size(), 1u);
  EXPECT_TRUE(LookFor(100).empty());
  plan_->Done(due[0].key, now_);
  EXPECT_EQ(LookFor(100).size(), 4u);
}

TEST_F(AutomaticPlanTest, WhatWasToBeDoneWithADeletedHeapIsForgotten) {
  Rule("{name: a, metric: used_bytes, above: 1, window: 0, limit: 1}");
  Start();
  Live("shop", 10);
  const std::vector<AutomaticAction> due = Look();
  ASSERT_EQ(due.size(), 1u);
  const ActionKey key = due[0].key;
  Heap("shop").instance = "2";
  EXPECT_TRUE(LookFor(10).empty()) << "until the old one has ended";
  plan_->Done(key, now_);
  EXPECT_EQ(LookFor(10).size(), 1u) << "which does not count for the new heap";
}

TEST_F(AutomaticPlanTest, ValuesAreToldInTheUnitOfTheMetric) {
  Rule("{name: a, metric: longest_pause, above: 5ms, window: 10s}");
  Start();
  Live("shop", 10);
  Histogram<kFinePauseBounds> pauses;
  Heap("shop").pauses = pauses.Read();
  EXPECT_TRUE(LookFor(20).empty());
  pauses.Observe(absl::Milliseconds(8));
  Heap("shop").pauses = pauses.Read();
  const std::vector<AutomaticAction> due = LookFor(1);
  ASSERT_EQ(due.size(), 1u);
  EXPECT_THAT(due[0].reason, HasSubstr("longest_pause is 8.192ms, above 5ms"));
}

}  // namespace
}  // namespace heapd::server
