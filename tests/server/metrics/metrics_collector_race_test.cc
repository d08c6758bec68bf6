// Without RPCs: ThreadSanitizer does not see what gRPC's own library does, and
// takes every call that goes from thread to thread there for a race.

#include <gtest/gtest.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "server/host/heap_call.h"
#include "server/metrics/metrics_collector.h"
#include "server/ops/health_board.h"
#include "server/service/services.h"
#include "server/storage/local_directory.h"
#include "tests/heap/status_matchers.h"
#include "tests/server/support/in_process_server.h"
#include "tests/server/support/temporary_directory.h"

namespace heapd::server {
namespace {

constexpr uint64_t kLimitBytes = uint64_t{32} << 20;
constexpr SessionId kSession = 7;

class MetricsCollectorRaceTest : public ::testing::Test {
 protected:
  MetricsCollectorRaceTest()
      : catalog_(*SnapshotCatalog::Open(
            *LocalDirectory::OpenDirectory(directory_.Path("snapshots")), {})),
        services_(SmallConfig(), {&authenticator_, &access_, nullptr},
                  catalog_.get(), &clock_) {
    EXPECT_OK(registry().Create("shop", kLimitBytes, 0, {}).status());
    shop_ = *registry().Find("shop");
    EXPECT_OK(OnShop([this](HeapAccess& access) -> absl::Status {
      type_ = *access.heap.DefineType("Item", TypeKind::kObject, {});
      return access.heap.OpenSession(kSession, "test");
    }));
  }
  ~MetricsCollectorRaceTest() override {
    shop_.reset();
    services_.BeginDrain();
    catalog_->Close();
    services_.Stop();
  }

  HeapRegistry& registry() { return services_.registry(); }
  absl::Status OnShop(absl::FunctionRef<absl::Status(HeapAccess&)> work) {
    return RunAndWait(shop_, {}, nullptr, work);
  }
  void AllocateAndCollect() {
    const std::string payload(10'000, 'a');
    EXPECT_OK(OnShop([&](HeapAccess& access) -> absl::Status {
      const auto ref = access.heap.Allocate(kSession, type_, payload, 0, {});
      if (!ref.ok()) return ref.status();
      EXPECT_OK(access.heap.Release(kSession, *ref));
      access.heap.Collect(CollectionReason::kRequested, CollectionKind::kMinor);
      return absl::OkStatus();
    }));
  }
  void MakeAndDelete(const std::string& heap) {
    EXPECT_OK(registry().Create(heap, 4 << 20, 0, {}).status());
    EXPECT_OK(registry().Delete(heap));
  }

  TemporaryDirectory directory_;
  Authenticator authenticator_;
  AccessControl access_{Policy::BuiltIn(/*loopback_only=*/true)};
  FakeClock clock_;
  std::unique_ptr<SnapshotCatalog> catalog_;
  Services services_;
  std::shared_ptr<HostedHeap> shop_;
  TypeId type_ = 0;
};

TEST_F(MetricsCollectorRaceTest, ScrapesMeetCallsAndHeapsThatComeAndGo) {
  HealthBoard readiness;
  MetricsCollector collector(
      {&services_, catalog_.get(), &readiness, /*max_heaps=*/2});
  std::atomic<bool> stop{false};
  std::vector<std::thread> threads;
  for (int i = 0; i < 2; ++i) {
    threads.emplace_back([&] {
      while (!stop.load(std::memory_order_relaxed)) {
        const std::string text =
            collector.Scrape([](absl::string_view) { return true; });
        EXPECT_TRUE(absl::StrContains(
            text, "heapd_heap_limit_bytes{heap=\"shop\"} 33554432\n"));
      }
    });
  }
  threads.emplace_back([&] {
    while (!stop.load(std::memory_order_relaxed)) {
      AllocateAndCollect();
    }
  });
  for (int i = 0; i < 500; ++i) {
    MakeAndDelete(absl::StrCat("one", i));
    MakeAndDelete("again");
  }
  stop = true;
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace heapd::server
