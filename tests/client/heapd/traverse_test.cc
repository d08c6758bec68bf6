#include "client/heapd/traverse.h"

#include <utility>

#include "gtest/gtest.h"

namespace heapd::client {
namespace {

v1::TraverseResponse Response() {
  v1::TraverseResponse response;
  const auto add = [&response](uint64_t ref, uint32_t type, uint32_t depth,
                               const std::string& payload,
                               std::initializer_list<Value> values) {
    response.add_refs(ref);
    response.add_types(type);
    response.add_depths(depth);
    response.add_payload_sizes(static_cast<uint32_t>(payload.size()));
    response.add_slot_counts(static_cast<uint32_t>(values.size()));
    for (const Value value : values) response.add_values(value.word());
    response.mutable_payloads()->append(payload);
  };
  add(11, 2, 0, "root", {Value::Strong(Ref(12)), Value::SmallInteger(4)});
  add(12, 3, 1, "", {});
  add(13, 2, 1, "leaf", {Value()});
  v1::Type& type = *response.add_type_table();
  type.set_type(2);
  type.set_name("Node");
  return response;
}

TEST(TraverseReaderTest, ReadsRows) {
  const auto reader = TraverseReader::Create(Response());
  ASSERT_TRUE(reader.ok()) << reader.status();
  ASSERT_EQ(reader->size(), 3u);
  const TraverseReader::Row root = reader->row(0);
  EXPECT_EQ(root.ref, Ref(11));
  EXPECT_EQ(root.type_name, "Node");
  EXPECT_EQ(root.payload, "root");
  ASSERT_EQ(root.values.size(), 2u);
  EXPECT_EQ(root.values[0], Value::Strong(Ref(12)));
  EXPECT_EQ(reader->row(1).type_name, "") << "not in the table";
  EXPECT_TRUE(reader->row(1).values.empty());
  EXPECT_EQ(reader->row(2).payload, "leaf");
  EXPECT_EQ(reader->row(2).depth, 1u);
  EXPECT_EQ(reader->FindType(TypeId(9)), nullptr);
  EXPECT_FALSE(reader->truncated());
}

TEST(TraverseReaderTest, KnowsSizesWithoutPayloads) {
  v1::TraverseResponse response = Response();
  response.clear_payloads();
  const auto reader = TraverseReader::Create(std::move(response));
  ASSERT_TRUE(reader.ok()) << reader.status();
  EXPECT_EQ(reader->row(0).payload_size, 4u);
  EXPECT_EQ(reader->row(0).payload, "");
}

TEST(TraverseReaderTest, RefusesColumnsThatDoNotFit) {
  const auto create = [](void (*damage)(v1::TraverseResponse&)) {
    v1::TraverseResponse response = Response();
    damage(response);
    return TraverseReader::Create(std::move(response)).status();
  };
  for (const absl::Status& status :
       {create([](v1::TraverseResponse& r) { r.add_refs(1); }),
        create([](v1::TraverseResponse& r) { r.add_values(0); }),
        create([](v1::TraverseResponse& r) { r.set_slot_counts(0, 1 << 31); }),
        create([](v1::TraverseResponse& r) { r.set_payloads("x"); }),
        create([](v1::TraverseResponse& r) {
          r.set_values(0, uint64_t{1} << 63);
        })}) {
    EXPECT_TRUE(absl::IsInternal(status)) << status;
  }
}

}  // namespace
}  // namespace heapd::client
