#include "heap/batch_applier.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

#include "tests/heap/batch_columns.h"
#include "tests/heap/heap_fixture.h"

namespace heapd {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class BatchApplierTest : public HeapTest {
 protected:
  absl::Status Apply(const BatchColumns& batch, SessionId session = kSession) {
    result_.Clear();
    return heap_->Apply(session, batch.view(), &result_);
  }
  Ref Made(size_t number) const { return Ref(result_.refs()[number]); }
  static uint64_t Local(uint32_t operation) {
    return BatchColumns::Local(operation);
  }

  BatchResult result_;
};

TEST_F(BatchApplierTest, AnEmptyBatchDoesNothing) {
  EXPECT_OK(Apply(BatchColumns()));
  EXPECT_OK(Apply(BatchColumns(), /*session=*/0));
  EXPECT_THAT(result_.refs(), IsEmpty());
}

TEST_F(BatchApplierTest, AllocateMakesAHeldObject) {
  const Ref target = New();
  BatchColumns batch;
  batch.Allocate(type_, "payload", 3,
                 {Value::Weak(target), Value::SmallInteger(4)});
  ASSERT_OK(Apply(batch));
  EXPECT_EQ(*heap_->ReadPayload(Made(0)), "payload");
  EXPECT_EQ(*heap_->ReadSlot(Made(0), 0), Value::Weak(target));
  EXPECT_EQ(*heap_->ReadSlot(Made(0), 1), Value::SmallInteger(4));
  EXPECT_EQ(*heap_->ReadSlot(Made(0), 2), Value::Null());
  Collect();
  EXPECT_TRUE(IsThere(Made(0)));
}

TEST_F(BatchApplierTest, AllocateUnheldLivesOnlyIfItIsLinked) {
  BatchColumns batch;
  const uint32_t linked = batch.AllocateUnheld(type_, "linked", 0);
  const uint32_t lost = batch.AllocateUnheld(type_, "lost", 0);
  batch.ReadPayload(Local(lost));
  batch.Allocate(type_, "", 1, {Value::LocalStrong(linked)});
  ASSERT_OK(Apply(batch));
  EXPECT_TRUE(heap_->MayHaveGarbage());
  Collect();
  EXPECT_TRUE(IsThere(Made(0)));
  EXPECT_FALSE(IsThere(Made(1)));
  EXPECT_TRUE(IsThere(Made(2)));
}

TEST_F(BatchApplierTest, AllocateStringInternsWithinTheBatchToo) {
  BatchColumns batch;
  const uint32_t first = batch.AllocateString("text");
  batch.AllocateString("text");
  batch.Root("text", Local(first));
  ASSERT_OK(Apply(batch));
  EXPECT_EQ(Made(0), Made(1));
  EXPECT_EQ(*heap_->AllocateString(kSession, "text"), Made(0));
  EXPECT_EQ(*heap_->GetRoot("text"), Made(0));
  EXPECT_EQ(heap_->Stats().hold_count, 1u);
}

TEST_F(BatchApplierTest, CopyIsShallowAndHeld) {
  const Ref child = New();
  const Ref ref = NewLinked({child});
  const Ref text = *heap_->AllocateString(kSession, "text");
  BatchColumns batch;
  batch.Copy(ref.bits());
  batch.Copy(text.bits());
  ASSERT_OK(Apply(batch));
  EXPECT_NE(Made(0), ref);
  EXPECT_EQ(*heap_->ReadSlot(Made(0), 0), Value::Strong(child));
  EXPECT_EQ(Made(1), text);
  Collect();
  EXPECT_TRUE(IsThere(Made(0)));
}

TEST_F(BatchApplierTest, WriteLinkUnlinkAndAddSlotsChangeObjects) {
  const Ref ref = New(1, "0123456789");
  BatchColumns batch;
  batch.Write(ref.bits(), 2, "ab");
  batch.AddSlots(ref.bits(), 4);
  batch.Link(ref.bits(), 0, Value::SmallInteger(1));
  batch.Link(ref.bits(), 4, Value::Strong(ref));
  batch.Unlink(ref.bits(), 0);
  ASSERT_OK(Apply(batch));
  EXPECT_EQ(*heap_->ReadPayload(ref), "01ab456789");
  EXPECT_EQ(*heap_->ReadSlot(ref, 0), Value::Null());
  EXPECT_EQ(*heap_->ReadSlot(ref, 4), Value::Strong(ref));
}

TEST_F(BatchApplierTest, HoldAndReleaseChangeHolds) {
  const Ref released = New();
  const Ref held = New();
  ASSERT_OK(heap_->Root("root", held));
  Release(held);
  BatchColumns batch;
  batch.Hold(held.bits());
  batch.Release(released.bits());
  ASSERT_OK(Apply(batch));
  ASSERT_OK(heap_->Unroot("root"));
  Collect();
  EXPECT_TRUE(IsThere(held));
  EXPECT_FALSE(IsThere(released));
}

TEST_F(BatchApplierTest, RootAndUnrootChangeNames) {
  const Ref ref = New();
  ASSERT_OK(heap_->Root("old", ref));
  BatchColumns batch;
  batch.Unroot("old");
  batch.Root("new", ref.bits());
  ASSERT_OK(Apply(batch));
  EXPECT_THAT(heap_->GetRoot("old"), HasReason(reason::kRootNotFound));
  EXPECT_EQ(*heap_->GetRoot("new"), ref);
}

// Capability row 12.
TEST_F(BatchApplierTest, ScopesOpenAndCloseWithinABatch) {
  BatchColumns batch;
  batch.PushScope();
  const uint32_t carried = batch.Allocate(type_, "carried", 0);
  batch.Allocate(type_, "dropped", 0);
  batch.PopScope(Local(carried));
  batch.PushScope();
  batch.Allocate(type_, "dropped too", 0);
  batch.PopScope();
  ASSERT_OK(Apply(batch));
  Collect();
  EXPECT_TRUE(IsThere(Made(0)));
  EXPECT_FALSE(IsThere(Made(1)));
  EXPECT_FALSE(IsThere(Made(2)));
  EXPECT_THAT(heap_->PopScope(kSession), HasReason(reason::kLastScope));
}

TEST_F(BatchApplierTest, ReadsSeeWhatTheBatchHasDone) {
  const Ref ref = New(1, "before");
  BatchColumns batch;
  batch.ReadPayload(ref.bits());
  batch.Write(ref.bits(), 0, "after!");
  batch.ReadPayload(ref.bits());
  batch.Link(ref.bits(), 0, Value::Weak(ref));
  batch.ReadSlot(ref.bits(), 0);
  ASSERT_OK(Apply(batch));
  EXPECT_THAT(result_.payloads(), ElementsAre("before", "after!"));
  EXPECT_THAT(result_.values(), ElementsAre(Value::Weak(ref).bits()));
}

// Capability row 26.
TEST_F(BatchApplierTest, AWholeGraphIsBuiltInOneCall) {
  BatchColumns batch;
  uint32_t last = batch.AllocateUnheld(type_, "", 2);
  for (int i = 0; i < 10'000; ++i) {
    last = batch.AllocateUnheld(
        type_, "", 2, {Value::LocalStrong(last), Value::LocalWeak(0)});
  }
  batch.Link(Local(0), 0, Value::LocalStrong(last));
  batch.Root("ring", Local(last));
  ASSERT_OK(Apply(batch, /*session=*/0));
  EXPECT_EQ(Collect().object_count_after, 10'001u);
}

TEST_F(BatchApplierTest, ALocalRefNamesAnEarlierOperationThatMakesAnObject) {
  const auto error_of = [this](uint64_t ref) {
    BatchColumns batch;
    batch.Allocate(type_, "", 1);
    batch.PushScope();
    batch.ReadPayload(ref);
    batch.Allocate(type_, "", 1);
    return Apply(batch);
  };
  EXPECT_OK(error_of(Local(0)));
  EXPECT_THAT(error_of(Local(1)), IsInvalid("batch.refs")) << "makes none";
  EXPECT_THAT(error_of(Local(2)), IsInvalid("batch.refs")) << "itself";
  EXPECT_THAT(error_of(Local(3)), IsInvalid("batch.refs")) << "later";
  EXPECT_THAT(error_of(Local(1'000'000)), IsInvalid("batch.refs"));
  EXPECT_THAT(error_of(Local(0) | uint64_t{1} << 40), IsInvalid("batch.refs"));
}

TEST_F(BatchApplierTest, AnObjectCannotLinkItselfWhileItIsMade) {
  BatchColumns batch;
  batch.Allocate(type_, "", 1, {Value::LocalStrong(0)});
  EXPECT_THAT(Apply(batch), IsInvalid("batch.refs"));
  EXPECT_EQ(heap_->object_count(), 0u);
}

TEST_F(BatchApplierTest, AnErrorNamesItsOperation) {
  const Ref ref = New(1);
  BatchColumns batch;
  batch.ReadSlot(ref.bits(), 0);
  batch.ReadSlot(ref.bits(), 0);
  batch.ReadSlot(ref.bits(), 1);
  batch.ReadSlot(ref.bits(), 0);
  const absl::Status status = Apply(batch);
  EXPECT_THAT(status, IsInvalid("slot"));
  EXPECT_EQ(OperationOf(status), "2");
  EXPECT_THAT(result_.values(), IsEmpty()) << "a failed batch yields nothing";
}

TEST_F(BatchApplierTest, OnlyWhatHoldsNeedsASession) {
  const Ref ref = New(1, "p");
  BatchColumns batch;
  batch.Write(ref.bits(), 0, "P");
  batch.Link(ref.bits(), 0, Value::Null());
  batch.AddSlots(ref.bits(), 1);
  batch.Root("root", ref.bits());
  batch.Unroot("root");
  batch.ReadPayload(ref.bits());
  EXPECT_OK(Apply(batch, /*session=*/0));
  for (const auto& hold : std::vector<std::function<void(BatchColumns*)>>{
           [&](BatchColumns* b) { b->Allocate(type_, "", 0); },
           [&](BatchColumns* b) { b->AllocateString(""); },
           [&](BatchColumns* b) { b->Copy(ref.bits()); },
           [&](BatchColumns* b) { b->Hold(ref.bits()); },
           [&](BatchColumns* b) { b->Release(ref.bits()); },
           [&](BatchColumns* b) { b->PushScope(); },
           [&](BatchColumns* b) { b->PopScope(); }}) {
    BatchColumns needs_one;
    hold(&needs_one);
    EXPECT_THAT(Apply(needs_one, 0), IsInvalid("session"));
    EXPECT_THAT(Apply(needs_one, 99), HasReason(reason::kSessionExpired));
  }
}

// Capability row 3.
TEST_F(BatchApplierTest, ABatchHas65536OperationsAtMost) {
  BatchColumns batch;
  const Ref ref = New(1);
  for (size_t i = 0; i < kMaxOperations; ++i) batch.ReadSlot(ref.bits(), 0);
  EXPECT_OK(Apply(batch));
  EXPECT_EQ(result_.values().size(), kMaxOperations);
  batch.ReadSlot(ref.bits(), 0);
  EXPECT_THAT(Apply(batch), IsInvalid("batch.kinds"));
}

TEST_F(BatchApplierTest, ABatchReads64MiBOfPayloadsAtMost) {
  const Ref ref = New(0, std::string(32 * kMiB, 'x'));
  const Ref byte = New(0, "x");
  BatchColumns batch;
  batch.ReadPayload(ref.bits());
  batch.ReadPayload(ref.bits());
  EXPECT_OK(Apply(batch));
  batch.ReadPayload(byte.bits());
  EXPECT_THAT(Apply(batch), IsInvalid("batch.kinds"));
}

TEST_F(BatchApplierTest, AnInternedStringCannotBeWritten) {
  BatchColumns batch;
  const uint32_t text = batch.AllocateString("text");
  batch.Write(Local(text), 0, "T");
  EXPECT_THAT(Apply(batch), HasReason(reason::kImmutable));
  EXPECT_EQ(heap_->Stats().interned_string_count, 0u);
}

TEST_F(BatchApplierTest, SlotsThatGrewInABatchCanBeCollected) {
  const Ref ref = New(3);
  BatchColumns batch;
  for (int i = 0; i < 100; ++i) batch.AddSlots(ref.bits(), 10);
  ASSERT_OK(Apply(batch));
  EXPECT_EQ(heap_->Describe(ref)->slot_count, 1003u);
  EXPECT_EQ(heap_->used_bytes(), heap_->Describe(ref)->self_size);
  EXPECT_TRUE(heap_->MayHaveGarbage());
}

}  // namespace
}  // namespace heapd
