#include "client/import/v8_snapshot.h"

#include <cstdint>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "tests/client/import/snapshot_text.h"

namespace heapd::importer {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Json = nlohmann::ordered_json;

// That this is refused, with this in the message.
void ExpectRefused(const std::string& bytes, const std::string& reason) {
  const absl::StatusOr<V8Snapshot> snapshot = ReadText(bytes);
  ASSERT_FALSE(snapshot.ok()) << reason;
  EXPECT_EQ(snapshot.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(snapshot.status().message()), HasSubstr(reason));
}

// The typical snapshot after a change, refused with this reason.
void ExpectRefused(const std::function<void(Json&)>& change,
                   const std::string& reason) {
  Json json = TypicalSnapshot().Json();
  change(json);
  ExpectRefused(json.dump(), reason);
}

TEST(V8SnapshotTest, ReadsNodesEdgesAndStrings) {
  const absl::StatusOr<V8Snapshot> snapshot =
      ReadText(TypicalSnapshot().Text());
  ASSERT_TRUE(snapshot.ok()) << snapshot.status();
  EXPECT_EQ(snapshot->root, 0u);
  EXPECT_THAT(snapshot->node_ids, ElementsAre(1, 3, 5, 101, 103, 105));
  EXPECT_THAT(snapshot->node_self_sizes, ElementsAre(0, 0, 0, 40, 24, 64));
  EXPECT_THAT(snapshot->edge_begins, ElementsAre(0, 1, 2, 3, 6, 6, 6));
  EXPECT_THAT(snapshot->edge_targets, ElementsAre(1, 2, 3, 4, 4, 5));
  EXPECT_THAT(snapshot->edge_types,
              ElementsAre(V8EdgeType::kElement, V8EdgeType::kElement,
                          V8EdgeType::kElement, V8EdgeType::kProperty,
                          V8EdgeType::kWeak, V8EdgeType::kElement));
  EXPECT_EQ(snapshot->name(3), "A");
  EXPECT_EQ(snapshot->type(3), V8NodeType::kObject);
  EXPECT_EQ(snapshot->type(4), V8NodeType::kString);
  EXPECT_EQ(snapshot->strings[snapshot->edge_names[4]], "w");
}

TEST(V8SnapshotTest, ReadsCompressedText) {
  EXPECT_TRUE(ReadText(Compress(TypicalSnapshot().Text())).ok());
}

TEST(V8SnapshotTest, FindsColumnsByTheirNames) {
  Json json = TypicalSnapshot().Json();
  Json& meta = json["snapshot"]["meta"];
  meta["node_fields"] = {"id",        "edge_count", "new",
                         "self_size", "name",       "type"};
  meta["edge_fields"] = {"to_node", "type", "name_or_index", "new"};
  json["snapshot"]["node_count"] = 2;
  json["snapshot"]["edge_count"] = 1;
  json["nodes"] = {1, 1, 9, 0, 0, 9, 7, 0, 9, 12, 1, 3};
  json["edges"] = {6, 2, 1, 99};
  json["strings"] = {"", "A"};
  const absl::StatusOr<V8Snapshot> snapshot = ReadText(json.dump());
  ASSERT_TRUE(snapshot.ok()) << snapshot.status();
  EXPECT_EQ(snapshot->name(1), "A");
  EXPECT_THAT(snapshot->node_ids, ElementsAre(1, 7));
  EXPECT_THAT(snapshot->node_self_sizes, ElementsAre(0, 12));
  EXPECT_THAT(snapshot->edge_targets, ElementsAre(1));
}

TEST(V8SnapshotTest, TakesARootThatIsNotTheFirstNode) {
  Json json = TypicalSnapshot().Json();
  json["snapshot"]["root_index"] = 35;
  const absl::StatusOr<V8Snapshot> snapshot = ReadText(json.dump());
  ASSERT_TRUE(snapshot.ok()) << snapshot.status();
  EXPECT_EQ(snapshot->root, 5u);
}

TEST(V8SnapshotTest, RefusesWhatIsNoJson) {
  ExpectRefused("", "ends in the middle, after 0 bytes");
  ExpectRefused("GIF89a and so on", "not valid JSON (byte 1)");
  ExpectRefused(std::string(1000, '\0'), "ends in the middle");
  ExpectRefused("{\"snapshot\": \"\xFF\"}", "not valid JSON");
  ExpectRefused(TypicalSnapshot().Text() + "}", "not valid JSON");
}

TEST(V8SnapshotTest, RefusesOtherJson) {
  ExpectRefused("5", "it is JSON, but a number");
  ExpectRefused("null", "it is JSON, but null");
  ExpectRefused("[1, 2, 3]", "it is JSON, but an array");
  ExpectRefused("{}", "no section \"snapshot\"");
  ExpectRefused("{\"snapshot\": 5}", "is a number, not an object");
  ExpectRefused("{\"snapshot\": [5]}", "is an array, not an object");
  ExpectRefused("{\"snapshot\": {}}", "node_fields has no \"type\"");
  ExpectRefused("{\"nodes\": []}", "too early");
}

TEST(V8SnapshotTest, SaysWhichSectionIsMissing) {
  for (const char* section : {"nodes", "edges", "strings"}) {
    Json json = TypicalSnapshot().Json();
    json.erase(section);
    // Without nodes, the edges come too early.
    ExpectRefused(json.dump(), section == std::string("strings")
                                   ? "no section \"strings\""
                                   : "too early");
  }
}

TEST(V8SnapshotTest, SaysWhichColumnIsMissing) {
  for (const char* field : {"type", "name", "id", "self_size", "edge_count"}) {
    ExpectRefused(
        [field](Json& json) {
          for (Json& entry : json["snapshot"]["meta"]["node_fields"]) {
            if (entry == field) entry = "other";
          }
        },
        absl::StrCat("node_fields has no \"", field, "\""));
  }
  for (const char* field : {"type", "name_or_index", "to_node"}) {
    ExpectRefused(
        [field](Json& json) {
          for (Json& entry : json["snapshot"]["meta"]["edge_fields"]) {
            if (entry == field) entry = "other";
          }
        },
        absl::StrCat("edge_fields has no \"", field, "\""));
  }
}

TEST(V8SnapshotTest, RefusesCountsThatDoNotAddUp) {
  const auto set = [](const char* count, uint64_t value) {
    return [=](Json& json) { json["snapshot"][count] = value; };
  };
  ExpectRefused(set("node_count", 7), "node_count is 7, but there are 6");
  ExpectRefused(set("node_count", 5), "more nodes than snapshot.node_count, 5");
  ExpectRefused(set("edge_count", 7), "add up to 6, but");
  ExpectRefused(set("edge_count", 5), "makes the sum larger");
  ExpectRefused([](Json& json) { json["snapshot"].erase("node_count"); },
                "node_count is missing");
  ExpectRefused([](Json& json) { json["nodes"].push_back(1); },
                "ends within a row");
  ExpectRefused([](Json& json) { json["edges"].push_back(1); },
                "ends within a row");
  ExpectRefused(
      [](Json& json) {
        json["edges"].insert(json["edges"].end(), {1, 1, 0});
      },
      "more edges than snapshot.edge_count");
  ExpectRefused([](Json& json) { json["edges"] = Json::array(); },
                "edge_count is 6, but there are 0");
}

// Nothing of such a size is asked for before it is there.
TEST(V8SnapshotTest, RefusesHugeClaimsAtOnce) {
  const auto set = [](const char* count, Json value) {
    return [=](Json& json) { json["snapshot"][count] = value; };
  };
  ExpectRefused(set("node_count", 1000000000), "node_count is 1000000000, but");
  ExpectRefused(set("node_count", 1ull << 40), "more than 1073741823");
  ExpectRefused(set("edge_count", 1ull << 40), "more than 4294967295");
  ExpectRefused(set("node_count", 1e300), "node_count is missing");
  ExpectRefused(set("node_count", -1), "node_count is missing");
}

TEST(V8SnapshotTest, RefusesIndexesOutOfRange) {
  const auto set = [](const char* section, size_t at, Json value) {
    return [=](Json& json) { json[section][at] = value; };
  };
  ExpectRefused(set("nodes", 7, 16), "node 1: type 16");
  ExpectRefused(set("nodes", 8, 1000), "node 1: name 1000");
  ExpectRefused(set("nodes", 8, 1ull << 33), "is not a string index");
  ExpectRefused(set("nodes", 9, 1), "another one has the id 1");
  ExpectRefused(set("nodes", 11, 1ull << 63), "makes the sum larger");
  ExpectRefused(set("edges", 3, 7), "edge 1: type 7");
  ExpectRefused(set("edges", 10, 1000), "edge 3: name_or_index 1000");
  ExpectRefused(set("edges", 10, 1ull << 33), "is too large");
  ExpectRefused(set("edges", 5, 42), "edge 1: to_node 42");
  ExpectRefused(set("edges", 5, 8), "edge 1: to_node 8");
  ExpectRefused([](Json& json) { json["snapshot"]["root_index"] = 42; },
                "the root, 42");
  ExpectRefused([](Json& json) { json["snapshot"]["root_index"] = 3; },
                "the root, 3");
}

TEST(V8SnapshotTest, RefusesOtherValuesInRows) {
  ExpectRefused([](Json& json) { json["nodes"][3] = -3; }, "a negative number");
  ExpectRefused([](Json& json) { json["nodes"][3] = 3.5; }, "not whole");
  ExpectRefused([](Json& json) { json["nodes"][3] = "3"; }, "a string in it");
  ExpectRefused([](Json& json) { json["edges"][3] = nullptr; }, "null in it");
  ExpectRefused([](Json& json) { json["edges"][3] = {1}; }, "an array in it");
  ExpectRefused([](Json& json) { json["strings"][0] = 1; }, "a number in it");
  ExpectRefused([](Json& json) { json["strings"][0] = Json::object(); },
                "an object in it");
  ExpectRefused([](Json& json) { json["strings"] = "x"; }, "a string in it");
  ExpectRefused([](Json& json) { json["nodes"] = 1; }, "a number in it");
}

TEST(V8SnapshotTest, RefusesASectionThatComesTwice) {
  std::string text = TypicalSnapshot().Text();
  text.back() = ',';
  ExpectRefused(text + "\"nodes\": []}", "\"nodes\" comes twice");
  ExpectRefused(text + "\"snapshot\": {}}", "\"snapshot\" comes twice");
}

TEST(V8SnapshotTest, RefusesAnEndlessFieldList) {
  ExpectRefused(
      [](Json& json) {
        json["snapshot"]["meta"]["node_fields"] =
            std::vector<std::string>(1000, "x");
      },
      "more than 256 entries");
}

TEST(V8SnapshotTest, RefusesEveryTruncation) {
  const std::string text = TypicalSnapshot().Text();
  for (size_t size = 0; size < text.size(); ++size) {
    // The last number of the rest may be half of one, and wrong for that.
    ExpectRefused(text.substr(0, size), "");
  }
  ExpectRefused(text.substr(0, text.size() - 3), "ends in the middle");
  const std::string compressed = Compress(text);
  for (size_t size = 4; size < compressed.size(); ++size) {
    ExpectRefused(compressed.substr(0, size), "ends in the middle");
  }
}

TEST(V8SnapshotTest, NamesTheFileInErrors) {
  const absl::StatusOr<V8Snapshot> snapshot = ReadV8SnapshotFile("/no/such");
  EXPECT_EQ(snapshot.status().code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(snapshot.status().message()),
              HasSubstr("/no/such: "));
}

// Whatever the bytes, it ends with a snapshot whose indexes hold or with an
// INVALID_ARGUMENT; under the sanitizers also without a bad access.
void ExpectSound(const std::string& bytes) {
  const absl::StatusOr<V8Snapshot> snapshot = ReadText(bytes);
  if (!snapshot.ok()) {
    ASSERT_EQ(snapshot.status().code(), absl::StatusCode::kInvalidArgument);
    ASSERT_FALSE(snapshot.status().message().empty());
    return;
  }
  ASSERT_EQ(snapshot->edge_begins.back(), snapshot->edge_count());
  for (uint32_t node = 0; node < snapshot->node_count(); ++node) {
    ASSERT_LT(snapshot->node_names[node], snapshot->strings.size());
  }
  for (const uint32_t target : snapshot->edge_targets) {
    ASSERT_LT(target, snapshot->node_count());
  }
}

std::string Mutate(std::string bytes, std::mt19937& random) {
  // Half of them characters that keep it JSON for longer.
  static constexpr std::string_view kLikely = "0123456789,:[]{}\"-.e \\tnu";
  const int changes = 1 + static_cast<int>(random() % 4);
  for (int i = 0; i < changes && !bytes.empty(); ++i) {
    const size_t at = random() % bytes.size();
    const char byte = random() % 2 == 0 ? kLikely[random() % kLikely.size()]
                                        : static_cast<char>(random());
    switch (random() % 4) {
      case 0:
        bytes.erase(at, 1 + random() % 8);
        break;
      case 1:
        bytes.insert(at, 1, byte);
        break;
      default:
        bytes[at] = byte;
    }
  }
  return bytes;
}

TEST(V8SnapshotTest, SurvivesMutatedBytes) {
  const std::string text = TypicalSnapshot().Text();
  const std::string compressed = Compress(text);
  for (uint32_t seed = 0; seed < 20000; ++seed) {
    SCOPED_TRACE(absl::StrCat("HEAPD_TEST_SEED=", seed));
    std::mt19937 random(seed);
    ExpectSound(Mutate(seed % 4 == 0 ? compressed : text, random));
    if (HasFatalFailure()) return;
  }
}

}  // namespace
}  // namespace heapd::importer
