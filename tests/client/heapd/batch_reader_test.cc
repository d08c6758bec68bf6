#include "client/heapd/batch_reader.h"

#include <utility>

#include "gtest/gtest.h"

namespace heapd::client {
namespace {

// Two objects, two payloads and a slot, with other operations between them.
struct Example {
  BatchBuilder builder;
  LocalRef first = builder.Allocate(TypeId(1), "");
  PayloadRead first_payload = builder.ReadPayload(first);
  LocalRef second = (builder.PushScope(), builder.AllocateString("s"));
  SlotRead slot = (builder.Link(first, 0, Value()), builder.ReadSlot(first, 0));
  PayloadRead second_payload = builder.ReadPayload(second);

  BatchShape TakeShape() { return BatchShape(builder.Take()); }

  static v1::BatchResult Result() {
    v1::BatchResult result;
    result.add_refs(11);
    result.add_refs(12);
    result.add_values(Value::Weak(Ref(13)).word());
    result.add_sizes(3);
    result.add_sizes(4);
    result.set_payloads("onemore");
    return result;
  }
};

TEST(BatchReaderTest, ReadsWhatEachOperationYielded) {
  Example example;
  const absl::StatusOr<BatchReader> reader =
      BatchReader::Create(example.TakeShape(), Example::Result());
  ASSERT_TRUE(reader.ok()) << reader.status();
  EXPECT_EQ(reader->op_count(), 7u);
  EXPECT_EQ(reader->ref(example.first), Ref(11));
  EXPECT_EQ(reader->ref(example.second), Ref(12));
  EXPECT_EQ(reader->value(example.slot), Value::Weak(Ref(13)));
  EXPECT_EQ(reader->payload(example.first_payload), "one");
  EXPECT_EQ(reader->payload(example.second_payload), "more");
  ASSERT_EQ(reader->ref_count(), 2u);
  EXPECT_EQ(reader->ref_at(1), Ref(12));
}

TEST(BatchReaderTest, PayloadsSurviveAMove) {
  Example example;
  absl::StatusOr<BatchReader> reader =
      BatchReader::Create(example.TakeShape(), Example::Result());
  ASSERT_TRUE(reader.ok());
  const std::string_view payload = reader->payload(example.first_payload);
  const BatchReader moved = *std::move(reader);
  EXPECT_EQ(payload, "one");
  EXPECT_EQ(moved.payload(example.first_payload).data(), payload.data());
}

TEST(BatchReaderTest, RefusesResultsThatDoNotFit) {
  const auto create = [](void (*damage)(v1::BatchResult&)) {
    Example example;
    v1::BatchResult result = Example::Result();
    damage(result);
    return BatchReader::Create(example.TakeShape(), std::move(result)).status();
  };
  for (const absl::Status& status :
       {create([](v1::BatchResult& r) { r.add_refs(1); }),
        create([](v1::BatchResult& r) { r.clear_refs(); }),
        create([](v1::BatchResult& r) { r.add_values(1); }),
        create([](v1::BatchResult& r) { r.set_values(0, uint64_t{1} << 63); }),
        create([](v1::BatchResult& r) { r.add_sizes(0); }),
        create([](v1::BatchResult& r) { r.set_sizes(0, 0xFFFFFFFF); }),
        create([](v1::BatchResult& r) { r.set_payloads("short"); })}) {
    EXPECT_TRUE(absl::IsInternal(status)) << status;
  }
}

TEST(BatchReaderDeathTest, AbortsForAnOperationOfAnotherKind) {
  testing::GTEST_FLAG(death_test_style) = "threadsafe";
  Example example;
  const absl::StatusOr<BatchReader> reader =
      BatchReader::Create(example.TakeShape(), Example::Result());
  ASSERT_TRUE(reader.ok());
  EXPECT_DEATH(reader->ref(LocalRef(1)), "check failed");
  EXPECT_DEATH(reader->ref(LocalRef(99)), "check failed");
}

}  // namespace
}  // namespace heapd::client
