#ifndef HEAPD_TESTS_HEAP_CORE_FIXTURE_H_
#define HEAPD_TESTS_HEAP_CORE_FIXTURE_H_

#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "heap/base/check.h"
#include "heap/base/limits.h"
#include "heap/gc/hold_scanner.h"
#include "heap/gc/marker.h"
#include "heap/gc/new_space_sizing.h"
#include "heap/gc/verifier.h"
#include "heap/heap_core.h"
#include "tests/heap/status_matchers.h"

namespace heapd {

// The inside of a heap with one type and one session, for tests that look at
// entries and blocks.
class CoreTest : public ::testing::Test {
 protected:
  static constexpr SessionId kSession = 7;

  CoreTest() : CoreTest(HeapOptions()) {}
  explicit CoreTest(const HeapOptions& options) {
    auto account = std::make_unique<MemoryAccount>(&budget_);
    HEAPD_CHECK(account->SetLimits(options.limit_bytes, 0).ok());
    core_ = std::make_unique<HeapCore>(options, std::move(account), &budget_);
    type_ = *parts().types.Define("Thing", TypeKind::kObject, {});
    HEAPD_CHECK(parts().sessions.Open(kSession, "test").ok());
    session_ = parts().sessions.Find(kSession);
  }

  HeapParts& parts() { return core_->parts; }
  TableEntry& entry(Index index) { return core_->entry(index); }

  // An object that nothing holds.
  Index New(uint32_t slot_count = 0, absl::string_view payload = "") {
    const Index index = core_->NewObject(type_, payload, slot_count);
    HEAPD_CHECK(index != 0);
    return index;
  }
  Index NewHeld(uint32_t slot_count = 0, absl::string_view payload = "") {
    const Index index = New(slot_count, payload);
    Hold(index);
    return index;
  }
  void Hold(Index index) {
    HEAPD_CHECK(session_->Reserve());
    session_->HoldNew(index);
  }
  // From here on objects are born young.
  void StartNewSpace() {
    HEAPD_CHECK(NewSpaceSizing::Prepare(&parts()));
    HEAPD_CHECK(parts().spaces.new_space().free_bytes() > 0);
  }
  Collection Scavenge() {
    return core_->Collect(CollectionKind::kMinor, CollectionReason::kRequested);
  }
  Index NewString(absl::string_view content) {
    const Index index = core_->NewObject(kInternedStringType, content, 0);
    parts().strings.Insert(index);
    return index;
  }
  // As a major collection does, but for the marker.
  void StartMarking() {
    parts().table.CloseChunks();
    parts().marks.Reset(parts().table.end());
    parts().barrier.Start();
  }
  // What roots and sessions hold. The barrier is on then, to be stopped when
  // everything is marked. REQUIRES: chunks are closed.
  void ReachHolds(Marker* marker) {
    marker->ReachRoots();
    parts().barrier.Start();
    EXPECT_TRUE(
        HoldScanner(&parts().sessions, &parts().barrier).Scan(SIZE_MAX));
    parts().barrier.Flush();
  }
  // What was shaded, as a marker takes it.
  std::vector<Index> TakeShaded() {
    MarkingBarrier& barrier = parts().barrier;
    barrier.Flush();
    std::vector<Index> shaded;
    for (;;) {
      const std::vector<Index> buffer = barrier.Take();
      if (buffer.empty()) return shaded;
      shaded.insert(shaded.end(), buffer.begin(), buffer.end());
    }
  }
  Slot SlotOf(Index index, uint32_t slot) { return entry(index).slots()[slot]; }
  Collection Collect() {
    return core_->Collect(CollectionKind::kMajor, CollectionReason::kRequested);
  }
  absl::Status Verify() { return VerifyHeap(parts(), core_->account); }

  MemoryBudget budget_{uint64_t{1} << 40};
  std::unique_ptr<HeapCore> core_;
  Session* session_ = nullptr;
  TypeId type_ = 0;
};

}  // namespace heapd

#endif  // HEAPD_TESTS_HEAP_CORE_FIXTURE_H_
