// Snapshots of heaps that change while they are read.

#include "heap/snapshot/snapshot_capture.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/heap/heap_fixture.h"
#include "tests/heap/snapshot/snapshot_file.h"

namespace heapd {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// Lets something happen after each piece that was read.
class SpillWithMutator final : public SnapshotSpill {
 public:
  explicit SpillWithMutator(std::function<absl::Status(int)> mutate)
      : mutate_(std::move(mutate)) {}

  absl::Status Append(absl::string_view bytes) override {
    EXPECT_EQ(spill_.Append(bytes), absl::OkStatus());
    return mutate_(pieces_++);
  }
  absl::StatusOr<size_t> Read(uint64_t offset,
                              absl::Span<char> buffer) override {
    return spill_.Read(offset, buffer);
  }
  int pieces() const { return pieces_; }

 private:
  MemorySpill spill_;
  const std::function<absl::Status(int)> mutate_;
  int pieces_ = 0;
};

class SnapshotCaptureTest : public HeapTest {
 protected:
  static constexpr int kNodes = 64;

  // N0 to N63, each of a type of its own and with a ref to the next in slot 0;
  // the root "first" holds N0.
  void BuildChain(TypeKind kind = TypeKind::kObject) {
    Value next = Value::Null();
    for (int i = kNodes; i-- > 0;) {
      const TypeId type = *heap_->DefineType(absl::StrCat("N", i), kind, {});
      const Ref ref =
          *heap_->Allocate(kSession, type, "content", 1, {&next, 1});
      if (next.kind() == Value::Kind::kStrong) Release(next.ref());
      next = Value::Strong(ref);
      chain_.insert(chain_.begin(), ref);
    }
    ASSERT_OK(heap_->Root("first", next.ref()).status());
    Release(next.ref());
  }
  std::shared_ptr<SnapshotCapture> Start(SnapshotOptions options = {}) {
    options.piece_objects = 1;
    auto capture = heap_->StartSnapshot(options);
    EXPECT_OK(capture.status());
    return *capture;
  }
  // Until the collection waits for the reader.
  void Mark() {
    for (int i = 0; i < 1000; ++i) {
      if (heap_->StepMajor() == MajorProgress::kWait) return;
    }
    FAIL() << "marking does not end";
  }
  void Finish() {
    while (heap_->StepMajor() != MajorProgress::kDone) continue;
  }
  std::string Write(const SnapshotCapture& capture, SnapshotSpill* spill) {
    MemorySink sink;
    EXPECT_OK(WriteCapturedSnapshot(capture, spill, &sink).status());
    return sink.text();
  }
  void ExpectWholeChain(const SnapshotFile& file) {
    for (int i = 0; i + 1 < kNodes; ++i) {
      EXPECT_THAT(file.EdgesOf(absl::StrCat("N", i)),
                  ElementsAre(absl::StrCat("element:0->N", i + 1)));
    }
    EXPECT_THAT(file.EdgesOf("(Named roots)"),
                ElementsAre("property:first->N0"));
  }

