// Held allocations in a row, which a batch applies together as far as they are
// plain: nobody can tell.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/heap/batch_columns.h"
#include "tests/heap/heap_fixture.h"

namespace heapd {
namespace {

using ::testing::HasSubstr;

class BatchRowTest : public HeapTest {
 protected:
  static constexpr uint32_t kRow = 40;

  // A heap gets new space once it has allocated something, and rows go there.
  void SetUp() override {
    for (int i = 0; i < 20; ++i) New(0, std::string(8000, 'x'));
    heap_->Safepoint();
    const uint64_t before = Space("new_space").used_bytes;
    New(0, "in new space");
    ASSERT_GT(Space("new_space").used_bytes, before);
  }

  // Each object of it refers to the two before.
  void AddPlain(uint32_t count, BatchColumns* batch) const {
    for (uint32_t i = 0; i < count; ++i) {
      std::vector<Value> values;
      if (i >= 1) values.push_back(Value::LocalStrong(i - 1));
      if (i >= 2) values.push_back(Value::LocalStrong(i - 2));
      batch->Allocate(type_, PayloadOf(i), 2, values);
    }
  }
  static std::string PayloadOf(uint32_t number) {
    return std::string(number % 50, static_cast<char>('a' + number % 26));
  }
  Ref Made(size_t number) const { return Ref(result_.refs()[number]); }
  void ExpectPlain(uint32_t number) {
    SCOPED_TRACE(number);
    const Ref object = Made(number);
    EXPECT_EQ(*heap_->ReadPayload(object), PayloadOf(number));
    EXPECT_EQ(*heap_->ReadSlot(object, 0),
              number >= 1 ? Value::Strong(Made(number - 1)) : Value::Null());
    EXPECT_EQ(*heap_->ReadSlot(object, 1),
              number >= 2 ? Value::Strong(Made(number - 2)) : Value::Null());
  }

