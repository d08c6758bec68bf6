#include "server/storage/node_index.h"

#include <gtest/gtest.h>

#include <random>

#include "tests/server/storage/memory_store.h"

namespace heapd::server {
namespace {

class NodeIndexTest : public ::testing::Test {
 protected:
  absl::Status Write(NodeIndexBuilder& builder) {
    auto writer = *store_.Create("index");
    const absl::Status written = builder.WriteTo(*writer);
    return written.ok() ? writer->Commit() : written;
  }

  std::string& Bytes() {
    absl::MutexLock lock(&state_->mu);
    return state_->blobs["index"];
  }

  // Reads all rows; the error, if there is one, at any place.
  absl::Status ReadAll(std::vector<NodeRow>& rows) {
    auto reader = NodeIndexReader::Open(*store_.Open("index"));
    if (!reader.ok()) return reader.status();
    names_ = (*reader)->class_names();
    for (;;) {
      const absl::StatusOr<const NodeRow*> row = (*reader)->Next();
      if (!row.ok()) return row.status();
      if (*row == nullptr) return absl::OkStatus();
      rows.push_back(**row);
    }
  }

  const std::shared_ptr<MemoryStore::State> state_ =
      std::make_shared<MemoryStore::State>();
  MemoryStore store_{state_};
  std::vector<std::string> names_;
};

TEST_F(NodeIndexTest, RowsComeBackSortedById) {
  NodeIndexBuilder builder;
  builder.AddClass("A");
  builder.AddClass("B");
  ASSERT_TRUE(builder.Add(105, 1, 50).ok());
  ASSERT_TRUE(builder.Add(101, 0, 100).ok());
  ASSERT_TRUE(builder.Add(103, 1, 25).ok());
  ASSERT_TRUE(Write(builder).ok());
  std::vector<NodeRow> rows;
  ASSERT_TRUE(ReadAll(rows).ok());
  EXPECT_EQ(names_, (std::vector<std::string>{"A", "B"}));
  ASSERT_EQ(rows.size(), 3u);
  EXPECT_EQ(rows[0].snapshot_id, 101u);
  EXPECT_EQ(rows[1].snapshot_id, 103u);
  EXPECT_EQ(rows[1].class_number, 1u);
  EXPECT_EQ(rows[2].self_size, 50u);
}

TEST_F(NodeIndexTest, AnEmptyIndexIsAnIndex) {
  NodeIndexBuilder builder;
  ASSERT_TRUE(Write(builder).ok());
  std::vector<NodeRow> rows;
  EXPECT_TRUE(ReadAll(rows).ok());
  EXPECT_TRUE(rows.empty());
}

TEST_F(NodeIndexTest, ManyRowsOverManyRunsAreMerged) {
  const uint64_t seed = std::random_device()();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937_64 random(seed);
  std::vector<uint32_t> ids;
  for (uint32_t i = 0; i < 700'000; ++i) ids.push_back(2 * i + 101);
  std::shuffle(ids.begin(), ids.end(), random);
  NodeIndexBuilder builder;
  builder.AddClass("A");
  for (const uint32_t id : ids) ASSERT_TRUE(builder.Add(id, 0, id).ok());
  ASSERT_TRUE(Write(builder).ok());
  std::vector<NodeRow> rows;
  ASSERT_TRUE(ReadAll(rows).ok());
  ASSERT_EQ(rows.size(), ids.size());
  for (uint32_t i = 0; i < rows.size(); ++i) {
    ASSERT_EQ(rows[i].snapshot_id, 2 * i + 101);
    ASSERT_EQ(rows[i].self_size, 2 * i + 101);
  }
}

TEST_F(NodeIndexTest, EqualNamesAreOneClass) {
  NodeIndexBuilder builder;
  builder.AddClass("A");
  builder.AddClass("A");
  ASSERT_TRUE(builder.Add(1, 1, 8).ok());
  ASSERT_TRUE(Write(builder).ok());
  std::vector<NodeRow> rows;
  ASSERT_TRUE(ReadAll(rows).ok());
  EXPECT_EQ(names_, std::vector<std::string>{"A"});
  EXPECT_EQ(rows[0].class_number, 0u);
}

TEST_F(NodeIndexTest, ObjectsWithoutSizeAreLeftOut) {
  NodeIndexBuilder builder;
  builder.AddClass("A");
  ASSERT_TRUE(builder.Add(1, 0, 0).ok());
  ASSERT_TRUE(Write(builder).ok());
  std::vector<NodeRow> rows;
  ASSERT_TRUE(ReadAll(rows).ok());
  EXPECT_TRUE(rows.empty());
}

TEST_F(NodeIndexTest, WhatCannotBeIsRefused) {
  NodeIndexBuilder builder;
  builder.AddClass("A");
  EXPECT_FALSE(builder.Add(1, 1, 8).ok());
  EXPECT_FALSE(builder.Add(1, 0, uint64_t{1} << 32).ok());
  ASSERT_TRUE(builder.Add(3, 0, 8).ok());
  ASSERT_TRUE(builder.Add(3, 0, 8).ok());
  EXPECT_FALSE(Write(builder).ok());
}

TEST_F(NodeIndexTest, EveryAlteredByteAndEveryCutIsFound) {
  NodeIndexBuilder builder;
  builder.AddClass("A");
  builder.AddClass("class of some length");
  for (uint32_t id = 1; id < 20; id += 2) {
    ASSERT_TRUE(builder.Add(id, id % 4 == 1, 8 * id).ok());
  }
  ASSERT_TRUE(Write(builder).ok());
  const std::string sound = Bytes();
  std::vector<NodeRow> rows;
  for (size_t i = 0; i < sound.size(); ++i) {
    Bytes() = sound;
    Bytes()[i] = static_cast<char>(sound[i] ^ 0x41);
    EXPECT_FALSE(ReadAll(rows).ok()) << "byte " << i;
    Bytes() = sound.substr(0, i);
    EXPECT_FALSE(ReadAll(rows).ok()) << "cut at " << i;
  }
  Bytes() = sound + "x";
  EXPECT_FALSE(ReadAll(rows).ok());
}

TEST_F(NodeIndexTest, ClassesHaveTags) {
  NodeIndexBuilder builder;
  builder.AddClass("A", "here");
  builder.AddClass("A");
  builder.AddClass("A", "here");
  ASSERT_TRUE(builder.Add(101, 2, 8).ok());
  ASSERT_TRUE(Write(builder).ok());
  const auto reader = *NodeIndexReader::Open(*store_.Open("index"));
  EXPECT_EQ(reader->class_names(), (std::vector<std::string>{"A", "A"}));
  EXPECT_EQ(reader->class_tags(), (std::vector<std::string>{"here", ""}));
  EXPECT_EQ((*reader->Next())->class_number, 0u);
}

// Written before there were tags.
TEST_F(NodeIndexTest, AnIndexWithoutTagsIsRead) {
  const auto number = [](uint64_t value, size_t bytes) {
    return std::string(reinterpret_cast<const char*>(&value), bytes);
  };
  std::string old = "HEAPDNX1" + number(1, 4) + number(5, 4) + number(1, 8) +
                    number(1, 4) + "A" + number(101, 4) + number(0, 4) +
                    number(8, 4);
  Sha256 sum;
  sum.Update(old);
  old += sum.Finish();
  Bytes() = old;
  std::vector<NodeRow> rows;
  ASSERT_TRUE(ReadAll(rows).ok());
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_EQ(rows[0].snapshot_id, 101u);
  EXPECT_EQ(names_, (std::vector<std::string>{"A"}));
}

}  // namespace
}  // namespace heapd::server
