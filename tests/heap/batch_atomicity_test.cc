// A batch that fails leaves the heap exactly as it was (capability row 26).

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "heap/batch_applier.h"
#include "tests/heap/batch_columns.h"
#include "tests/heap/core_fixture.h"

namespace heapd {
namespace {

// A heap with some objects, and a batch with every kind of operation.
class BatchAtomicityTest : public CoreTest {
 protected:
  BatchAtomicityTest() {
    narrow_ = NewHeld(2, "narrow payload");
    wide_ = NewHeld(5, "wide payload");
    large_ = NewHeld(20'000, std::string(50'000, 'l'));
    for (int i = 0; i < 50; ++i) NewHeld(i % 4);
    released_ = NewHeld(0, "released");
    stale_ = parts().table.RefOf(NewHeld()).bits();
    string_ = NewString("interned before");
    core_->Store(narrow_, 0, Slot::Strong(wide_));
    core_->Store(wide_, 4, Slot::Weak(large_));
    Index former = 0;
    EXPECT_OK(parts().roots.Set("root", wide_, &former));
    EXPECT_OK(parts().roots.Set("text", string_, &former));
    session_->Release(Ref(stale_).index());
    Collect();
    EXPECT_TRUE(session_->ReserveScope() && session_->PushScope());
    inner_ = NewHeld(0, "held by the inner scope");
    EXPECT_EQ(parts().table.Resolve(Ref(stale_)), 0u);
  }

  uint64_t RefTo(Index index) { return parts().table.RefOf(index).bits(); }