  BatchResult result_;
};

TEST_F(BatchRowTest, ARowIsMadeAndHeld) {
  const uint64_t before = heap_->object_count();
  BatchColumns batch;
  AddPlain(kRow, &batch);
  ASSERT_OK(heap_->Apply(kSession, batch.view(), &result_));
  ASSERT_EQ(result_.refs().size(), kRow);
  EXPECT_EQ(heap_->object_count(), before + kRow);
  EXPECT_OK(heap_->Verify());
  Collect();
  for (uint32_t i = 0; i < kRow; ++i) ExpectPlain(i);
}

// More than a chunk of the object table has entries, and new space bytes.
TEST_F(BatchRowTest, ARowGoesOnWhereSpaceOrChunkEnds) {
  constexpr uint32_t kMany = 30'000;
  BatchColumns batch;
  AddPlain(kMany, &batch);
  ASSERT_OK(heap_->Apply(kSession, batch.view(), &result_));
  ASSERT_EQ(result_.refs().size(), kMany);
  EXPECT_OK(heap_->Verify());
  Collect();
  for (uint32_t i = 0; i < kMany; i += 97) ExpectPlain(i);
}

TEST_F(BatchRowTest, WhatIsNotPlainIsMadeInItsPlace) {
  const Ref old = New();
  BatchColumns batch;
  AddPlain(kRow, &batch);
  const uint32_t weak =
      batch.Allocate(type_, "weak", 2, {Value::Weak(old), Value::Strong(old)});
  const uint32_t wide = batch.Allocate(type_, "wide", 5, {Value::Strong(old)});
  const uint32_t large = batch.Allocate(type_, std::string(100'000, 'l'), 0);
  const uint32_t number =
      batch.Allocate(type_, "", 1, {Value::SmallInteger(-7)});
  for (uint32_t i = 0; i < kRow; ++i) {
    batch.Allocate(type_, "after", 1, {Value::Strong(old)});
  }
  ASSERT_OK(heap_->Apply(kSession, batch.view(), &result_));
  ASSERT_EQ(result_.refs().size(), 2 * kRow + 4);
  EXPECT_OK(heap_->Verify());
  Collect();
  for (uint32_t i = 0; i < kRow; ++i) ExpectPlain(i);
  EXPECT_EQ(*heap_->ReadSlot(Made(weak), 0), Value::Weak(old));
  EXPECT_EQ(*heap_->ReadSlot(Made(wide), 0), Value::Strong(old));
  EXPECT_EQ(heap_->ReadPayload(Made(large))->size(), 100'000);
  EXPECT_EQ(*heap_->ReadSlot(Made(number), 0), Value::SmallInteger(-7));
  EXPECT_EQ(*heap_->ReadSlot(Made(2 * kRow + 3), 0), Value::Strong(old));
}

// One that the session holds in part already, with an index of its holds.
TEST_F(BatchRowTest, ASessionThatIndexesItsHoldsHoldsARow) {
  std::vector<Ref> earlier;
  for (int i = 0; i < 100; ++i) earlier.push_back(New());
  ASSERT_OK(heap_->Release(kSession, earlier[0]));
  BatchColumns batch;
  AddPlain(kRow, &batch);
  ASSERT_OK(heap_->Apply(kSession, batch.view(), &result_));
  EXPECT_OK(heap_->Verify());
  ASSERT_OK(heap_->Release(kSession, Made(kRow / 2)));
  EXPECT_FALSE(heap_->Release(kSession, Made(kRow / 2)).ok());
}

class BatchRowErrorTest : public BatchRowTest,
                          public ::testing::WithParamInterface<uint32_t> {
 protected:
  // Applies a row whose operation GetParam() is broken by `spoil`.
  void ExpectUndone(void (*spoil)(uint32_t at, BatchColumns* batch)) {
    New();
    const uint64_t objects = heap_->object_count();
    const uint64_t bytes = heap_->used_bytes();
    BatchColumns batch;
    AddPlain(kRow, &batch);
    spoil(GetParam(), &batch);
    const absl::Status status = heap_->Apply(kSession, batch.view(), &result_);
    EXPECT_THAT(std::string(status.message()),
                HasSubstr("operation " + std::to_string(GetParam())));
    EXPECT_TRUE(result_.refs().empty());
    EXPECT_EQ(heap_->object_count(), objects);
    EXPECT_EQ(heap_->used_bytes(), bytes);
    EXPECT_OK(heap_->Verify());
    BatchColumns good;
    AddPlain(kRow, &good);
    EXPECT_OK(heap_->Apply(kSession, good.view(), &result_));
    EXPECT_EQ(heap_->object_count(), objects + kRow);
  }
};

TEST_P(BatchRowErrorTest, ATypeThatIsNotThereUndoesTheRow) {
  ExpectUndone(
      [](uint32_t at, BatchColumns* batch) { batch->types[at] = 12345; });
}

TEST_P(BatchRowErrorTest, ALocalRefToALaterOperationUndoesTheRow) {
  ExpectUndone([](uint32_t at, BatchColumns* batch) {
    // Operation 1 has one value, those after it two each.
    const size_t first = at == 1 ? 0 : 2 * size_t{at} - 3;
    batch->values[first] = Value::LocalStrong(at).bits();
  });
}

TEST_P(BatchRowErrorTest, MoreValuesThanSlotsUndoTheRow) {
  ExpectUndone([](uint32_t at, BatchColumns* batch) {
    batch->numbers[2 * size_t{at}] = 0;
  });
}

TEST_P(BatchRowErrorTest, AColumnThatEndsUndoesTheRow) {
  ExpectUndone(
      [](uint32_t at, BatchColumns* batch) { batch->sizes.resize(at); });
}

INSTANTIATE_TEST_SUITE_P(Everywhere, BatchRowErrorTest,
                         ::testing::Values(1, 2, 7, 8, 9, 23, 39));

}  // namespace
}  // namespace heapd
