#include "client/heapd/batch_builder.h"

#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace heapd::client {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr uint64_t kLocal = uint64_t{1} << 63;
constexpr uint64_t kWeak = uint64_t{1} << 60;

// The columns of one operation, in the order of the table in batch.proto.
struct Columns {
  std::vector<uint64_t> refs = {};
  std::vector<uint32_t> types = {};
  std::vector<uint32_t> numbers = {};
  std::vector<uint64_t> values = {};
  std::vector<uint32_t> sizes = {};
  std::string payloads = {};
  std::vector<std::string> names = {};
};

void ExpectBatch(BatchBuilder& builder, v1::OperationKind kind,
                 const Columns& columns) {
  const v1::Batch batch = builder.Take();
  EXPECT_THAT(batch.kinds(), ElementsAre(kind));
  EXPECT_THAT(batch.refs(), testing::ElementsAreArray(columns.refs));
  EXPECT_THAT(batch.types(), testing::ElementsAreArray(columns.types));
  EXPECT_THAT(batch.numbers(), testing::ElementsAreArray(columns.numbers));
  EXPECT_THAT(batch.values(), testing::ElementsAreArray(columns.values));
  EXPECT_THAT(batch.sizes(), testing::ElementsAreArray(columns.sizes));
  EXPECT_EQ(batch.payloads(), columns.payloads);
  EXPECT_THAT(batch.names(), testing::ElementsAreArray(columns.names));
}

TEST(BatchBuilderTest, AllocateTakesTypeCountsValuesAndPayload) {
  BatchBuilder builder;
  builder.Allocate(TypeId(7), "abc",
                   {Value::SmallInteger(-1), BatchValue(),
                    BatchValue::Weak(Ref(9)), BatchValue::Strong(Ref(8))},
                   6);
  ExpectBatch(builder, v1::OPERATION_KIND_ALLOCATE,
              {.types = {7},
               .numbers = {6, 4},
               .values = {0x20000000FFFFFFFF, 0, kWeak | 9, 8},
               .sizes = {3},
               .payloads = "abc"});
}

TEST(BatchBuilderTest, SlotCountIsAtLeastTheNumberOfValues) {
  BatchBuilder builder;
  builder.AllocateUnheld(TypeId(7), "", {Value(), Value()});
  ExpectBatch(
      builder, v1::OPERATION_KIND_ALLOCATE_UNHELD,
      {.types = {7}, .numbers = {2, 2}, .values = {0, 0}, .sizes = {0}});
}

TEST(BatchBuilderTest, EveryOtherKindTakesTheColumnsOfTheTable) {
  const Ref ref(5);
  BatchBuilder builder;
  builder.AllocateString("text");
  ExpectBatch(builder, v1::OPERATION_KIND_ALLOCATE_STRING,
              {.sizes = {4}, .payloads = "text"});
  builder.Copy(ref);
  ExpectBatch(builder, v1::OPERATION_KIND_COPY, {.refs = {5}});
  builder.Write(ref, 10, "xy");
  ExpectBatch(builder, v1::OPERATION_KIND_WRITE,
              {.refs = {5}, .numbers = {10}, .sizes = {2}, .payloads = "xy"});
  builder.Link(ref, 3, Value::Strong(Ref(6)));
  ExpectBatch(builder, v1::OPERATION_KIND_LINK,
              {.refs = {5}, .numbers = {3}, .values = {6}});
  builder.Unlink(ref, 3);
  ExpectBatch(builder, v1::OPERATION_KIND_UNLINK,
              {.refs = {5}, .numbers = {3}});
  builder.AddSlots(ref, 4);
  ExpectBatch(builder, v1::OPERATION_KIND_ADD_SLOTS,
              {.refs = {5}, .numbers = {4}});
  builder.Hold(ref);
  ExpectBatch(builder, v1::OPERATION_KIND_HOLD, {.refs = {5}});
  builder.Release(ref);
  ExpectBatch(builder, v1::OPERATION_KIND_RELEASE, {.refs = {5}});
  builder.Root("name", ref);
  ExpectBatch(builder, v1::OPERATION_KIND_ROOT,
              {.refs = {5}, .names = {"name"}});
  builder.Unroot("name");
  ExpectBatch(builder, v1::OPERATION_KIND_UNROOT, {.names = {"name"}});
  builder.PushScope();
  ExpectBatch(builder, v1::OPERATION_KIND_PUSH_SCOPE, {});
  builder.PopScope(ref);
  ExpectBatch(builder, v1::OPERATION_KIND_POP_SCOPE, {.refs = {5}});
  builder.PopScope();
  ExpectBatch(builder, v1::OPERATION_KIND_POP_SCOPE, {.refs = {0}});
  builder.ReadSlot(ref, 2);
  ExpectBatch(builder, v1::OPERATION_KIND_READ_SLOT,
              {.refs = {5}, .numbers = {2}});
  builder.ReadPayload(ref);
  ExpectBatch(builder, v1::OPERATION_KIND_READ_PAYLOAD, {.refs = {5}});
}

