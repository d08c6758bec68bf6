// The leak verdict of a real heap, with windows of milliseconds.

#include <functional>
#include <memory>
#include <string>

#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/host/heap_registry.h"
#include "server/host/hosted_heap.h"
#include "server/ops/logging.h"
#include "tests/server/support/fake_clock.h"

namespace heapd::server {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class HostedHeapLeaksTest : public ::testing::Test {
 protected:
  HostedHeapLeaksTest() {
    EXPECT_TRUE(registry_.Create("shop", uint64_t{256} << 20, 0).ok());
    shop_ = *registry_.Find("shop");
    EXPECT_TRUE(Run([this](Heap& heap) {
                  leak_ = *heap.DefineType("Leak", TypeKind::kObject, {},
                                           "GET /orders 502");
                  rest_ = *heap.DefineType("Rest", TypeKind::kObject, {});
                  return heap.OpenSession(kSession, "test");
                }).ok());
  }
  ~HostedHeapLeaksTest() override {
    shop_.reset();
    registry_.Stop();
    collections_.Stop();
    turns_.Stop();
  }

  absl::Status Run(const std::function<absl::Status(Heap&)>& work) {
    return RunAndWait(shop_, {}, nullptr,
                      [&](HeapAccess& access) { return work(access.heap); });
  }

  // Keeps one more object, drops another, and collects.
  void Leak(TypeId type) {
    EXPECT_TRUE(Run([&](Heap& heap) {
                  const std::string payload(4000, 'x');
                  const Ref kept =
                      *heap.Allocate(kSession, type, payload, 0, {});
                  const Ref lost =
                      *heap.Allocate(kSession, rest_, payload, 0, {});
                  EXPECT_FALSE(kept.is_null());
                  EXPECT_TRUE(heap.Release(kSession, lost).ok());
                  heap.Collect(CollectionReason::kRequested);
                  return absl::OkStatus();
                }).ok());
  }

  // Whether the heap gets that verdict; leaks meanwhile, if that is wanted.
  bool Becomes(LeakState state, bool leaks) {
    const absl::Time end = absl::Now() + absl::Seconds(30);
    while (absl::Now() < end) {
      if (shop_->leak_verdict().state == state) return true;
      if (leaks) {
        Leak(leak_);
      } else {
        EXPECT_TRUE(Run([](Heap& heap) {
                      heap.Collect(CollectionReason::kRequested);
                      return absl::OkStatus();
                    }).ok());
      }
      absl::SleepFor(absl::Milliseconds(1));
    }
    return false;
  }

  static constexpr SessionId kSession = 7;

  FakeClock clock_;
  WorkerPool turns_{"turns", 2};
  WorkerPool collections_{"collections", 1};
  HeapRegistry registry_{{.budget_bytes = uint64_t{512} << 20,
                          .default_limit_bytes = uint64_t{256} << 20,
                          .max_heaps = 4},
                         {.turns = &turns_,
                          .collections = &collections_,
                          .clock = &clock_,
                          .leak = {.window = absl::Milliseconds(60),
                                   .sample_interval = absl::ZeroDuration(),
                                   .min_growth_bytes = 8000,
                                   .min_growth_ratio = 0.02}}};
  std::shared_ptr<HostedHeap> shop_;
  TypeId leak_ = 0;
  TypeId rest_ = 0;
};

TEST_F(HostedHeapLeaksTest, ALeakIsSuspectedNamedLoggedAndOver) {
  EXPECT_EQ(shop_->leak_verdict().state, LeakState::kTooEarly);
  ::testing::internal::CaptureStderr();
  ASSERT_TRUE(Becomes(LeakState::kSuspected, true));
  const LeakVerdict verdict = shop_->leak_verdict();
  EXPECT_GT(verdict.confidence, 0.99);
  EXPECT_LT(verdict.time_to_limit, absl::Hours(1));
  ASSERT_FALSE(verdict.growing_classes.empty());
  EXPECT_EQ(verdict.growing_classes[0].class_name, "Leak");
  EXPECT_EQ(verdict.growing_classes[0].tag, "GET /orders 502");
  EXPECT_GT(verdict.growing_classes[0].objects_per_hour, 0);
  EXPECT_TRUE(Becomes(LeakState::kSteady, false));
  turns_.Stop();
  const std::string log = ::testing::internal::GetCapturedStderr();
  EXPECT_THAT(log, HasSubstr("leak_suspected"));
  EXPECT_THAT(log, HasSubstr("heap=shop"));
  EXPECT_THAT(log, HasSubstr("class=Leak tag=\"GET /orders 502\""));
  EXPECT_THAT(log, HasSubstr("leak_suspicion_ended"));
  EXPECT_THAT(log, Not(HasSubstr("xxxx")));
}

TEST_F(HostedHeapLeaksTest, AHeapThatStaysAsItIsIsSteady) {
  Leak(rest_);
  EXPECT_TRUE(Becomes(LeakState::kSteady, false));
  EXPECT_TRUE(shop_->leak_verdict().growing_classes.empty());
  EXPECT_EQ(shop_->leak_verdict().time_to_limit, absl::InfiniteDuration());
}

}  // namespace
}  // namespace heapd::server
