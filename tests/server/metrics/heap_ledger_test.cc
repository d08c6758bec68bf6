#include "server/metrics/heap_ledger.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "tests/server/support/function_call.h"
#include "tests/server/support/host_fixture.h"

namespace heapd::server {
namespace {

using ::testing::ElementsAre;

// Up to four heaps, "shop" first.
class HeapLedgerTest : public HostFixture {
 protected:
  std::shared_ptr<HostedHeap> Make(const std::string& id) {
    EXPECT_TRUE(registry_.Create(id, kLimitBytes, 0).ok());
    return *registry_.Find(id);
  }
  // Makes a heap the larger of two.
  void Fill(const std::shared_ptr<HostedHeap>& hosted, int objects) {
    EXPECT_TRUE(RunAndWait(hosted, {}, nullptr, [&](HeapAccess& access) {
                  const SessionId session = access.leases.NewId();
                  access.leases.Add(session, absl::Hours(1), access.now);
                  EXPECT_TRUE(access.heap.OpenSession(session, "test").ok());
                  const TypeId type =
                      *access.heap.DefineType("Item", TypeKind::kObject, {});
                  for (int i = 0; i < objects; ++i) {
                    EXPECT_TRUE(access.heap
                                    .Allocate(session, type,
                                              std::string(1000, 'a'), 0, {})
                                    .ok());
                  }
                  return absl::OkStatus();
                }).ok());
  }
  void Collect(const std::shared_ptr<HostedHeap>& hosted) {
    EXPECT_TRUE(RunAndWait(hosted, {}, nullptr, [](HeapAccess& access) {
                  access.heap.Collect(CollectionReason::kRequested,
                                      CollectionKind::kMinor);
                  return absl::OkStatus();
                }).ok());
  }
  void Update() { entries_ = ledger_->Update(registry_.All()); }
  std::vector<std::string> Shown() const {
    std::vector<std::string> ids;
    for (const HeapLedger::Entry& entry : entries_) {
      if (entry.is_shown) ids.push_back(entry.hosted->id());
    }
    return ids;
  }
  static uint64_t MinorsOf(const HeapTotals& totals) {
    uint64_t count = 0;
    const auto kind = static_cast<size_t>(CollectionKind::kMinor);
    for (const uint64_t by_reason : totals.meter.kinds[kind].count_by_reason) {
      count += by_reason;
    }
    return count;
  }

  std::vector<HeapLedger::Entry> entries_;
  std::unique_ptr<HeapLedger> ledger_ = std::make_unique<HeapLedger>(1);
};

TEST_F(HeapLedgerTest, TheLargestIsShownAndStaysSo) {
  const auto large = Make("large");
  Fill(large, 100);
  Update();
  EXPECT_THAT(Shown(), ElementsAre("large"));
  Fill(shop_, 500);
  Update();
  EXPECT_THAT(Shown(), ElementsAre("large"));
  EXPECT_TRUE(registry_.Delete("large").ok());
  Update();
  EXPECT_THAT(Shown(), ElementsAre("shop"));
}

TEST_F(HeapLedgerTest, AHeapThatTookTheNameOfAnotherIsAnother) {
  Make("other");
  Fill(shop_, 10);
  Update();
  EXPECT_THAT(Shown(), ElementsAre("shop"));
  shop_.reset();
  EXPECT_TRUE(registry_.Delete("shop").ok());
  Fill(*registry_.Find("other"), 10);
  shop_ = Make("shop");
  Update();
  EXPECT_THAT(Shown(), ElementsAre("other"));
}

TEST_F(HeapLedgerTest, WhatTheOthersCountOnlyGrows) {
  const auto other = Make("other");
  Fill(shop_, 10);
  Collect(other);
  Collect(other);
  Collect(shop_);
  Update();
  EXPECT_EQ(MinorsOf(ledger_->other_totals()), 2u);
  Update();
  EXPECT_EQ(MinorsOf(ledger_->other_totals()), 2u);
  Collect(other);
  Update();
  EXPECT_EQ(MinorsOf(ledger_->other_totals()), 3u);
  EXPECT_TRUE(registry_.Delete("other").ok());
  const auto next = Make("next");
  Collect(next);
  Update();
  EXPECT_EQ(MinorsOf(ledger_->other_totals()), 4u);
}

TEST_F(HeapLedgerTest, AHeapThatWasDeletedIsGone) {
  Update();
  entries_.clear();
  const std::weak_ptr<HostedHeap> shop = shop_;
  shop_.reset();
  EXPECT_TRUE(registry_.Delete("shop").ok());
  // The thread that closed it may still be on its way out.
  const absl::Time end = absl::Now() + absl::Seconds(10);
  while (!shop.expired() && absl::Now() < end) std::this_thread::yield();
  EXPECT_TRUE(shop.expired());
  shop_ = Make("shop");
}

TEST_F(HeapLedgerTest, WithoutAnyRoomAllAreOthers) {
  ledger_ = std::make_unique<HeapLedger>(0);
  Update();
  EXPECT_THAT(Shown(), ElementsAre());
  EXPECT_EQ(entries_.size(), 1u);
}

TEST_F(HeapLedgerTest, AVisitBringsFigures) {
  const auto visit = std::make_shared<HeapVisit>();
  EXPECT_FALSE(visit->Await(absl::ZeroDuration()).has_value());
  Fill(shop_, 10);
  visit->Begin(shop_);
  const auto figures = visit->Await(absl::Seconds(10));
  ASSERT_TRUE(figures.has_value());
  EXPECT_EQ(figures->stats.allocated_object_count, 10u);
}

TEST_F(HeapLedgerTest, AStuckHeapIsVisitedOnceAndKeepsWhatItShowed) {
  const auto visit = std::make_shared<HeapVisit>();
  visit->Begin(shop_);
  ASSERT_TRUE(visit->Await(absl::Seconds(10)).has_value());
  absl::Notification stuck, free;
  FunctionCall holder([&](HeapAccess&) {
    stuck.Notify();
    free.WaitForNotification();
    return absl::OkStatus();
  });
  HostedHeap::Submit(shop_, &holder, &collections_);
  stuck.WaitForNotification();
  for (int i = 0; i < 100; ++i) visit->Begin(shop_);
  EXPECT_TRUE(visit->Await(absl::ZeroDuration()).has_value());
  // The queue has room for 100 calls.
  FunctionCall next([](HeapAccess&) { return absl::OkStatus(); });
  HostedHeap::Submit(shop_, &next, &collections_);
  EXPECT_FALSE(next.completed());
  free.Notify();
  EXPECT_TRUE(next.Wait().ok());
  EXPECT_TRUE(holder.Wait().ok());
}

}  // namespace
}  // namespace heapd::server
