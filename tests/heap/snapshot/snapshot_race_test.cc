// Snapshots of a heap that clients change all the time, read by a thread of
// their own; what each client knows of its graph at the instant is compared
// with the file, and ThreadSanitizer watches the rest.

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <mutex>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "heap/heap.h"
#include "heap/snapshot/snapshot_capture.h"
#include "server/host/worker_pool.h"
#include "tests/heap/snapshot/snapshot_file.h"
#include "tests/heap/status_matchers.h"

namespace heapd {
namespace {

constexpr int kClients = 2;
constexpr uint32_t kChains = 16;
constexpr uint32_t kMaxLength = 40;

// A heap, the lock that stands for its lane, and the thread that steps its
// collections.
class SnapshotRaceTest : public ::testing::TestWithParam<bool> {
 protected:
  void SetUp() override {
    HeapOptions options;
    options.stress.compact_always = GetParam();
    options.stress.random_delays = GetParam();
    options.runner = [this](std::function<void()> task) {
      marking_.Post(std::move(task));
    };
    heap_ = *Heap::Create(options, &budget_);
    type_ = *heap_->DefineType("Node", TypeKind::kObject, {});
    for (int i = 0; i < kClients; ++i) {
      tables_[i] = DefineTable(i);
      ASSERT_OK(heap_->OpenSession(i + 1, absl::StrCat(i)));
      table_refs_[i] = *heap_->Allocate(i + 1, tables_[i], "", kChains, {});
      lengths_[i].assign(kChains, 0);
    }
  }
  void TearDown() override {
    EXPECT_OK(heap_->Verify());
    heap_.reset();
  }

  TypeId DefineTable(int client) {
    return *heap_->DefineType(absl::StrCat("Table", client), TypeKind::kObject,
                              {});
  }

  // With the lane: a random change of one chain of the client's. Slot 0 of a
  // node is the next one, slot 1 noise.
  void Change(int client, std::mt19937* random) {
    const uint32_t chain = (*random)() % kChains;
    const Ref table = table_refs_[client];
    const Value head = *heap_->ReadSlot(table, chain);
    std::vector<uint32_t>& lengths = lengths_[client];
    switch ((*random)() % 5) {
      case 0:
      case 1: {
        if (lengths[chain] == kMaxLength) return;
        const std::vector<Value> values = {head, Value::SmallInteger(1)};
        const Ref node = *heap_->Allocate(client + 1, type_, "x", 0, values);
        ASSERT_OK(heap_->Link(table, chain, Value::Strong(node)).status());
        ASSERT_OK(heap_->Release(client + 1, node));
        ++lengths[chain];
        return;
      }
      case 2: {
        if (lengths[chain] == 0) return;
        ASSERT_OK(heap_->Link(table, chain, *heap_->ReadSlot(head.ref(), 0))
                      .status());
        --lengths[chain];
        return;
      }
      case 3: {
        // The whole chain goes to another place.
        const uint32_t to = (*random)() % kChains;
        const Value other = *heap_->Link(table, to, head);
        ASSERT_OK(heap_->Link(table, chain, other).status());
        std::swap(lengths[chain], lengths[to]);
        return;
      }
      default:
        if (lengths[chain] == 0) return;
        const uint32_t slots = heap_->Describe(head.ref())->slot_count;
        if (slots < 30) {
          ASSERT_OK(heap_->AddSlots(head.ref(), 3).status());
        }
    }
  }

  void RunClient(int client) {
    std::mt19937 random(client);
    while (!stop_) {
      const std::lock_guard<std::mutex> lock(lane_);
      for (int i = 0; i < 4; ++i) Change(client, &random);
      heap_->Safepoint(300);
      heap_->StepMajor();
    }
  }

  // How long the chains of the client's table are in the file.
  std::vector<uint32_t> LengthsIn(const SnapshotFile& file, int client) {
    std::vector<uint32_t> lengths(kChains, 0);
    for (const auto& start :
         file.NodeNamed(absl::StrCat("Table", client)).edges) {
      uint32_t length = 1;
      const SnapshotFile::Node* node = &file.nodes()[start.to];
      while (!node->edges.empty()) {
        node = &file.nodes()[node->edges[0].to];
        ++length;
      }
      lengths[std::stoi(start.name)] = length;
    }
    return lengths;
  }

  MemoryBudget budget_{uint64_t{1} << 30};
  server::WorkerPool marking_{"marking", 2};
  std::mutex lane_;
  std::unique_ptr<Heap> heap_;
  TypeId type_ = 0;
  TypeId tables_[kClients];
  Ref table_refs_[kClients];
  std::vector<uint32_t> lengths_[kClients];
  std::atomic<bool> stop_{false};
};

TEST_P(SnapshotRaceTest, ShowsWhatEachClientHadAtTheInstant) {
  std::vector<std::thread> threads;
  for (int i = 0; i < kClients; ++i) {
    threads.emplace_back([this, i] { RunClient(i); });
  }
  for (int taken = 0; taken < 20;) {
    std::shared_ptr<SnapshotCapture> capture;
    std::vector<uint32_t> expected[kClients];
    {
      const std::lock_guard<std::mutex> lock(lane_);
      if (heap_->IsMajorRunning()) continue;
      SnapshotOptions options;
      options.piece_objects = 50;
      capture = *heap_->StartSnapshot(options);
      for (int i = 0; i < kClients; ++i) expected[i] = lengths_[i];
    }
    MemorySpill spill;
    ASSERT_OK(capture->ReadInto(&spill));
    MemorySink sink;
    ASSERT_OK(WriteCapturedSnapshot(*capture, &spill, &sink).status());
    const SnapshotFile file(sink.text(), SnapshotFile::Reachable::kMostNodes);
    for (int i = 0; i < kClients; ++i) {
      EXPECT_EQ(LengthsIn(file, i), expected[i]);
    }
    ++taken;
  }
  stop_ = true;
  for (std::thread& thread : threads) thread.join();
}

INSTANTIATE_TEST_SUITE_P(Stressed, SnapshotRaceTest, ::testing::Bool());

}  // namespace
}  // namespace heapd