TEST(BatchBuilderTest, LocalRefsCountAllOperations) {
  BatchBuilder builder;
  builder.PushScope();
  const LocalRef a = builder.Allocate(TypeId(1), "");
  const LocalRef b = builder.AllocateString("b");
  builder.Link(a, 0, BatchValue::Strong(b));
  builder.Link(a, 1, BatchValue::Weak(b));
  EXPECT_EQ(a.operation(), 1u);
  EXPECT_EQ(builder.ReadSlot(a, 0).operation(), 5u);
  EXPECT_EQ(builder.ReadPayload(a).operation(), 6u);
  const v1::Batch batch = builder.Take();
  EXPECT_THAT(batch.refs(),
              ElementsAre(kLocal | 1, kLocal | 1, kLocal | 1, kLocal | 1));
  EXPECT_THAT(batch.values(), ElementsAre(kLocal | 2, kLocal | kWeak | 2));
}

TEST(BatchBuilderTest, TracksItsSizeOnTheWire) {
  BatchBuilder builder;
  for (uint32_t i = 0; i < 1000; ++i) {
    const LocalRef local =
        builder.Allocate(TypeId(i), std::string(i % 300, 'x'),
                         {Value::SmallInteger(1), Value()}, i);
    builder.Root("root of a thousand", local);
    builder.Write(local, i * 1000, "bytes");
  }
  const size_t tracked = builder.byte_size();
  EXPECT_EQ(builder.op_count(), 3000u);
  const size_t real = builder.Take().ByteSizeLong();
  EXPECT_NEAR(static_cast<double>(tracked), static_cast<double>(real),
              0.01 * static_cast<double>(real));
}

TEST(BatchBuilderTest, HasRoomUpToTheLimits) {
  BatchBuilder builder;
  EXPECT_TRUE(builder.HasRoomFor(size_t{64} << 20, 1 << 16));
  EXPECT_FALSE(builder.HasRoomFor(BatchBuilder::kMaxBytes));
  EXPECT_FALSE(builder.HasRoomFor(SIZE_MAX));
  EXPECT_FALSE(builder.HasRoomFor(0, SIZE_MAX));
  for (uint32_t i = 1; i < BatchBuilder::kMaxOperations; ++i) {
    builder.PushScope();
  }
  EXPECT_TRUE(builder.HasRoomFor(0));
  builder.PushScope();
  EXPECT_FALSE(builder.HasRoomFor(0));
}

TEST(BatchBuilderTest, ABatchThatHadRoomForAllFitsTheMessage) {
  BatchBuilder builder;
  const std::string payload(100'000, 'p');
  while (builder.HasRoomFor(payload.size())) {
    builder.AllocateUnheld(TypeId(1), payload);
  }
  EXPECT_LE(builder.Take().ByteSizeLong(), size_t{72} << 20);
}

TEST(BatchBuilderTest, IsEmptyAfterItWasTakenMovedOrCleared) {
  BatchBuilder builder;
  builder.PushScope();
  BatchBuilder other(std::move(builder));
  EXPECT_TRUE(builder.empty());  // NOLINT(bugprone-use-after-move)
  EXPECT_EQ(builder.byte_size(), 0u);
  EXPECT_EQ(other.op_count(), 1u);
  builder = std::move(other);
  EXPECT_EQ(builder.op_count(), 1u);
  EXPECT_EQ(builder.Take().kinds_size(), 1);
  EXPECT_TRUE(builder.empty());
  builder.PushScope();
  builder.Clear();
  EXPECT_TRUE(builder.empty());
  EXPECT_THAT(builder.Take().kinds(), IsEmpty());
}

TEST(BatchBuilderTest, TakeIntoReplacesTheMessageAndLeavesTheBuilderEmpty) {
  BatchBuilder builder;
  v1::Batch message;
  builder.Release(Ref(1));
  builder.TakeInto(message);
  EXPECT_TRUE(builder.empty());
  EXPECT_EQ(builder.byte_size(), 0u);
  builder.Release(Ref(2));
  builder.TakeInto(message);
  EXPECT_THAT(message.refs(), ElementsAre(2u));
  EXPECT_EQ(message.kinds_size(), 1);
}

}  // namespace
}  // namespace heapd::client
