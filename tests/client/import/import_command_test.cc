#include "client/heapctl/import_command.h"

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "client/heapctl/exit_code.h"
#include "client/heapctl/run.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "heapd/v1/collector_service.grpc.pb.h"
#include "heapd/v1/heap_service.grpc.pb.h"
#include "heapd/v1/snapshot_service.grpc.pb.h"
#include "tests/client/import/fake_object_service.h"
#include "tests/client/import/snapshot_text.h"

namespace heapd::heapctl {
namespace {

using ::heapd::importer::Compress;
using ::heapd::importer::FakeObjectService;
using ::heapd::importer::SnapshotText;
using ::heapd::importer::TypicalSnapshot;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

// The calls of `import` and `replay` that are not about objects, written down
// in their order.
class FakeOperations : public v1::SnapshotService::Service {
 public:
  class Heaps : public v1::HeapService::Service {
   public:
    explicit Heaps(std::vector<std::string>& calls) : calls_(calls) {}
    grpc::Status CreateHeap(grpc::ServerContext*,
                            const v1::CreateHeapRequest* request,
                            v1::CreateHeapResponse*) override {
      calls_.push_back(absl::StrCat("create ", request->heap(), " ",
                                    request->limit_bytes()));
      return grpc::Status::OK;
    }

   private:
    std::vector<std::string>& calls_;
  };
  class Collector : public v1::CollectorService::Service {
   public:
    explicit Collector(std::vector<std::string>& calls) : calls_(calls) {}
    grpc::Status CollectHeap(grpc::ServerContext*,
                             const v1::CollectHeapRequest* request,
                             v1::CollectHeapResponse*) override {
      calls_.push_back("collect " + request->heap());
      return grpc::Status::OK;
    }
    grpc::Status GetStats(grpc::ServerContext*,
                          const v1::GetStatsRequest* request,
                          v1::GetStatsResponse* response) override {
      calls_.push_back("stats " + request->heap());
      v1::LeakVerdict& verdict =
          *response->mutable_stats()->mutable_leak_verdict();
      verdict.set_state(v1::LEAK_STATE_SUSPECTED);
      verdict.add_growing_classes()->set_class_name("UpstreamError");
      return grpc::Status::OK;
    }

   private:
    std::vector<std::string>& calls_;
  };

  grpc::Status CreateSnapshot(grpc::ServerContext*,
                              const v1::CreateSnapshotRequest* request,
                              v1::CreateSnapshotResponse* response) override {
    calls_.push_back("snapshot " + request->label());
    response->mutable_snapshot()->set_snapshot(absl::StrCat("s", ++snapshots_));
    return grpc::Status::OK;
  }
  grpc::Status WatchSnapshot(
      grpc::ServerContext*, const v1::WatchSnapshotRequest* request,
      grpc::ServerWriter<v1::WatchSnapshotResponse>* writer) override {
    v1::WatchSnapshotResponse response;
    response.mutable_snapshot()->set_snapshot(request->snapshot());
    response.mutable_snapshot()->set_state(v1::SNAPSHOT_STATE_READY);
    writer->Write(response);
    return grpc::Status::OK;
  }
  grpc::Status CompareSnapshots(
      grpc::ServerContext*, const v1::CompareSnapshotsRequest* request,
      v1::CompareSnapshotsResponse* response) override {
    calls_.push_back(absl::StrCat("compare ", request->base_snapshot(), " ",
                                  request->snapshot()));
    for (const char* name : {"Leak", "Other", "Third"}) {
      v1::ComparisonRow& row = *response->add_rows();
      row.set_class_name(name);
      row.set_count_delta(400);
    }
    return grpc::Status::OK;
  }

  const std::vector<std::string>& calls() const { return calls_; }
  Heaps& heaps() { return heaps_; }
  Collector& collector() { return collector_; }

 private:
  std::vector<std::string> calls_;
  int snapshots_ = 0;
  Heaps heaps_{calls_};
  Collector collector_{calls_};
};

class ImportCommandTest : public testing::Test {
 protected:
  ImportCommandTest()
      : server_(FakeObjectService::Start(
            objects_, address_,
            {&operations_, &operations_.heaps(), &operations_.collector()})) {}
  ~ImportCommandTest() override { server_->Shutdown(); }

  std::string Write(const std::string& name, const std::string& bytes) {
    // Tests run side by side, each in a process of its own. A folder, since the
    // file's own name becomes the snapshot's label.
    const std::string folder = absl::StrCat(testing::TempDir(), "/", getpid());
    std::filesystem::create_directory(folder);
    const std::string path = absl::StrCat(folder, "/", name);
    std::ofstream(path, std::ios::binary) << bytes;
    return path;
  }

  int Run(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"heapctl", "--address", address_,
                                         "--operations-address", address_});
    std::vector<const char*> argv;
    for (const std::string& argument : arguments) {
      argv.push_back(argument.c_str());
    }
    out_.str("");
    err_.str("");
    return RunHeapctl(static_cast<int>(argv.size()), argv.data(), out_, err_);
  }

  FakeObjectService objects_;
  FakeOperations operations_;
  std::string address_;
  std::unique_ptr<grpc::Server> server_;
  std::ostringstream out_;
  std::ostringstream err_;
};