  std::vector<Ref> chain_;
};

TEST_F(SnapshotCaptureTest, ShowsTheGraphAsItWasWhateverChangesMeanwhile) {
  BuildChain();
  const auto capture = Start();
  // While it is marked ...
  ASSERT_OK(heap_->Link(chain_[3], 0, Value::Null()).status());
  const Ref born = New();
  ASSERT_OK(heap_->Link(chain_[40], 0, Value::Strong(born)).status());
  ASSERT_OK(heap_->Unroot("first").status());
  ASSERT_OK(heap_->Root("other", born).status());
  Mark();
  // ... and while it is read: in front of the reader and behind it.
  SpillWithMutator spill([this, born](int piece) {
    return heap_->Link(chain_[(piece * 7 + 1) % kNodes], 0, Value::Strong(born))
        .status();
  });
  ASSERT_OK(capture->ReadInto(&spill));
  EXPECT_GE(spill.pieces(), kNodes);
  Finish();
  EXPECT_OK(heap_->Verify());
  ExpectWholeChain(SnapshotFile(Write(*capture, &spill)));
}

TEST_F(SnapshotCaptureTest, SlotsThatAreAddedAndTheirMemoryAreNotShown) {
  BuildChain();
  MemorySink before;
  Collection collection;
  ASSERT_OK(heap_->WriteSnapshot({}, &before, &collection).status());
  const auto capture = Start();
  ASSERT_OK(heap_->AddSlots(chain_[5], 100).status());
  ASSERT_OK(heap_->Link(chain_[5], 50, Value::Strong(chain_[9])).status());
  Mark();
  SpillWithMutator spill([this](int piece) -> absl::Status {
    if (piece >= kNodes) return absl::OkStatus();
    const Ref ref = chain_[kNodes - 1 - piece];
    auto count = heap_->AddSlots(ref, 1 + piece);
    if (!count.ok()) return count.status();
    return heap_->Link(ref, *count - 1, Value::Weak(chain_[0])).status();
  });
  ASSERT_OK(capture->ReadInto(&spill));
  Finish();
  EXPECT_EQ(Write(*capture, &spill), before.text());
}

TEST_F(SnapshotCaptureTest, WhatDiedBeforeIsNotShownAndIsFreed) {
  BuildChain();
  const Ref weak_only = New();
  ASSERT_OK(heap_->Link(chain_[1], 0, Value::Weak(weak_only)).status());
  Release(weak_only);
  const auto capture = Start();
  // Saved with its weak ref to what is dead.
  ASSERT_OK(heap_->Link(chain_[1], 0, Value::Null()).status());
  Mark();
  MemorySpill spill;
  ASSERT_OK(capture->ReadInto(&spill));
  Finish();
  const SnapshotFile file(Write(*capture, &spill));
  EXPECT_EQ(file.CountNamed("Thing"), 0u);
  EXPECT_THAT(file.EdgesOf("N1"), IsEmpty());
  EXPECT_EQ(file.CountNamed("N2"), 0u);
  EXPECT_FALSE(IsThere(weak_only));
}

TEST_F(SnapshotCaptureTest, ACollectionThatCannotWaitReadsByItself) {
  BuildChain();
  const auto capture = Start();
  ASSERT_OK(heap_->Unroot("first").status());
  const Collection collection = Collect();
  EXPECT_EQ(collection.object_count_after, 0u);
  EXPECT_TRUE(capture->IsDone());
  MemorySpill spill;
  ASSERT_OK(capture->ReadInto(&spill));
  ExpectWholeChain(SnapshotFile(Write(*capture, &spill)));
}

TEST_F(SnapshotCaptureTest, OneThatCannotWaitGoesOnWhereTheReaderIs) {
  BuildChain();
  const auto capture = Start();
  Mark();
  SpillWithMutator spill([this](int piece) {
    if (piece == kNodes / 2) {
      EXPECT_OK(heap_->Unroot("first").status());
      EXPECT_EQ(Collect().object_count_after, 0u);
    }
    return absl::OkStatus();
  });
  ASSERT_OK(capture->ReadInto(&spill));
  ExpectWholeChain(SnapshotFile(Write(*capture, &spill)));
}

TEST_F(SnapshotCaptureTest, WhenItsMemoryIsUsedUpTheSnapshotFailsAlone) {
  std::vector<Ref> all;
  for (int i = 0; i < 20'000; ++i) all.push_back(New(2));
  SnapshotOptions options;
  options.max_bytes = 256 << 10;
  auto capture = Start(options);
  Mark();
  SpillWithMutator spill([this, &all](int piece) {
    if (piece > 0) return absl::OkStatus();
    for (const Ref ref : all) {
      EXPECT_OK(heap_->Link(ref, 0, Value::SmallInteger(1)).status());
    }
    return absl::OkStatus();
  });
  const absl::Status status = capture->ReadInto(&spill);
  EXPECT_THAT(status, HasReason(reason::kSnapshotBudget));
  EXPECT_THAT(status.message(), HasSubstr("262144 bytes"));
  Finish();
  EXPECT_OK(heap_->Verify());
  capture.reset();
  EXPECT_EQ(budget_.charged_bytes(), heap_->account().committed_bytes());
}

TEST_F(SnapshotCaptureTest, WithoutMemoryToBeginThereIsNone) {
  for (int i = 0; i < 10'000; ++i) New();
  SnapshotOptions options;
  options.max_bytes = 1000;
  EXPECT_THAT(heap_->StartSnapshot(options),
              HasReason(reason::kSnapshotBudget));
  EXPECT_FALSE(heap_->IsMajorRunning());
}

TEST_F(SnapshotCaptureTest, TheHeapMayGoAtAnyTime) {
  BuildChain();
  auto capture = Start();
  heap_.reset();
  MemorySpill spill;
  EXPECT_TRUE(absl::IsCancelled(capture->ReadInto(&spill)));

  MakeHeap(HeapOptions());
  chain_.clear();
  BuildChain();
  capture = Start();
  Mark();
  SpillWithMutator goes([this](int piece) {
    if (piece == 3) heap_.reset();
    return absl::OkStatus();
  });
  EXPECT_TRUE(absl::IsCancelled(capture->ReadInto(&goes)));

  // What was read is whole without the heap.
  MakeHeap(HeapOptions());
  chain_.clear();
  BuildChain();
  capture = Start();
  Mark();
  ASSERT_OK(capture->ReadInto(&spill));
  heap_.reset();
  ExpectWholeChain(SnapshotFile(Write(*capture, &spill)));
}

TEST_F(SnapshotCaptureTest, TheSpillsErrorEndsItAndTheCollectionGoesOn) {
  BuildChain();
  const auto capture = Start();
  Mark();
  SpillWithMutator full([](int piece) {
    return piece < 5 ? absl::OkStatus() : absl::UnavailableError("disk full");
  });
  EXPECT_TRUE(absl::IsUnavailable(capture->ReadInto(&full)));
  Finish();
  EXPECT_EQ(heap_->object_count(), static_cast<uint64_t>(kNodes));
}

TEST_F(SnapshotCaptureTest, GivingUpEndsItBeforeItIsMarkedToo) {
  BuildChain();
  const auto capture = Start();
  capture->GiveUp(absl::AbortedError("enough"));
  capture->GiveUp(absl::InternalError("too late"));
  MemorySpill spill;
  EXPECT_TRUE(absl::IsAborted(capture->ReadInto(&spill)));
  Finish();
}

TEST_F(SnapshotCaptureTest, WrittenStringsAreShownAsTheyWere) {
  BuildChain(TypeKind::kString);
  SnapshotOptions options;
  options.include_strings = true;
  MemorySink before;
  Collection collection;
  ASSERT_OK(heap_->WriteSnapshot(options, &before, &collection).status());
  const auto capture = Start(options);
  ASSERT_OK(heap_->WritePayload(chain_[7], 0, "changed"));
  Mark();
  SpillWithMutator spill([this](int piece) {
    const Ref ref = chain_[(piece * 5) % kNodes];
    EXPECT_OK(heap_->WritePayload(ref, 0, "changes"));
    return heap_->WritePayload(ref, 0, "changed");
  });
  ASSERT_OK(capture->ReadInto(&spill));
  Finish();
  EXPECT_EQ(Write(*capture, &spill), before.text());
  EXPECT_THAT(before.text(), HasSubstr("content"));
}

TEST_F(SnapshotCaptureTest, HoldsAreThoseOfTheInstant) {
  const Ref held = New();
  ASSERT_OK(heap_->OpenSession(8, "goes"));
  ASSERT_OK(heap_->Hold(8, held));
  const auto capture = Start();
  Release(held);
  ASSERT_OK(heap_->CloseSession(8));
  ASSERT_OK(heap_->OpenSession(9, "comes"));
  Mark();
  MemorySpill spill;
  ASSERT_OK(capture->ReadInto(&spill));
  Finish();
  const std::string text = Write(*capture, &spill);
  EXPECT_THAT(text, Not(HasSubstr("comes")));
  const SnapshotFile file(text);
  size_t holders = 0;
  for (const SnapshotFile::Node& node : file.nodes()) {
    if (node.name.rfind("session ", 0) != 0) continue;
    ASSERT_EQ(node.edges.size(), 1u) << node.name;
    EXPECT_EQ(file.nodes()[node.edges[0].to].name, "Thing");
    ++holders;
  }
  EXPECT_EQ(holders, 2u);
}

TEST_F(SnapshotCaptureTest, HashesStringsAsTheyWere) {
  const TypeId type = *heap_->DefineType("Text", TypeKind::kString, {});
  const Ref text = *heap_->Allocate(kSession, type, "then", 0, {});
  SnapshotOptions options;
  options.redaction_hash = [](absl::string_view content) {
    return content == "then" ? 7 : 8;
  };
  const auto capture = Start(options);
  ASSERT_OK(heap_->WritePayload(text, 0, "now!"));
  Mark();
  MemorySpill spill;
  ASSERT_OK(capture->ReadInto(&spill));
  Finish();
  EXPECT_EQ(SnapshotFile(Write(*capture, &spill))
                .CountNamed("(redacted, 4 bytes, hash 0000000000000007)"),
            1u);
}

}  // namespace
}  // namespace heapd
