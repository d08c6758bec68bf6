#include "client/heapload/record/replayer.h"

#include <algorithm>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "client/heapd/pipeline.h"
#include "client/heapd/status.h"
#include "client/heapload/record/live_counts.h"
#include "gtest/gtest.h"
#include "tests/client/heapload/record/daemon_fixture.h"

namespace heapd::heapload {
namespace {

using client::BatchBuilder;
using client::BatchValue;
using client::LocalRef;
using client::Ref;
using client::Session;
using client::TypeId;
using client::Value;

// Operations chosen at random on a session of its own and roots of its own, as
// one client makes them: one after another.
class RandomClient {
 public:
  RandomClient(client::Client* client, int number)
      : random_(static_cast<uint32_t>(number)), number_(number) {
    auto session = client->OpenSession("heap");
    EXPECT_TRUE(session.ok()) << session.status();
    session_.emplace(*std::move(session));
    for (const char* name : {"Red", "Green"}) {
      types_.push_back(*session_->DefineType(absl::StrCat(name, number % 2)));
    }
  }

  void Run(int steps) {
    for (int i = 0; i < steps; ++i) Step();
    RunPipeline();
    CopyDeep();
  }

  // Leaves the session's holds behind with it.
  Session& session() { return *session_; }

 private:
  uint32_t Pick(uint32_t count) {
    return std::uniform_int_distribution<uint32_t>(0, count - 1)(random_);
  }
  TypeId Type() { return types_[Pick(2)]; }
  std::string Payload() { return std::string(Pick(200), 'p'); }
  std::string Name() { return absl::StrCat("root", number_, "-", Pick(6)); }
  Ref Any() { return held_[Pick(static_cast<uint32_t>(held_.size()))]; }
  void Keep(const absl::StatusOr<Ref>& ref) {
    ASSERT_TRUE(ref.ok()) << ref.status();
    held_.push_back(*ref);
  }

  void Step() {
    if (held_.size() < 3)
      return Keep(session_->Allocate(Type(), Payload(), {}, 3));
    switch (Pick(14)) {
      case 0:
      case 1:
        return Keep(session_->Allocate(
            Type(), Payload(), {Value::Strong(Any()), Value::Weak(Any())}, 3));
      case 2:
        // Strings can get slots too. Those that another client has as well
        // would be linked in an order that nobody knows, so these are its own.
        return Keep(
            session_->AllocateString(absl::StrCat(number_, ":", Pick(20))));
      case 3:
        return Keep(session_->Copy(Any()));
      case 4:
      case 5:
        // Fails on strings, which have no slots.
        session_->Link(Any(), Pick(3), Value::Strong(Any())).IgnoreError();
        return;
      case 6:
        session_->Unlink(Any(), Pick(3)).IgnoreError();
        return;
      case 7:
        ASSERT_TRUE(session_->Root(Name(), Any()).ok());
        return;
      case 8:
        session_->Unroot(Name()).IgnoreError();
        return;
      case 9:
        return Release();
      case 10:
        return Scope();
      case 11:
        session_->Read(Ref(uint64_t{77} << 32 | 1)).IgnoreError();
        session_->AddSlots(Any(), 1).IgnoreError();
        return;
      default:
        return Batch();
    }
  }

  void Release() {
    const Ref ref = Any();
    ASSERT_TRUE(session_->Release({ref}).ok());
    held_.erase(std::remove(held_.begin(), held_.end(), ref), held_.end());
  }

  // What is allocated in between goes, but for one.
  void Scope() {
    ASSERT_TRUE(session_->PushScope().ok());
    const auto one = session_->Allocate(Type(), Payload(), {}, 3);
    ASSERT_TRUE(session_->Allocate(Type(), Payload()).ok());
    ASSERT_TRUE(one.ok());
    ASSERT_TRUE(session_->PopScope(*one).ok());
    held_.push_back(*one);
  }

  BatchBuilder SomeBatch() {
    BatchBuilder batch;
    const LocalRef first = batch.Allocate(Type(), Payload(), {}, 3);
    const LocalRef unheld =
        batch.AllocateUnheld(Type(), Payload(), {BatchValue::Strong(first)});
    batch.AllocateUnheld(Type(), Payload());  // reached by nothing: not made
    batch.Link(first, 1, BatchValue::Strong(unheld));
    batch.AllocateString(absl::StrCat("s", Pick(20)));
    batch.Root(Name(), first);
    batch.ReadSlot(first, 1);
    return batch;
  }

  void Batch() {
    if (Pick(8) == 0) {
      BatchBuilder wrong = SomeBatch();
      wrong.Link(Any(), 1000, BatchValue());
      EXPECT_FALSE(session_->Apply(std::move(wrong)).ok());
      return;
    }
    const auto result = session_->Apply(SomeBatch());
    ASSERT_TRUE(result.ok()) << result.status();
    held_.push_back(result->ref(LocalRef(0)));
  }

  void RunPipeline() {
    auto pipeline = session_->OpenPipeline();
    ASSERT_TRUE(pipeline.ok());
    for (int i = 0; i < 20; ++i) {
      if (!(*pipeline)->HasRoom()) {
        ASSERT_TRUE((*pipeline)->Receive().ok());
      }
      ASSERT_TRUE((*pipeline)->Send(SomeBatch()).ok());
    }
    while ((*pipeline)->outstanding() > 0) {
      ASSERT_TRUE((*pipeline)->Receive().ok());
    }
    ASSERT_TRUE((*pipeline)->Finish().ok());
  }