  // Every kind of operation, some of them on what the batch itself made. Net
  // effect on the stack of scopes: none.
  void AddAllKinds(BatchColumns* batch) {
    const uint64_t narrow = RefTo(narrow_);
    const uint64_t wide = RefTo(wide_);
    const uint64_t large = RefTo(large_);
    const auto local = BatchColumns::Local;
    const uint32_t made = batch->Allocate(
        type_, "made", 4, {Value(wide), Value::SmallInteger(-1)});
    const uint32_t unheld =
        batch->AllocateUnheld(type_, std::string(40'000, 'u'), 0);
    const uint32_t text = batch->AllocateString("interned by the batch");
    batch->AllocateString("interned before");
    const uint32_t copy = batch->Copy(large);
    batch->Write(narrow, 3, "XYZ");
    batch->Write(local(copy), 0, "copied");
    batch->Link(narrow, 1, Value::LocalWeak(unheld));
    batch->Link(local(made), 3, Value::LocalStrong(copy));
    batch->Unlink(narrow, 0);
    batch->AddSlots(narrow, 1);  // inline slots move to a block
    batch->AddSlots(narrow, 100);
    batch->Link(narrow, 80, Value(narrow));
    batch->AddSlots(wide, 1);  // in place
    batch->AddSlots(wide, 3000);
    batch->AddSlots(local(made), 9000);
    batch->PushScope();
    batch->Allocate(type_, "in the scope", 0);
    batch->Hold(RefTo(string_));
    batch->Release(RefTo(released_));
    batch->Release(narrow);
    batch->Root("root", local(made));
    batch->Root("new root", narrow);
    batch->Unroot("text");
    batch->Root("text", local(text));
    batch->Unroot("root");
    batch->ReadSlot(narrow, 1);
    batch->ReadPayload(wide);
    batch->PopScope(local(made));
    batch->PopScope();  // the one that was there before
    batch->PushScope();
  }

  absl::Status Apply(const BatchColumns& batch) {
    result_.Clear();
    const BatchView view = batch.view();
    return BatchApplier(core_.get(), kSession, view, &result_).Apply();
  }

  // Everything that a caller could see.
  std::string Dump() {
    std::string dump;
    for (Index i = 1; i < parts().table.end(); ++i) {
      if (entry(i).is_free()) continue;
      absl::StrAppend(&dump, RefTo(i), " ", core_->TypeOf(i), " ",
                      core_->Payload(i), " ", core_->SelfSize(i), ":");
      for (const Slot slot : entry(i).slot_span()) {
        absl::StrAppend(&dump, " ", slot.word());
      }
      absl::StrAppend(&dump, core_->IsInternedString(i) ? " interned\n" : "\n");
    }
    for (const auto& [name, object] : parts().roots.map()) {
      absl::StrAppend(&dump, "root ", name, " ", object, "\n");
    }
    absl::StrAppend(&dump, "depth ", session_->depth(), " holds");
    session_->ForEachHold(
        [&dump](Index object) { absl::StrAppend(&dump, " ", object); });
    absl::StrAppend(&dump, "\nused ", parts().used_bytes(), " strings ",
                    parts().strings.size(), " allocated ",
                    core_->allocated_object_count, " ", core_->allocated_bytes,
                    " garbage ", core_->may_have_garbage, " retired ",
                    parts().table.retired_count(), "\n");
    return dump;
  }

  // Fails with the last operation and leaves no trace.
  void ExpectUndone(const BatchColumns& batch) {
    const std::string before = Dump();
    const uint64_t committed = core_->account.committed_bytes();
    const absl::Status status = Apply(batch);
    EXPECT_FALSE(status.ok());
    EXPECT_EQ(OperationOf(status), absl::StrCat(batch.kinds.size() - 1))
        << status;
    ASSERT_EQ(Dump(), before);
    EXPECT_LE(core_->account.committed_bytes(), committed + 2 * kPageBytes);
    EXPECT_TRUE(result_.refs().empty() && result_.values().empty() &&
                result_.payloads().empty());
    ASSERT_OK(Verify());
  }

  Index narrow_ = 0;
  Index wide_ = 0;
  Index large_ = 0;
  Index released_ = 0;
  Index inner_ = 0;
  Index string_ = 0;
  uint64_t stale_ = 0;
  BatchResult result_;
};

TEST_F(BatchAtomicityTest, TheBatchOfAllKindsSucceedsOnItsOwn) {
  BatchColumns batch;
  AddAllKinds(&batch);
  ASSERT_OK(Apply(batch));
  EXPECT_OK(Verify());
  Collect();
  EXPECT_OK(Verify());
}

// One operation of each kind that fails.
struct Failure {
  const char* name;
  std::function<void(BatchColumns*, TypeId type, uint64_t live, uint64_t stale)>
      add;
};

class BatchFailureTest : public BatchAtomicityTest,
                         public ::testing::WithParamInterface<Failure> {};

TEST_P(BatchFailureTest, LeavesTheHeapAsItWasAfterEveryOtherKind) {
  BatchColumns batch;
  AddAllKinds(&batch);
  GetParam().add(&batch, type_, RefTo(wide_), stale_);
  ExpectUndone(batch);
  // Nothing is left over that would disturb the next batch.
  ExpectUndone(batch);
  BatchColumns good;
  AddAllKinds(&good);
  ASSERT_OK(Apply(good));
  EXPECT_OK(Verify());
}

INSTANTIATE_TEST_SUITE_P(
    EachKind, BatchFailureTest,
    ::testing::Values(Failure{"Unspecified",
                              [](BatchColumns* b, TypeId, uint64_t, uint64_t) {
                                b->Add(OperationKind::kUnspecified);
                              }},
                      Failure{"Unknown",
                              [](BatchColumns* b, TypeId, uint64_t, uint64_t) {
                                b->Add(static_cast<OperationKind>(17));
                              }},
                      Failure{"Allocate",
                              [](BatchColumns* b, TypeId, uint64_t, uint64_t) {
                                b->Allocate(999, "no such type", 0);
                              }},
                      Failure{"AllocateUnheld",
                              [](BatchColumns* b, TypeId type, uint64_t live,
                                 uint64_t stale) {
                                b->AllocateUnheld(type, "made, then undone", 3,
                                                  {Value(live), Value(stale)});
                              }},
                      Failure{"AllocateString",
                              [](BatchColumns* b, TypeId, uint64_t, uint64_t) {
                                b->AllocateString("\xff");
                              }},
                      Failure{"Copy", [](BatchColumns* b, TypeId, uint64_t,
                                         uint64_t stale) { b->Copy(stale); }},
                      Failure{
                          "Write",
                          [](BatchColumns* b, TypeId, uint64_t live, uint64_t) {
                            b->Write(live, 12, "over the end");
                          }},
                      Failure{"Link",
                              [](BatchColumns* b, TypeId, uint64_t live,
                                 uint64_t stale) {
                                b->Link(live, 0, Value(stale));
                              }},
                      Failure{"Unlink",
                              [](BatchColumns* b, TypeId, uint64_t live,
                                 uint64_t) { b->Unlink(live, 100'000); }},
                      Failure{"AddSlots",
                              [](BatchColumns* b, TypeId, uint64_t live,
                                 uint64_t) { b->AddSlots(live, kMaxSlots); }},
                      Failure{"Hold", [](BatchColumns* b, TypeId, uint64_t,
                                         uint64_t stale) { b->Hold(stale); }},
                      Failure{
                          "Release",
                          [](BatchColumns* b, TypeId type, uint64_t, uint64_t) {
                            const uint32_t made =
                                b->AllocateUnheld(type, "", 0);
                            b->Release(BatchColumns::Local(made));
                          }},
                      Failure{"Root", [](BatchColumns* b, TypeId, uint64_t live,
                                         uint64_t) { b->Root("", live); }},
                      Failure{"Unroot",
                              [](BatchColumns* b, TypeId, uint64_t, uint64_t) {
                                b->Unroot("no such root");
                              }},
                      Failure{"PopScope",
                              [](BatchColumns* b, TypeId, uint64_t, uint64_t) {
                                b->PopScope();
                                b->PopScope();
                              }},
                      Failure{"PopScopeCarry",
                              [](BatchColumns* b, TypeId, uint64_t,
                                 uint64_t stale) { b->PopScope(stale); }},
                      Failure{"ReadSlot",
                              [](BatchColumns* b, TypeId, uint64_t live,
                                 uint64_t) { b->ReadSlot(live, 100'000); }},
                      Failure{"ReadPayload",
                              [](BatchColumns* b, TypeId, uint64_t,
                                 uint64_t stale) { b->ReadPayload(stale); }}),
    [](const auto& info) { return std::string(info.param.name); });

TEST_F(BatchAtomicityTest, TooManyScopesAreUndone) {
  while (session_->depth() < kMaxScopes - 1) {
    ASSERT_TRUE(session_->ReserveScope() && session_->PushScope());
  }
  BatchColumns batch;
  batch.PushScope();
  batch.PushScope();
  ExpectUndone(batch);
}

TEST_F(BatchAtomicityTest, AFailureAfterAnyNumberOfOperationsIsUndone) {
  BatchColumns all;
  AddAllKinds(&all);
  for (size_t count = 0; count < all.kinds.size(); ++count) {
    BatchColumns batch = all;
    batch.kinds[count] = 99;
    const std::string before = Dump();
    const absl::Status status = Apply(batch);
    ASSERT_EQ(OperationOf(status), absl::StrCat(count));
    ASSERT_EQ(Dump(), before) << "after operation " << count;
    ASSERT_OK(Verify());
  }
}

// Columns that end early or have something left over.
TEST_F(BatchAtomicityTest, EveryColumnMustBeUsedUpExactly) {
  BatchColumns all;
  AddAllKinds(&all);
  const std::string before = Dump();
  const auto expect_field =
      [&](const char* field, const std::function<void(BatchColumns*)>& edit) {
        BatchColumns batch = all;
        edit(&batch);
        EXPECT_THAT(Apply(batch), IsInvalid(field));
        ASSERT_EQ(Dump(), before) << field;
        ASSERT_OK(Verify());
      };
  expect_field("batch.refs", [](BatchColumns* b) { b->refs.pop_back(); });
  expect_field("batch.refs", [](BatchColumns* b) { b->refs.push_back(0); });
  expect_field("batch.types", [](BatchColumns* b) { b->types.pop_back(); });
  expect_field("batch.types", [](BatchColumns* b) { b->types.push_back(1); });
  expect_field("batch.numbers", [](BatchColumns* b) { b->numbers.pop_back(); });
  expect_field("batch.numbers",
               [](BatchColumns* b) { b->numbers.push_back(0); });
  expect_field("batch.values", [](BatchColumns* b) { b->values.pop_back(); });
  expect_field("batch.values", [](BatchColumns* b) { b->values.push_back(0); });
  expect_field("batch.sizes", [](BatchColumns* b) { b->sizes.pop_back(); });
  expect_field("batch.sizes", [](BatchColumns* b) { b->sizes.push_back(0); });
  expect_field("batch.payloads",
               [](BatchColumns* b) { b->payloads.pop_back(); });
  expect_field("batch.payloads", [](BatchColumns* b) { b->payloads += 'x'; });
  expect_field("batch.names", [](BatchColumns* b) { b->names.pop_back(); });
  expect_field("batch.names", [](BatchColumns* b) { b->names.push_back("n"); });
}

TEST_F(BatchAtomicityTest, ASizeBeyondAllPayloadsIsRefused) {
  BatchColumns batch;
  batch.AllocateString("text");
  batch.sizes[0] = UINT32_MAX;
  EXPECT_THAT(Apply(batch), IsInvalid("batch.payloads"));
}

TEST_F(BatchAtomicityTest, MoreInitialValuesThanSlotsAreRefused) {
  BatchColumns batch;
  batch.Allocate(type_, "", 1, {Value::Null(), Value::Null()});
  EXPECT_THAT(Apply(batch), IsInvalid("batch.numbers"));
}

TEST_F(BatchAtomicityTest, UndoingScopesRestoresWhichScopeHoldsWhat) {
  BatchColumns batch;
  batch.PopScope();
  batch.Add(OperationKind::kUnspecified);
  ExpectUndone(batch);
  session_->PopScope(nullptr);
  EXPECT_FALSE(session_->Holds(inner_));
  EXPECT_TRUE(session_->Holds(narrow_));
}

}  // namespace
}  // namespace heapd
