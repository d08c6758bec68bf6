// Several clients change graphs while a thread marks them. What each client
// built is known to it alone and compared all the time, so that an object that
// was freed too early shows; ThreadSanitizer watches the rest.

#include <gtest/gtest.h>

#include <memory>
#include <mutex>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "heap/heap.h"
#include "server/host/worker_pool.h"
#include "tests/heap/status_matchers.h"

namespace heapd {
namespace {

constexpr int kClients = 3;
constexpr uint32_t kChains = 32;

// The heap, and the lock that stands for its lane.
struct Shared {
  MemoryBudget budget{uint64_t{1} << 30};
  server::WorkerPool marking{"marking", 2};
  std::mutex lane;
  std::unique_ptr<Heap> heap;
  TypeId type = 0;
  uint64_t majors = 0;
};

// One thread with a table of chains of numbered nodes. Slot 0 of a node is the
// next one; what is beyond is noise.
class Client {
 public:
  Client(Shared* shared, SessionId session)
      : shared_(shared), session_(session), random_(session) {
    EXPECT_OK(heap().OpenSession(session, ""));
    table_ = *heap().Allocate(session, shared->type, "", kChains, {});
  }

  void Run(int steps) {
    for (int i = 0; i < steps; ++i) {
      const std::lock_guard<std::mutex> lock(shared_->lane);
      ASSERT_OK(heap().PushScope(session_).status());
      Step();
      ASSERT_OK(heap().PopScope(session_).status());
      Collect();
    }
  }
  void CheckAll() {
    for (uint32_t i = 0; i < kChains; ++i) CheckChain(i);
  }

 private:
  Heap& heap() { return *shared_->heap; }
  uint32_t Pick(uint32_t below) { return random_() % below; }

  void Step() {
    const uint32_t chain = Pick(kChains);
    switch (Pick(8)) {
      case 0:
      case 1:
      case 2:
        return Push(chain);
      case 3:
        return Pop(chain);
      case 4:
      case 5:
        return MoveTail(chain, Pick(kChains));
      case 6:
        return Grow(chain);
      default:
        return CheckChain(chain);
    }
  }

  void Collect() {
    heap().Safepoint(200);
    if (Pick(50) == 0) heap().StartMajor(CollectionReason::kRequested);
    const bool was_running = heap().IsMajorRunning();
    if (was_running && heap().StepMajor() == MajorProgress::kDone) {
      ++shared_->majors;
    }
    if (Pick(500) == 0) heap().Collect(CollectionReason::kRequested);
  }

  void Push(uint32_t chain) {
    const uint32_t number = next_number_++;
    const std::vector<Value> values = {Head(chain)};
    const Ref node = *heap().Allocate(session_, shared_->type,
                                      std::to_string(number), 1, values);
    ASSERT_OK(heap().Link(table_, chain, Value::Strong(node)));
    chains_[chain].insert(chains_[chain].begin(), number);
  }
  void Pop(uint32_t chain) {
    if (chains_[chain].empty()) return;
    const Value next = *heap().ReadSlot(Head(chain).ref(), 0);
    ASSERT_OK(heap().Link(table_, chain, next));
    chains_[chain].erase(chains_[chain].begin());
  }
  // What a marker that is told of nothing would lose: a part of the graph goes
  // from a place that it has not seen to one that it has.
  void MoveTail(uint32_t from, uint32_t to) {
    if (chains_[from].size() < 2 || from == to) return;
    const uint32_t kept =
        1 + Pick(static_cast<uint32_t>(chains_[from].size()) - 1);
    Ref last = Head(from).ref();
    for (uint32_t i = 1; i < kept; ++i) last = heap().ReadSlot(last, 0)->ref();
    const Value tail = *heap().Link(last, 0, Value::Null());
    ASSERT_OK(heap().Link(table_, to, tail));
    chains_[to].assign(chains_[from].begin() + kept, chains_[from].end());
    chains_[from].resize(kept);
  }
  void Grow(uint32_t chain) {
    if (chains_[chain].empty()) return;
    const Ref node = Head(chain).ref();
    const uint32_t count = heap().Describe(node)->slot_count;
    if (count > 40) return;
    ASSERT_OK(heap().AddSlots(node, 1 + Pick(4)).status());
    ASSERT_OK(heap().Link(node, count, Value::Weak(table_)));
  }
  void CheckChain(uint32_t chain) {
    Value at = Head(chain);
    for (const uint32_t number : chains_[chain]) {
      ASSERT_EQ(at.kind(), Value::Kind::kStrong);
      const absl::StatusOr<absl::string_view> text =
          heap().ReadPayload(at.ref());
      ASSERT_OK(text.status());
      ASSERT_EQ(*text, std::to_string(number));
      at = *heap().ReadSlot(at.ref(), 0);
    }
    ASSERT_EQ(at, Value::Null());
  }
  Value Head(uint32_t chain) { return *heap().ReadSlot(table_, chain); }

  Shared* const shared_;
  const SessionId session_;
  std::mt19937 random_;
  Ref table_;
  std::vector<uint32_t> chains_[kChains];
  uint32_t next_number_ = 0;
};

class ConcurrentMarkingTest : public ::testing::TestWithParam<bool> {};

// Capability rows 31 to 33 and 54.
TEST_P(ConcurrentMarkingTest, LosesNothingThatClientsReach) {
  Shared shared;
  HeapOptions options;
  options.stress.verify_heap = GetParam();
  options.stress.compact_always = GetParam();
  options.stress.random_delays = GetParam();
  options.runner = [&shared](std::function<void()> task) {
    shared.marking.Post(std::move(task));
  };
  shared.heap = *Heap::Create(options, &shared.budget);
  shared.type = *shared.heap->DefineType("Node", TypeKind::kObject, {});
  std::vector<Client> clients;
  for (int i = 1; i <= kClients; ++i) clients.emplace_back(&shared, i);
  std::vector<std::thread> threads;
  for (Client& client : clients) {
    threads.emplace_back([&client] { client.Run(30000); });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_GT(shared.majors, 10u) << "too few collections ran beside the clients";
  for (Client& client : clients) client.CheckAll();
  EXPECT_OK(shared.heap->Verify());
  shared.heap.reset();
}

INSTANTIATE_TEST_SUITE_P(Stressed, ConcurrentMarkingTest, ::testing::Bool());

TEST(ConcurrentMarkingEndTest, AHeapCanGoWhileItIsMarked) {
  for (int round = 0; round < 20; ++round) {
    Shared shared;
    HeapOptions options;
    options.runner = [&shared](std::function<void()> task) {
      shared.marking.Post(std::move(task));
    };
    shared.heap = *Heap::Create(options, &shared.budget);
    shared.type = *shared.heap->DefineType("Node", TypeKind::kObject, {});
    ASSERT_OK(shared.heap->OpenSession(1, ""));
    Value next = Value::Null();
    for (int i = 0; i < 20'000; ++i) {
      next = Value::Strong(
          *shared.heap->Allocate(1, shared.type, "x", 1, {&next, 1}));
    }
    shared.heap->StartMajor(CollectionReason::kRequested);
    shared.heap.reset();
  }
}

}  // namespace
}  // namespace heapd
