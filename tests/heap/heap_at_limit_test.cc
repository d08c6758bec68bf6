#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "tests/heap/heap_fixture.h"

namespace heapd {
namespace {

constexpr uint64_t kLimit = uint64_t{24} << 20;

// A client that works on at the limit of its heap, whatever it is answered,
// while collections of each kind run: nothing may end the process.
class HeapAtItsLimitTest : public HeapTest {
 protected:
  void FillHeap(uint64_t seed) {
    random_.seed(seed);
    HeapOptions options;
    options.limit_bytes = kLimit;
    options.new_space_bytes = Below(2) == 0 ? kMiB : 2 * kMiB;
    options.stress.compact_always = Below(3) == 0;
    MakeHeap(options);
    held_.clear();
    while (AllocateAny()) heap_->Safepoint();
  }

  void Step() {
    const uint64_t what = Below(1000);
    if (what < 960) {
      AllocateAny();
    } else if (what < 980) {
      ReleaseAny();
    } else if (what < 985) {
      LinkAny();
    } else if (what < 990) {
      heap_->Collect(CollectionReason::kRequested, CollectionKind::kMinor);
    } else if (what < 992) {
      heap_->StartMajor(CollectionReason::kRequested);
    } else if (what < 999) {
      if (heap_->IsMajorRunning()) heap_->StepMajor(SmallSlice());
    } else {
      heap_->Collect(CollectionReason::kRequested);
    }
    heap_->Safepoint(Below(100'000));
  }

  uint64_t Below(uint64_t end) { return random_() % end; }

 private:
  bool AllocateAny() {
    static constexpr size_t kPayloads[] = {0, 8, 100, 1000, 30'000, 100'000};
    const size_t payload = kPayloads[Below(std::size(kPayloads))];
    const absl::StatusOr<Ref> ref =
        heap_->Allocate(kSession, type_, std::string(payload, 'x'),
                        static_cast<uint32_t>(Below(12)), {});
    if (!ref.ok()) {
      EXPECT_THAT(ref.status(), HasReason(reason::kHeapLimit));
      return false;
    }
    held_.push_back(*ref);
    return true;
  }
  void ReleaseAny() {
    if (held_.empty()) return;
    const size_t count = Below(held_.size()) / 4;
    for (size_t i = 0; i < count; ++i) {
      std::swap(held_[Below(held_.size())], held_.back());
      EXPECT_OK(heap_->Release(kSession, {held_.back()}));
      held_.pop_back();
    }
  }
  void LinkAny() {
    if (held_.empty()) return;
    const Ref source = held_[Below(held_.size())];
    const Ref target = held_[Below(held_.size())];
    heap_->Link(source, 0, Value::Strong(target)).IgnoreError();
  }
  static MajorSlice SmallSlice() {
    MajorSlice slice;
    slice.objects = 200;
    slice.pages = 1;
    slice.chunks = 1;
    return slice;
  }

  std::mt19937_64 random_;
  std::vector<Ref> held_;
};

TEST_F(HeapAtItsLimitTest, GoesOnBesideCollectionsOfEachKind) {
  for (uint64_t seed = 1; seed <= 12; ++seed) {
    SCOPED_TRACE(seed);
    FillHeap(seed);
    for (int step = 0; step < 3000; ++step) {
      Step();
      ASSERT_LE(heap_->account().committed_bytes(), kLimit);
      if (step % 100 == 0) {
        ASSERT_OK(heap_->Verify());
      }
    }
  }
}

}  // namespace
}  // namespace heapd
