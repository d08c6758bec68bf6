#ifndef HEAPD_TESTS_HEAP_HEAP_FIXTURE_H_
#define HEAPD_TESTS_HEAP_HEAP_FIXTURE_H_

#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "heap/base/check.h"
#include "heap/heap.h"
#include "tests/heap/status_matchers.h"

namespace heapd {

// A heap with one type and one session. After each test it is verified.
class HeapTest : public ::testing::Test {
 protected:
  static constexpr SessionId kSession = 7;
  static constexpr uint64_t kMiB = uint64_t{1} << 20;

  HeapTest() { MakeHeap(HeapOptions()); }

  void TearDown() override {
    if (heap_ == nullptr) return;
    EXPECT_OK(heap_->Verify());
  }

  // Replaces the heap.
  void MakeHeap(const HeapOptions& options) {
    heap_.reset();
    heap_ = *Heap::Create(options, &budget_);
    type_ = *heap_->DefineType("Thing", TypeKind::kObject, {});
    HEAPD_CHECK(heap_->OpenSession(kSession, "test").ok());
  }
  void MakeHeapWithLimit(uint64_t limit_bytes) {
    HeapOptions options;
    options.limit_bytes = limit_bytes;
    MakeHeap(options);
  }

  Ref New(uint32_t slot_count = 0, absl::string_view payload = "") {
    return *heap_->Allocate(kSession, type_, payload, slot_count, {});
  }
  // An object whose slots hold the targets.
  Ref NewLinked(const std::vector<Ref>& targets) {
    std::vector<Value> values;
    for (const Ref target : targets) values.push_back(Value::Strong(target));
    return *heap_->Allocate(kSession, type_, "", 0, values);
  }
  void Release(Ref ref) { ASSERT_OK(heap_->Release(kSession, ref)); }
  Collection Collect() { return heap_->Collect(CollectionReason::kRequested); }
  bool IsThere(Ref ref) const { return heap_->Describe(ref).ok(); }
  SpaceStats Space(absl::string_view name) const {
    for (const HeapStats::NamedSpace& space : heap_->Stats().spaces) {
      if (space.name == name) return space.stats;
    }
    return SpaceStats();
  }

  MemoryBudget budget_{uint64_t{1} << 40};
  std::unique_ptr<Heap> heap_;
  TypeId type_ = 0;
};

}  // namespace heapd

#endif  // HEAPD_TESTS_HEAP_HEAP_FIXTURE_H_
