#include "heap/snapshot/graph_analysis.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/heap/heap_fixture.h"

namespace heapd {
namespace {

class GraphAnalysisTest : public HeapTest {
 protected:
  absl::StatusOr<GraphAnalysis> Analyze(const AnalysisOptions& options = {}) {
    const std::shared_ptr<SnapshotCapture> capture =
        *heap_->StartSnapshot(SnapshotOptions());
    while (heap_->StepMajor() != MajorProgress::kWait) continue;
    EXPECT_OK(capture->ReadInto(&spill_));
    while (heap_->StepMajor() != MajorProgress::kDone) continue;
    return AnalyzeCapturedGraph(*capture, &spill_, options, &budget_);
  }
  Ref NewOf(const std::string& type, const std::vector<Value>& values = {}) {
    return *heap_->Allocate(kSession,
                            *heap_->DefineType(type, TypeKind::kObject, {}),
                            "payload", 0, values);
  }

  MemorySpill spill_;
};

TEST_F(GraphAnalysisTest, AnObjectRetainsWhatIsReachedThroughItOnly) {
  const Ref shared = NewOf("Shared");
  const Ref own = NewOf("Own", {Value::Strong(shared)});
  const Ref weakly = NewOf("Weakly");
  const Ref top = NewOf("Top", {Value::Strong(own), Value::Weak(weakly)});
  const Ref other = NewOf("Other", {Value::Strong(shared)});
  for (const Ref ref : {shared, own}) Release(ref);
  const uint64_t size = heap_->Describe(own)->self_size;
  const GraphAnalysis analysis = *Analyze();
  EXPECT_EQ(analysis.object_count, 5u);
  EXPECT_EQ(analysis.total_self_size, heap_->used_bytes());
  std::map<Ref, uint64_t> retained;
  for (const auto& object : analysis.objects) {
    retained[object.ref] = object.retained_size;
  }
  EXPECT_EQ(analysis.objects[0].ref, top);
  EXPECT_EQ(analysis.objects[0].class_name, "Top");
  EXPECT_EQ(retained[top], heap_->Describe(top)->self_size + size);
  EXPECT_EQ(retained[own], size);
  EXPECT_EQ(retained[other], heap_->Describe(other)->self_size);
  EXPECT_EQ(retained[shared], heap_->Describe(shared)->self_size);
  EXPECT_EQ(retained[weakly], heap_->Describe(weakly)->self_size);
}

TEST_F(GraphAnalysisTest, AClassRetainsWhatItsOwnObjectsRetainOnce) {
  Ref next;
  for (int i = 0; i < 10; ++i) {
    const Ref node =
        NewOf("Node", {next.is_null() ? Value::Null() : Value::Strong(next)});
    if (!next.is_null()) Release(next);
    next = node;
  }
  const GraphAnalysis analysis = *Analyze();
  ASSERT_EQ(analysis.classes.size(), 1u);
  EXPECT_EQ(analysis.classes[0].name, "Node");
  EXPECT_EQ(analysis.classes[0].count, 10u);
  EXPECT_EQ(analysis.classes[0].self_size, heap_->used_bytes());
  EXPECT_EQ(analysis.classes[0].retained_size, heap_->used_bytes());
}

TEST_F(GraphAnalysisTest, ListsAsManyAsAreAskedForAndCountsAll) {
  for (int i = 0; i < 20; ++i) NewOf(absl::StrCat("T", i));
  ASSERT_OK(heap_->AllocateString(kSession, "text").status());
  AnalysisOptions options;
  options.max_classes = 3;
  options.max_objects = 4;
  const GraphAnalysis analysis = *Analyze(options);
  EXPECT_EQ(analysis.classes.size(), 3u);
  EXPECT_EQ(analysis.objects.size(), 4u);
  EXPECT_EQ(analysis.class_count, 21u);
  EXPECT_EQ(analysis.object_count, 21u);
}

// Capability row 63.
TEST_F(GraphAnalysisTest, TagsRetainAsClassesDo) {
  const auto tagged = [this](absl::string_view tag, Value value) {
    return *heap_->Allocate(kSession, type_, "payload", 0, {value}, tag);
  };
  const Ref leaf = tagged("GET /orders 502", Value::Null());
  const Ref request = tagged("GET /orders 502", Value::Strong(leaf));
  const Ref other = tagged("GET /health 200", Value::Null());
  const Ref log = tagged("", Value::Strong(request));
  for (const Ref ref : {leaf, request}) Release(ref);
  const uint64_t size = heap_->Describe(leaf)->self_size;
  const GraphAnalysis analysis = *Analyze();
  ASSERT_EQ(analysis.tags.size(), 3u);
  EXPECT_EQ(analysis.tag_count, 2u);
  EXPECT_EQ(analysis.tags[0].name, "");
  EXPECT_EQ(analysis.tags[0].count, 1u);
  EXPECT_EQ(analysis.tags[0].retained_size, 3 * size);
  EXPECT_EQ(analysis.tags[1].name, "GET /orders 502");
  EXPECT_EQ(analysis.tags[1].count, 2u);
  EXPECT_EQ(analysis.tags[1].self_size, 2 * size);
  EXPECT_EQ(analysis.tags[1].retained_size, 2 * size);
  EXPECT_EQ(analysis.tags[2].retained_size, size);
  EXPECT_EQ(analysis.classes.size(), 1u) << "a tag makes no class";
  EXPECT_EQ(analysis.objects[0].ref, log);
  EXPECT_EQ(analysis.objects[0].tag, "");
  EXPECT_EQ(analysis.objects[1].tag, "GET /orders 502");
  EXPECT_TRUE(IsThere(other));
}

TEST_F(GraphAnalysisTest, ListsObjectsOfOneClassOrTagOnly) {
  for (int i = 0; i < 5; ++i) NewOf(i % 2 == 0 ? "Even" : "Odd");
  const Ref tagged = *heap_->Allocate(kSession, type_, "", 0, {}, "here");
  AnalysisOptions options;
  options.class_name = "Even";
  const GraphAnalysis even = *Analyze(options);
  EXPECT_EQ(even.objects.size(), 3u);
  EXPECT_EQ(even.object_count, 6u);
  EXPECT_EQ(even.classes.size(), 3u);
  spill_ = MemorySpill();
  options.class_name = "";
  options.tag = "here";
  const GraphAnalysis here = *Analyze(options);
  ASSERT_EQ(here.objects.size(), 1u);
  EXPECT_EQ(here.objects[0].ref, tagged);
}

TEST_F(GraphAnalysisTest, AnEmptyHeapHasNothing) {
  const GraphAnalysis analysis = *Analyze();
  EXPECT_TRUE(analysis.classes.empty());
  EXPECT_TRUE(analysis.objects.empty());
  EXPECT_EQ(analysis.total_self_size, 0u);
}

TEST_F(GraphAnalysisTest, WithoutMemoryThereIsAClearError) {
  for (int i = 0; i < 100; ++i) New();
  AnalysisOptions options;
  options.max_bytes = 1000;
  EXPECT_THAT(Analyze(options), HasReason(reason::kSnapshotBudget));
  EXPECT_EQ(budget_.charged_bytes(), heap_->account().committed_bytes());
}

TEST_F(GraphAnalysisTest, ASpillThatEndsTooEarlyIsAnError) {
  for (int i = 0; i < 100; ++i) New();
  const std::shared_ptr<SnapshotCapture> capture =
      *heap_->StartSnapshot(SnapshotOptions());
  while (heap_->StepMajor() != MajorProgress::kWait) continue;
  ASSERT_OK(capture->ReadInto(&spill_));
  MemorySpill empty;
  EXPECT_TRUE(absl::IsDataLoss(
      AnalyzeCapturedGraph(*capture, &empty, {}, &budget_).status()));
}

// Capability row 66.
TEST_F(GraphAnalysisTest, RetainedSizesAreThoseOfTheDefinitionInRandomGraphs) {
  std::mt19937 random(7);
  for (int round = 0; round < 100; ++round) {
    MakeHeap(HeapOptions());
    spill_ = MemorySpill();
    const size_t count = 2 + random() % 25;
    std::vector<Ref> refs;
    for (size_t i = 0; i < count; ++i) {
      refs.push_back(*heap_->Allocate(kSession, type_,
                                      std::string(random() % 100, 'x'), 3, {}));
    }
    std::vector<std::set<size_t>> edges(count);
    for (size_t i = random() % (3 * count); i > 0; --i) {
      const size_t from = random() % count;
      const size_t to = random() % count;
      const auto slot = static_cast<uint32_t>(edges[from].size());
      if (slot == 3 || !edges[from].insert(to).second) continue;
      ASSERT_OK(
          heap_->Link(refs[from], slot, Value::Strong(refs[to])).status());
    }
    std::set<size_t> held;
    for (size_t i = 0; i < count; ++i) {
      if (random() % 3 == 0) {
        held.insert(i);
      } else {
        Release(refs[i]);
      }
    }
    const auto size_without = [&](size_t without) {
      std::set<size_t> seen;
      std::vector<size_t> queue;
      const auto reach = [&](size_t i) {
        if (i != without && seen.insert(i).second) queue.push_back(i);
      };
      for (const size_t i : held) reach(i);
      while (!queue.empty()) {
        const size_t at = queue.back();
        queue.pop_back();
        for (const size_t to : edges[at]) reach(to);
      }
      uint64_t sum = 0;
      for (const size_t i : seen) sum += heap_->Describe(refs[i])->self_size;
      return sum;
    };
    const GraphAnalysis analysis = *Analyze();
    const uint64_t total = size_without(count);
    ASSERT_EQ(analysis.total_self_size, total);
    for (const auto& object : analysis.objects) {
      const size_t i =
          std::find(refs.begin(), refs.end(), object.ref) - refs.begin();
      ASSERT_LT(i, count);
      ASSERT_EQ(object.retained_size, total - size_without(i))
          << "round " << round << ", object " << i;
    }
  }
}

}  // namespace
}  // namespace heapd
