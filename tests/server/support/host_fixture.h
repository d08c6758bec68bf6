#ifndef HEAPD_TESTS_SERVER_SUPPORT_HOST_FIXTURE_H_
#define HEAPD_TESTS_SERVER_SUPPORT_HOST_FIXTURE_H_

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>

#include "absl/functional/function_ref.h"
#include "absl/synchronization/notification.h"
#include "server/host/heap_registry.h"
#include "tests/server/support/fake_clock.h"

namespace heapd::server {

// A registry with one heap, "shop", and a clock that the test moves.
class HostFixture : public ::testing::Test {
 protected:
  HostFixture() {
    EXPECT_TRUE(registry_.Create("shop", kLimitBytes, 0).ok());
    shop_ = *registry_.Find("shop");
  }
  ~HostFixture() override {
    shop_.reset();
    registry_.Stop();
    marking_.Stop();
    collections_.Stop();
    turns_.Stop();
  }

  // Runs `work` with the lane of "shop" and waits.
  absl::Status Run(absl::FunctionRef<absl::Status(HeapAccess&)> work,
                   const CallTerms& terms = {}) {
    return RunAndWait(shop_, terms, nullptr, work);
  }

  SessionId OpenSession(absl::Duration time_to_live = absl::Seconds(10)) {
    SessionId session = 0;
    EXPECT_TRUE(Run([&](HeapAccess& access) {
                  session = access.leases.NewId();
                  access.leases.Add(session, time_to_live, access.now);
                  return access.heap.OpenSession(session, "test");
                }).ok());
    return session;
  }

  TypeId DefineType() {
    TypeId type = 0;
    EXPECT_TRUE(Run([&](HeapAccess& access) {
                  type = *access.heap.DefineType("Item", TypeKind::kObject, {});
                  return absl::OkStatus();
                }).ok());
    return type;
  }

  // Waits until every call that was queued before has run.
  void Settle() {
    EXPECT_TRUE(Run([](HeapAccess&) { return absl::OkStatus(); }).ok());
  }

  static constexpr uint64_t kLimitBytes = uint64_t{8} << 20;

  FakeClock clock_;
  AdmissionCounters counters_;
  WorkerPool turns_{"turns", 2};
  WorkerPool collections_{"collections", 2};
  WorkerPool marking_{"marking", 1};
  HeapRegistry registry_{{.budget_bytes = uint64_t{64} << 20,
                          .default_limit_bytes = kLimitBytes,
                          .max_heaps = 4},
                         {.turns = &turns_,
                          .collections = &collections_,
                          .marking = &marking_,
                          .clock = &clock_,
                          .max_waiting_calls = 100,
                          .counters = &counters_}};
  std::shared_ptr<HostedHeap> shop_;
};

}  // namespace heapd::server

#endif  // HEAPD_TESTS_SERVER_SUPPORT_HOST_FIXTURE_H_