  // Refs inside the copy are learned by reading, and then used.
  void CopyDeep() {
    const auto leaf = session_->Allocate(types_[0], "leaf");
    const auto top =
        session_->Allocate(types_[0], "top", {Value::Strong(*leaf)}, 1);
    const auto copy = session_->Copy(*top, 2);
    ASSERT_TRUE(copy.ok());
    const auto inner = session_->Read(*copy);
    ASSERT_TRUE(inner.ok());
    ASSERT_NE(inner->values[0].ref(), *leaf);
    ASSERT_TRUE(
        session_->Root(absl::StrCat("inner", number_), inner->values[0].ref())
            .ok());
  }

  std::mt19937 random_;
  const int number_;
  std::optional<Session> session_;
  std::vector<TypeId> types_;
  std::vector<Ref> held_;
};

class ReplayerTest : public DaemonFixture {
 protected:
  void Record(const std::string& file, int clients, int steps,
              RelayOrder order = RelayOrder::kAsTheyCome) {
    auto proxy = StartProxy(file, order);
    const auto client = Connect(proxy->address());
    ASSERT_TRUE(client->CreateHeap("heap", {.limit_bytes = 64 << 20}).ok());
    std::vector<std::unique_ptr<RandomClient>> all;
    std::vector<std::thread> threads;
    for (int i = 0; i < clients; ++i) {
      all.push_back(std::make_unique<RandomClient>(client.get(), i));
    }
    for (auto& one : all) {
      threads.emplace_back([&one, steps] { one->Run(steps); });
    }
    for (std::thread& thread : threads) thread.join();
    // Some sessions end before the recording does.
    all.pop_back();
    StopAndCount(*proxy);
    ASSERT_EQ(proxy->counts().size(), 1);
    EXPECT_GE(proxy->counts()[0].classes_size(), 2);
  }

  static void ExpectEqual(const absl::StatusOr<ReplayOutcome>& outcome) {
    ASSERT_TRUE(outcome.ok()) << outcome.status();
    for (const ReplayOutcome::Heap& heap : outcome->heaps) {
      for (const CountRow& row : heap.rows) {
        EXPECT_EQ(row.recorded, row.replayed) << row.name;
      }
    }
    EXPECT_TRUE(outcome->compared());
    EXPECT_TRUE(outcome->equal());
    EXPECT_TRUE(outcome->failed.empty()) << outcome->failed.begin()->first;
    EXPECT_EQ(outcome->unknown_ids, 0);
    EXPECT_EQ(outcome->depend_on_failed, 0);
    EXPECT_EQ(outcome->recorded_calls,
              outcome->ok + outcome->failed_in_recording);
    EXPECT_GT(outcome->failed_in_recording, 0);
  }
};

TEST_F(ReplayerTest, LeavesTheSameAliveAtFullSpeed) {
  Record(Path("a.rec"), 4, 150);
  ExpectEqual(Replay(Path("a.rec"), "-max"));
  ExpectEqual(Replay(Path("a.rec"), "-small", {}, {.limit_bytes = 8 << 20}));
}

TEST_F(ReplayerTest, LeavesTheSameAliveAtTenTimesTheSpeed) {
  Record(Path("a.rec"), 3, 100);
  ExpectEqual(Replay(Path("a.rec"), "-ten", 10.0));
}

TEST_F(ReplayerTest, LeavesTheSameAliveInExactOrder) {
  Record(Path("a.rec"), 4, 100, RelayOrder::kOneAtATime);
  ExpectEqual(Replay(Path("a.rec"), "-max"));
}

TEST_F(ReplayerTest, SaysThatALimitIsTheReason) {
  {
    auto proxy = StartProxy(Path("a.rec"));
    const auto client = Connect(proxy->address());
    ASSERT_TRUE(client->CreateHeap("heap").ok());
    auto session = client->OpenSession("heap");
    const auto type = session->DefineType("Large");
    for (int i = 0; i < 32; ++i) {
      ASSERT_TRUE(
          session->Allocate(*type, std::string(size_t{1} << 20, 'x')).ok());
    }
    StopAndCount(*proxy);
  }
  const auto outcome =
      Replay(Path("a.rec"), "-small", {}, {.limit_bytes = 8 << 20});
  ASSERT_TRUE(outcome.ok()) << outcome.status();
  EXPECT_FALSE(outcome->equal());
  EXPECT_GT(outcome->failed.at("HEAP_LIMIT"), 10);
  EXPECT_FALSE(outcome->Reasons().empty());
}

TEST_F(ReplayerTest, DoesNotTouchAHeapThatIsThere) {
  Record(Path("a.rec"), 1, 5);
  EXPECT_EQ(Replay(Path("a.rec"), "").status().code(),
            absl::StatusCode::kAlreadyExists);
}

// The counts must be able to differ.
TEST_F(ReplayerTest, SeesThatSomethingElseLives) {
  Record(Path("a.rec"), 2, 20);
  const auto client = Connect(address_);
  const auto recorded = CountLiveObjects(*client, "heap");
  auto session = client->OpenSession("heap");
  const auto ref = session->Allocate(*session->DefineType("Other"), "x");
  ASSERT_TRUE(session->Root("other", *ref).ok());
  const auto changed = CountLiveObjects(*client, "heap");
  ASSERT_TRUE(recorded.ok() && changed.ok());
  int different = 0;
  for (const CountRow& row : CompareCounts(*recorded, *changed)) {
    different += row.recorded != row.replayed ? 1 : 0;
  }
  EXPECT_GE(different, 4);
}

}  // namespace
}  // namespace heapd::heapload
