#include "client/import/heap_importer.h"

#include <cstdint>
#include <fstream>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "client/heapd/client.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/client/import/fake_object_service.h"
#include "tests/client/import/snapshot_text.h"

namespace heapd::importer {
namespace {

using ::testing::Each;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::Le;
using ::testing::SizeIs;

constexpr uint64_t kWeakTag = uint64_t{1} << 60;

class HeapImporterTest : public testing::Test {
 protected:
  HeapImporterTest() : server_(FakeObjectService::Start(service_, address_)) {
    client_ = *client::Client::Connect(address_);
    session_.emplace(*client_->OpenSession("heap"));
  }
  ~HeapImporterTest() override {
    session_.reset();
    server_->Shutdown();
  }

  // A file with this snapshot.
  std::string Write(const SnapshotText& text) {
    const std::string path = absl::StrCat(
        testing::TempDir(), "/heap_importer_test_",
        testing::UnitTest::GetInstance()->current_test_info()->name());
    std::ofstream(path, std::ios::binary) << text.Text();
    return path;
  }
  ImportSummary Load(HeapImporter& importer, const std::string& path) {
    const absl::StatusOr<ImportSummary> summary = importer.Load(path);
    EXPECT_TRUE(summary.ok()) << summary.status();
    return summary.value_or(ImportSummary());
  }

  // That the heap holds exactly the importer's graph.
  void ExpectHeapIs(const HeapImporter& importer) {
    const ObjectGraph& graph = importer.graph();
    const auto& refs = importer.writer().refs();
    ASSERT_EQ(service_.objects().size(), graph.object_count());
    for (uint32_t i = 0; i < graph.object_count(); ++i) {
      const auto it = service_.objects().find(refs[i].id());
      ASSERT_NE(it, service_.objects().end());
      ExpectObjectIs(importer, i, it->second);
    }
    std::map<std::string, uint64_t> roots;
    for (const GraphRoot& root : graph.roots) {
      roots[root.name] = refs[root.object].id();
    }
    EXPECT_EQ(service_.roots(), roots);
    EXPECT_EQ(service_.open_scopes(), 1u);
  }

  void ExpectObjectIs(const HeapImporter& importer, uint32_t number,
                      const FakeObjectService::Object& object) {
    const ObjectGraph& graph = importer.graph();
    const ObjectType& type = importer.types().type(graph.types[number]);
    const v1::Type& defined = service_.types()[object.type - 1];
    ASSERT_EQ(defined.name(), type.name);
    ASSERT_EQ(defined.kind(),
              type.is_string ? v1::TYPE_KIND_STRING : v1::TYPE_KIND_OBJECT);
    ASSERT_THAT(defined.slot_names(),
                testing::ElementsAreArray(type.slot_names));
    const std::string zeros(graph.payload_sizes[number], '\0');
    ASSERT_EQ(object.payload, graph.text(number).value_or(zeros));
    const auto slots = graph.slots_of(number);
    ASSERT_EQ(object.slots.size(), slots.size());
    for (size_t slot = 0; slot < slots.size(); ++slot) {
      uint64_t word = 0;
      if (!slots[slot].is_null()) {
        word = importer.writer().refs()[slots[slot].target].id() |
               (slots[slot].weak ? kWeakTag : 0);
      }
      ASSERT_EQ(object.slots[slot], word);
    }
  }

