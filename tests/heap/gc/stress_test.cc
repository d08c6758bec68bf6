#include "heap/gc/stress.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "tests/heap/core_fixture.h"

namespace heapd {
namespace {

using ::testing::ElementsAre;

HeapOptions WithStress(bool verify_heap, uint64_t collection_interval) {
  HeapOptions options;
  options.stress.verify_heap = verify_heap;
  options.stress.collection_interval = collection_interval;
  return options;
}

class IntervalTest : public CoreTest {
 protected:
  IntervalTest() : CoreTest(WithStress(false, 10)) {
    core_->observer = [this](const Collection& collection) {
      EXPECT_EQ(collection.reason, CollectionReason::kStress);
      kinds_.push_back(collection.kind);
    };
  }

  std::vector<CollectionKind> kinds_;
};

TEST_F(IntervalTest, KindsTakeTurnsAtSafepoints) {
  for (int i = 0; i < 39; ++i) {
    New();
    core_->Safepoint(0);
  }
  EXPECT_THAT(kinds_,
              ElementsAre(CollectionKind::kMajor, CollectionKind::kMinor,
                          CollectionKind::kMajor));
}

TEST_F(IntervalTest, WithoutASafepointNothingIsCollected) {
  for (int i = 0; i < 100; ++i) New();
  EXPECT_TRUE(kinds_.empty());
  core_->Safepoint(0);
  EXPECT_EQ(kinds_.size(), 1u);
  core_->Safepoint(0);
  EXPECT_EQ(kinds_.size(), 1u) << "nothing was allocated since";
}

TEST(RandomDelayTest, EachTaskStillRunsOnce) {
  int run = 0;
  const TaskRunner runner =
      DelayedAtRandom([](std::function<void()> task) { task(); });
  for (int i = 0; i < 1000; ++i) runner([&run] { ++run; });
  EXPECT_EQ(run, 1000);
  EXPECT_EQ(DelayedAtRandom(nullptr), nullptr);
}

class VerifyHeapDeathTest : public CoreTest {
 protected:
  VerifyHeapDeathTest() : CoreTest(WithStress(true, 0)) {
    GTEST_FLAG_SET(death_test_style, "threadsafe");
  }
};

TEST_F(VerifyHeapDeathTest, AHeapThatIsWellGoesOn) {
  NewHeld(2, "x");
  EXPECT_EQ(Collect().object_count_after, 1u);
  EXPECT_EQ(Scavenge().object_count_after, 1u);
}

TEST_F(VerifyHeapDeathTest, ABrokenInvariantEndsTheProcess) {
  const Index source = NewHeld(2, "x");
  core_->Store(source, 0, Slot::Weak(NewHeld(0, "y")));
  entry(source).set_may_have_weak_slots(false);
  EXPECT_DEATH(Collect(), "inv.weak");
  EXPECT_DEATH(Scavenge(), "inv.weak");
  entry(source).set_may_have_weak_slots(true);
}

}  // namespace
}  // namespace heapd
