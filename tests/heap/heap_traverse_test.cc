#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "heap/base/limits.h"
#include "tests/heap/heap_fixture.h"

namespace heapd {
namespace {

using ::testing::ElementsAre;

class HeapTraverseTest : public HeapTest {
 protected:
  struct Result {
    std::vector<Ref> refs;
    std::vector<uint32_t> depths;
    std::vector<std::string> payloads;
    bool truncated = false;
  };
  Result Traverse(const std::vector<Ref>& starts,
                  const Heap::TraverseOptions& options = {}) {
    Result result;
    const absl::StatusOr<bool> truncated = heap_->Traverse(
        starts, options, [&result](const Heap::TraversedObject& object) {
          result.refs.push_back(object.ref);
          result.depths.push_back(object.depth);
          result.payloads.emplace_back(object.payload);
        });
    EXPECT_OK(truncated);
    result.truncated = truncated.value_or(false);
    return result;
  }

  // a -> b, c; b -> d; c -> d; d -> a
  void SetUp() override {
    d_ = New(1, "d");
    b_ = NewLinked({d_});
    c_ = NewLinked({d_});
    a_ = NewLinked({b_, c_});
    ASSERT_OK(heap_->Link(d_, 0, Value::Strong(a_)));
  }

  Ref a_, b_, c_, d_;
};

TEST_F(HeapTraverseTest, VisitsBreadthFirstAndEachObjectOnce) {
  const Result result = Traverse({a_});
  EXPECT_THAT(result.refs, ElementsAre(a_, b_, c_, d_));
  EXPECT_THAT(result.depths, ElementsAre(0, 1, 1, 2));
  EXPECT_FALSE(result.truncated);
}

TEST_F(HeapTraverseTest, StartsAreTakenInOrderAndOnce) {
  EXPECT_THAT(Traverse({c_, a_, c_}).refs, ElementsAre(c_, a_, d_, b_));
}

TEST_F(HeapTraverseTest, TheDepthBoundsHowFarItGoes) {
  Heap::TraverseOptions options;
  options.max_depth = 1;
  EXPECT_THAT(Traverse({a_}, options).refs, ElementsAre(a_, b_, c_));
  options.max_depth = 0;
  EXPECT_THAT(Traverse({a_}, options).refs, ElementsAre(a_));
}

TEST_F(HeapTraverseTest, TheCountBoundsHowManyAreVisited) {
  Heap::TraverseOptions options;
  options.max_objects = 2;
  const Result cut = Traverse({a_}, options);
  EXPECT_THAT(cut.refs, ElementsAre(a_, b_));
  EXPECT_TRUE(cut.truncated);
  options.max_objects = 4;
  EXPECT_FALSE(Traverse({a_}, options).truncated) << "exactly all";
  options.max_objects = 0;
  EXPECT_TRUE(Traverse({a_}, options).truncated);
}

TEST_F(HeapTraverseTest, TheBytesBoundTheAnswer) {
  const Ref large = New(0, std::string(1000, 'x'));
  const Ref holder = NewLinked({large, b_});
  Heap::TraverseOptions options;
  options.include_payloads = true;
  options.max_bytes = 500;
  const Result cut = Traverse({holder}, options);
  EXPECT_THAT(cut.refs, ElementsAre(holder));
  EXPECT_TRUE(cut.truncated);
  options.include_payloads = false;
  EXPECT_FALSE(Traverse({holder}, options).truncated);
}

TEST_F(HeapTraverseTest, WeakSlotsAreFollowedOnRequestOnly) {
  const Ref target = New();
  const Ref holder = New(1);
  ASSERT_OK(heap_->Link(holder, 0, Value::Weak(target)));
  EXPECT_THAT(Traverse({holder}).refs, ElementsAre(holder));
  Heap::TraverseOptions options;
  options.follow_weak_refs = true;
  EXPECT_THAT(Traverse({holder}, options).refs, ElementsAre(holder, target));
}

TEST_F(HeapTraverseTest, PayloadsComeOnRequestOnly) {
  EXPECT_THAT(Traverse({d_}).payloads[0], "");
  Heap::TraverseOptions options;
  options.include_payloads = true;
  EXPECT_THAT(Traverse({d_}, options).payloads[0], "d");
}

TEST_F(HeapTraverseTest, ValuesAndShapeAreThose) {
  ASSERT_OK(
      heap_->Traverse({{a_}}, {}, [this](const Heap::TraversedObject& object) {
        if (object.ref != a_) return;
        EXPECT_THAT(object.values,
                    ElementsAre(Value::Strong(b_), Value::Strong(c_)));
        EXPECT_EQ(object.info.type, type_);
        EXPECT_EQ(object.info.slot_count, 2u);
        EXPECT_EQ(object.info.self_size, heap_->Describe(a_)->self_size);
      }));
}

// Capability row 3.
TEST_F(HeapTraverseTest, StartsAndObjectsAreLimited) {
  const auto status = [this](size_t starts, uint32_t max_objects) {
    Heap::TraverseOptions options;
    options.max_objects = max_objects;
    const std::vector<Ref> refs(starts, a_);
    return heap_->Traverse(refs, options, [](const Heap::TraversedObject&) {})
        .status();
  };
  EXPECT_OK(status(kMaxTraverseStarts, kMaxTraverseObjects));
  EXPECT_THAT(status(kMaxTraverseStarts + 1, 1), IsInvalid("refs"));
  EXPECT_THAT(status(0, 1), IsInvalid("refs"));
  EXPECT_THAT(status(1, kMaxTraverseObjects + 1),
              IsInvalid("max_object_count"));
}

TEST_F(HeapTraverseTest, AStaleStartIsNotFound) {
  const Ref stale = New();
  Release(stale);
  Collect();
  EXPECT_THAT(
      heap_->Traverse({{a_, stale}}, {}, [](const Heap::TraversedObject&) {}),
      HasReason(reason::kObjectCollected));
}

}  // namespace
}  // namespace heapd
