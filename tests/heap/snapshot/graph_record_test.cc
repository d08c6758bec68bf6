#include "heap/snapshot/graph_record.h"

#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <vector>

#include "tests/heap/status_matchers.h"

namespace heapd {
namespace {

TEST(GraphRecordTest, WhatIsWrittenIsReadBack) {
  const std::vector<uint64_t> numbers = {
      0, 1, 127, 128, 16383, 16384, std::numeric_limits<uint64_t>::max()};
  const std::vector<int64_t> differences = {
      0,
      -1,
      1,
      63,
      -64,
      64,
      -65,
      std::numeric_limits<int64_t>::min(),
      std::numeric_limits<int64_t>::max()};
  std::string bytes;
  GraphRecordWriter writer(&bytes);
  for (const uint64_t number : numbers) writer.Number(number);
  for (const int64_t difference : differences) writer.Difference(difference);
  writer.Bytes("text");
  writer.Number(7);
  writer.Flush();
  MemorySpill spill;
  ASSERT_OK(spill.Append(bytes));
  GraphRecordReader reader(&spill);
  for (const uint64_t number : numbers) EXPECT_EQ(reader.Number(), number);
  for (const int64_t difference : differences) {
    EXPECT_EQ(reader.Difference(), difference);
  }
  EXPECT_EQ(reader.Bytes(4), "text");
  EXPECT_EQ(reader.Number(), 7u);
  EXPECT_OK(reader.status());
}

TEST(GraphRecordTest, SmallNumbersTakeOneByte) {
  std::string bytes;
  GraphRecordWriter writer(&bytes);
  writer.Number(127);
  writer.Difference(-64);
  writer.Difference(63);
  writer.Flush();
  EXPECT_EQ(bytes.size(), 3u);
}

TEST(GraphRecordTest, NumbersMayCrossTheEndOfTheBuffer) {
  MemorySpill spill;
  for (int i = 0; i < 100'000; ++i) {
    std::string bytes;
    GraphRecordWriter(&bytes).Number(1'000'000 + i);
    ASSERT_OK(spill.Append(bytes));
  }
  GraphRecordReader reader(&spill);
  for (uint64_t i = 0; i < 100'000; ++i) {
    ASSERT_EQ(reader.Number(), 1'000'000 + i);
  }
}

TEST(GraphRecordTest, ASpillThatEndsTooEarlyIsDataLoss) {
  MemorySpill spill;
  ASSERT_OK(spill.Append("\x81"));
  GraphRecordReader reader(&spill);
  reader.Number();
  EXPECT_TRUE(absl::IsDataLoss(reader.status()));
  EXPECT_EQ(reader.Number(), 0u);
  EXPECT_EQ(reader.Bytes(1000), "");
}

class BrokenSpill final : public SnapshotSpill {
 public:
  absl::Status Append(absl::string_view) override { return absl::OkStatus(); }
  absl::StatusOr<size_t> Read(uint64_t, absl::Span<char>) override {
    return absl::UnavailableError("broken");
  }
};

TEST(GraphRecordTest, TheSpillsErrorIsTheReaders) {
  BrokenSpill spill;
  GraphRecordReader reader(&spill);
  EXPECT_EQ(reader.Number(), 0u);
  EXPECT_TRUE(absl::IsUnavailable(reader.status()));
}

}  // namespace
}  // namespace heapd