  FakeObjectService service_;
  std::string address_;
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<client::Client> client_;
  std::optional<client::Session> session_;
};

TEST_F(HeapImporterTest, RebuildsAGraph) {
  HeapImporter importer(*session_);
  const ImportSummary summary = Load(importer, Write(TypicalSnapshot()));
  ExpectHeapIs(importer);
  EXPECT_EQ(summary.node_count, 6u);
  EXPECT_EQ(summary.edge_count, 6u);
  EXPECT_EQ(summary.object_count, 4u);
  EXPECT_EQ(summary.added_count, 4u);
  EXPECT_EQ(summary.reference_count, 4u);
  EXPECT_EQ(summary.root_count, 1u);
  EXPECT_EQ(summary.type_count, 4u);
}

TEST_F(HeapImporterTest, ChangesTheHeapIntoTheNextState) {
  HeapImporter importer(*session_);
  Load(importer, Write(TypicalSnapshot()));
  const uint64_t object = importer.writer().refs()[1].id();

  SnapshotText next = TypicalSnapshot();
  const uint32_t added = next.AddNode("object", "B", 201, 16);
  next.AddEdge(3, "element", "1", added);
  next.AddEdge(added, "property", "a", 3);
  const ImportSummary summary = Load(importer, Write(next));
  ExpectHeapIs(importer);
  EXPECT_EQ(summary.kept_count, 4u);
  EXPECT_EQ(summary.added_count, 1u);
  EXPECT_EQ(summary.removed_count, 0u);
  EXPECT_EQ(importer.writer().refs()[1].id(), object);
  // The two slots that are new.
  EXPECT_LE(summary.operation_count, 4u);

  EXPECT_EQ(Load(importer, Write(TypicalSnapshot())).removed_count, 1u);
  ExpectHeapIs(importer);
}

TEST_F(HeapImporterTest, KeepsBatchesWithinTheirLimits) {
  SnapshotText text = TypicalSnapshot();
  for (uint64_t id = 1001; id < 1201; id += 2) {
    text.AddEdge(2, "element", "9", text.AddNode("object", "N", id, 100));
  }
  HeapImporter importer(*session_, {.max_operations = 7, .max_bytes = 500});
  const ImportSummary summary = Load(importer, Write(text));
  ExpectHeapIs(importer);
  EXPECT_EQ(summary.batch_count, service_.batches().size());
  EXPECT_GT(summary.batch_count, 30u);
  EXPECT_THAT(service_.batches(),
              Each(testing::AllOf(
                  Field(&FakeObjectService::BatchSize::operations, Le(7)),
                  Field(&FakeObjectService::BatchSize::bytes, Le(600)))));
}

TEST_F(HeapImporterTest, SendsAnObjectLargerThanABatchAlone) {
  SnapshotText text = TypicalSnapshot();
  text.AddEdge(2, "element", "1", text.AddNode("object", "Big", 201, 64 << 20));
  HeapImporter importer(*session_, {.max_bytes = 1000});
  Load(importer, Write(text));
  ExpectHeapIs(importer);
}

TEST_F(HeapImporterTest, FillsAnObjectWithManySlotsByManyBatches) {
  SnapshotText text = TypicalSnapshot();
  for (int i = 0; i < 100000; ++i) text.AddEdge(3, "element", "1", 4);
  HeapImporter importer(*session_);
  EXPECT_GT(Load(importer, Write(text)).batch_count, 5u);
  ExpectHeapIs(importer);
}

TEST_F(HeapImporterTest, ReportsWhatTheDaemonRefuses) {
  HeapImporter importer(*session_, {.max_operations = 2});
  service_.FailAfter(1);
  const absl::Status status = importer.Load(Write(TypicalSnapshot())).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted);
  // Nothing stays behind.
  EXPECT_EQ(service_.open_scopes(), 1u);
  EXPECT_THAT(service_.objects(), SizeIs(0));
}

TEST_F(HeapImporterTest, ReportsAFileThatCannotBeRead) {
  HeapImporter importer(*session_);
  const absl::Status status = importer.Load("/no/such/file").status();
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(status.message()), HasSubstr("/no/such/file"));
}

TEST_F(HeapImporterTest, LeadsThroughTheStatesOfARealHeap) {
  HeapImporter importer(*session_);
  for (const int state : {1, 2, 3, 1}) {
    Load(importer, absl::StrCat(HEAPD_TEST_DATA_DIR, "/node20-leaky-", state,
                                ".heapsnapshot.zst"));
    ExpectHeapIs(importer);
  }
}

}  // namespace
}  // namespace heapd::importer
