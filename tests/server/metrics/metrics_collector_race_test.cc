#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "server/metrics/metrics_collector.h"
#include "server/ops/health_board.h"
#include "tests/server/support/service_fixture.h"

namespace heapd::server {
namespace {

class MetricsCollectorRaceTest : public ServiceFixture {
 protected:
  void MakeAndDelete(const std::string& heap) {
    v1::CreateHeapRequest create;
    create.set_heap(heap);
    create.set_limit_bytes(4 << 20);
    v1::CreateHeapResponse created;
    Call create_call;
    EXPECT_SUCCEEDS(server_.heaps->CreateHeap(&create_call, create, &created));
    v1::DeleteHeapRequest remove;
    remove.set_heap(heap);
    v1::DeleteHeapResponse removed;
    Call remove_call;
    EXPECT_SUCCEEDS(server_.heaps->DeleteHeap(&remove_call, remove, &removed));
  }
};

TEST_F(MetricsCollectorRaceTest, ScrapesMeetCallsAndHeapsThatComeAndGo) {
  HealthBoard readiness;
  MetricsCollector collector(
      {&server_.services(), &server_.catalog(), &readiness, /*max_heaps=*/2});
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
      Allocate(std::string(10'000, 'a'));
      Collect(v1::COLLECTION_KIND_MINOR);
    }
  });
  for (int i = 0; i < 60; ++i) {
    MakeAndDelete(absl::StrCat("one", i));
    MakeAndDelete("again");
  }
  stop = true;
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace heapd::server
