#include "server/host/leak_census.h"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "heap/heap.h"

namespace heapd::server {
namespace {

using ::testing::SizeIs;

constexpr SessionId kSession = 7;

class LeakCensusTest : public ::testing::Test {
 protected:
  LeakCensusTest() { EXPECT_TRUE(heap_->OpenSession(kSession, "test").ok()); }

  TypeId Define(absl::string_view name, absl::string_view tag = {},
                std::vector<absl::string_view> slots = {}) {
    return *heap_->DefineType(name, TypeKind::kObject, slots, tag);
  }
  void Allocate(TypeId type, int count, size_t payload_bytes) {
    const std::string payload(payload_bytes, 'x');
    for (int i = 0; i < count; ++i) {
      EXPECT_TRUE(heap_->Allocate(kSession, type, payload, 0, {}).ok());
    }
  }
  LeakSample Take() {
    heap_->Collect(CollectionReason::kRequested);
    LeakSample sample;
    census_.Take(*heap_, &sample);
    return sample;
  }
  // Of one class and tag in a sample; zeros when it is not there.
  LiveClass Find(const LeakSample& sample, absl::string_view name,
                 absl::string_view tag = {}) {
    const LeakClassId id = *classes_.IdOf(name, tag);
    for (const LiveClass& live : sample.classes) {
      if (live.id == id) return live;
    }
    return {};
  }

  MemoryBudget budget_{uint64_t{64} << 20};
  std::unique_ptr<Heap> heap_ = *Heap::Create(
      {.limit_bytes = uint64_t{16} << 20, .new_space_bytes = 0}, &budget_);
  LeakClasses classes_;
  LeakCensus census_{&classes_};
};

TEST_F(LeakCensusTest, CountsWhatLivesByClassAndTag) {
  Allocate(Define("A"), 3, 100);
  Allocate(Define("A", "GET /"), 2, 100);
  Allocate(Define("B"), 1, 5000);
  const LeakSample sample = Take();
  EXPECT_EQ(Find(sample, "A").object_count, 3u);
  EXPECT_EQ(Find(sample, "A", "GET /").object_count, 2u);
  EXPECT_GE(Find(sample, "A").bytes, 300u);
  EXPECT_GE(Find(sample, "B").bytes, 5000u);
  EXPECT_EQ(sample.other_class_bytes, 0u);
}

TEST_F(LeakCensusTest, TypesOfOneNameAreOneClass) {
  Allocate(Define("A"), 3, 100);
  Allocate(Define("A", "", {"left"}), 4, 100);
  const LeakSample sample = Take();
  EXPECT_EQ(Find(sample, "A").object_count, 7u);
}

TEST_F(LeakCensusTest, KeepsTheLargestAndSaysWhatOthersHaveAtMost) {
  constexpr int kTypes = 300;
  for (int i = 0; i < kTypes; ++i) {
    Allocate(Define(absl::StrCat("T", i)), 1, static_cast<size_t>(64 * i));
  }
  const LeakSample sample = Take();
  EXPECT_THAT(sample.classes, SizeIs(LeakCensus::kMaxClasses));
  EXPECT_EQ(Find(sample, "T299").object_count, 1u);
  EXPECT_EQ(Find(sample, "T10").object_count, 0u);
  EXPECT_GE(sample.other_class_bytes, 64u * 43);
  EXPECT_LT(sample.other_class_bytes, 64u * 45);
}

TEST_F(LeakCensusTest, NumbersStayTheSame) {
  const TypeId type = Define("A");
  Allocate(type, 3, 100);
  const LeakSample first = Take();
  Allocate(Define("B"), 30, 100);
  Allocate(type, 1, 100);
  const LeakSample second = Take();
  EXPECT_EQ(Find(first, "A").id, Find(second, "A").id);
  EXPECT_EQ(Find(second, "A").object_count, 4u);
}

}  // namespace
}  // namespace heapd::server