TEST_F(ImportCommandTest, ImportsAndPrintsCounts) {
  const std::string file = Write("plain", TypicalSnapshot().Text());
  EXPECT_EQ(Run({"import", file, "--heap", "h", "--output", "json"}), kOk)
      << err_.str();
  const Json json = Json::parse(out_.str());
  EXPECT_EQ(json["node_count"], 6);
  EXPECT_EQ(json["edge_count"], 6);
  EXPECT_EQ(json["object_count"], 4);
  EXPECT_EQ(json["type_count"], 4);
  EXPECT_EQ(json["root_count"], 1);
  EXPECT_EQ(json["batch_count"], 2);
  EXPECT_EQ(json["left_out"]["unreachable_nodes"], 0);
  EXPECT_EQ(objects_.objects().size(), 4u);
  EXPECT_THAT(operations_.calls(), ElementsAre());

  EXPECT_EQ(Run({"import", file, "--heap", "h"}), kOk);
  EXPECT_THAT(out_.str(), HasSubstr("node_count"));
}

TEST_F(ImportCommandTest, CreatesTheHeapIfAsked) {
  const std::string file = Write("packed", Compress(TypicalSnapshot().Text()));
  EXPECT_EQ(Run({"import", file, "--heap", "h", "--create"}), kOk);
  EXPECT_EQ(
      Run({"import", file, "--heap", "i", "--create", "--limit", "64MiB"}),
      kOk);
  EXPECT_THAT(operations_.calls(),
              ElementsAre("create h 0", "create i 67108864"));
}

TEST_F(ImportCommandTest, SaysWhatIsWrong) {
  const std::string file = Write("broken", "no snapshot");
  EXPECT_EQ(Run({"import", file, "--heap", "h"}), kUsage);
  EXPECT_THAT(err_.str(), HasSubstr("is it a V8 heap snapshot?"));
  EXPECT_EQ(Run({"import", "/no/such/file", "--heap", "h"}), kNotFound);
  EXPECT_THAT(err_.str(), HasSubstr("/no/such/file: there is no such file"));
  EXPECT_EQ(Run({"import", file}), kUsage);
  EXPECT_EQ(Run({"import", file, "--heap", "h", "--limit", "64MiB"}), kUsage);
  EXPECT_EQ(Run({"replay", "--heap", "h"}), kUsage);
}

TEST_F(ImportCommandTest, ReplaysStatesAndComparesTheFirstWithEach) {
  SnapshotText next = TypicalSnapshot();
  next.AddEdge(3, "element", "1", next.AddNode("object", "Leak", 201, 16));
  const std::string first = Write("first", TypicalSnapshot().Text());
  const std::string second = Write("second", next.Text());
  EXPECT_EQ(Run({"replay", first, second, first, "--heap", "h", "--create",
                 "--output", "json"}),
            kOk)
      << err_.str();
  EXPECT_THAT(operations_.calls(),
              ElementsAre("create h 0", "collect h", "snapshot first",
                          "collect h", "snapshot second", "collect h",
                          "snapshot first", "compare s1 s2", "compare s1 s3"));
  const Json json = Json::parse(out_.str());
  EXPECT_EQ(json["states"].size(), 3u);
  EXPECT_EQ(json["states"][1]["added_count"], 1);
  EXPECT_EQ(json["states"][1]["snapshot"]["snapshot"], "s2");
  EXPECT_EQ(json["comparisons"].size(), 2u);
  EXPECT_EQ(json["comparisons"][0]["rows"].size(), 3u);
  EXPECT_EQ(objects_.objects().size(), 4u);
}

TEST_F(ImportCommandTest, ReplaysInStepsAndPrintsTheLeakVerdict) {
  SnapshotText next = TypicalSnapshot();
  for (int i = 0; i < 4; ++i) {
    next.AddEdge(3, "element", absl::StrCat(i),
                 next.AddNode("object", "Leak", 201 + 2 * i, 16));
  }
  const std::string first = Write("first", TypicalSnapshot().Text());
  const std::string second = Write("second", next.Text());
  EXPECT_EQ(Run({"replay", first, second, "--heap", "h", "--steps", "3",
                 "--output", "json"}),
            kOk)
      << err_.str();
  EXPECT_THAT(
      operations_.calls(),
      ElementsAre("collect h", "snapshot first", "collect h", "collect h",
                  "collect h", "snapshot second", "compare s1 s2", "stats h"));
  const Json json = Json::parse(out_.str());
  EXPECT_EQ(json["states"][1]["added_count"], 4);
  EXPECT_EQ(json["states"][1]["kept_count"], 4);
  EXPECT_EQ(json["leak_verdict"]["growing_classes"][0]["class_name"],
            "UpstreamError");
  EXPECT_EQ(objects_.objects().size(), 8u);

  EXPECT_EQ(Run({"replay", first, second, "--heap", "h", "--steps", "2"}), kOk);
  EXPECT_THAT(out_.str(), HasSubstr("suspected"));
  EXPECT_EQ(Run({"replay", first, "--heap", "h", "--steps", "0"}), kUsage);
}

TEST_F(ImportCommandTest, PrintsTheTopOfAComparison) {
  const std::string file = Write("first", TypicalSnapshot().Text());
  EXPECT_EQ(Run({"replay", file, file, "--heap", "h", "--top", "2"}), kOk);
  EXPECT_THAT(out_.str(), HasSubstr("Leak"));
  EXPECT_THAT(out_.str(), HasSubstr("+400"));
  EXPECT_THAT(out_.str(), HasSubstr("Other"));
  EXPECT_THAT(out_.str(), testing::Not(HasSubstr("Third")));
  EXPECT_THAT(out_.str(), HasSubstr("2 of 3 classes"));
}

}  // namespace
}  // namespace heapd::heapctl
