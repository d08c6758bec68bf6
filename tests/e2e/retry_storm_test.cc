// Every call that changes something is made three times with the same request
// id, on connections that are cut: nothing happens twice, and nothing that was
// answered is lost.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "client/heapd/client.h"
#include "tests/e2e/cutting_proxy.h"
#include "tests/e2e/storm_client.h"
#include "tests/server/support/child_process.h"
#include "tests/server/support/temporary_directory.h"

namespace heapd::e2e {
namespace {

using client::Client;
using client::Ref;
using client::Session;
using client::TraverseReader;
using ::testing::IsEmpty;
using ::testing::Not;

const char kHeapd[] = HEAPD_TEST_BIN_DIR "/heapd";
constexpr char kHeap[] = "storm";
constexpr int kClients = 4;
constexpr int kConnections = 6;
constexpr int kThreads = 12;
// A connection carries some tens of calls.
constexpr CutRange kCutAfter = {1'000, 20'000};

class RetryStormTest : public ::testing::Test {
 protected:
  RetryStormTest()
      : heapd_(kHeapd, {"--listen.data", "127.0.0.1:0", "--listen.operations",
                        "127.0.0.1:0", "--listen.liveness", "127.0.0.1:0",
                        "--listen.readiness", "127.0.0.1:0", "--ports-file",
                        directory_.Path("ports"), "--memory.budget", "64MiB",
                        // So that refs, holds and answers meet collections.
                        "--stress.collection_interval", "500",
                        "--stress.verify_heap", "true"}) {
    heapd_.ReadUntil(" serving ");
    const std::string address =
        nlohmann::json::parse(directory_.Read("ports"))["data"][0];
    client_ = *Client::Connect(address);
    EXPECT_TRUE(client_->CreateHeap(kHeap).ok());
    uint32_t port = 0;
    EXPECT_TRUE(absl::SimpleAtoi(
        std::vector<std::string>(absl::StrSplit(address, ':')).back(), &port));
    port_ = static_cast<uint16_t>(port);
  }

  // Runs the storm and returns what was not as it has to be.
  std::vector<std::string> Storm(uint64_t seed, absl::Duration duration,
                                 bool with_request_ids) {
    CuttingProxy proxy(port_, kCutAfter, seed);
    StormAttempts attempts(proxy.address(), kConnections, kThreads, seed + 1);
    std::vector<Session> sessions;
    std::vector<std::unique_ptr<StormClient>> clients;
    for (int i = 0; i < kClients; ++i) {
      sessions.push_back(*client_->OpenSession(kHeap));
      StormClientOptions options;
      options.heap = kHeap;
      options.name = absl::StrCat("c", i);
      options.session = sessions.back().session().value();
      options.type = sessions.back().DefineType("Node", {})->value();
      options.seed = seed + 100 + i;
      options.with_request_ids = with_request_ids;
      clients.push_back(std::make_unique<StormClient>(options, &attempts));
    }
    const absl::Time end = absl::Now() + duration;
    std::vector<std::thread> threads;
    for (auto& client : clients) {
      threads.emplace_back([&client, end] { client->RunUntil(end); });
    }
    for (std::thread& thread : threads) thread.join();
    std::vector<std::string> problems = attempts.Finish();
    for (const auto& client : clients) {
      call_count_ += client->call_count();
      for (const auto& problem : client->problems()) {
        problems.push_back(problem);
      }
    }
    cut_count_ = proxy.cut_count();
    retry_count_ = attempts.retry_count();
    for (const auto& client : clients) Compare(client->model(), &problems);
    CompareCounts(clients, &problems);
    return problems;
  }

  // What the heap has of one client against that client's model.
  void Compare(const StormModel& model, std::vector<std::string>* problems) {
    std::vector<Ref> starts;
    for (const auto& [ref, depth] : model.holds()) starts.push_back(Ref(ref));
    for (const auto& [name, ref] : model.roots()) starts.push_back(Ref(ref));
    const std::set<uint64_t> reachable = model.Reachable();
    std::map<uint64_t, StormObject> read;
    for (size_t i = 0; i < starts.size(); i += kStarts) {
      const auto rows = client_->Heap(kHeap).Traverse(
          {.refs = {starts.begin() + i,
                    starts.begin() + std::min(starts.size(), i + kStarts)},
           .max_object_count = 100'000,
           .max_bytes = 32 << 20,
           .include_payloads = true});
      if (!rows.ok()) {
        problems->push_back(rows.status().ToString());
        return;
      }
      for (size_t row = 0; row < rows->size(); ++row) {
        const TraverseReader::Row object = rows->row(row);
        read[object.ref.id()] = {std::string(object.payload), object.values,
                                 false};
      }
    }
    if (read.size() != reachable.size()) {
      problems->push_back(absl::StrCat(
          read.size(), " objects are reached, not ", reachable.size()));
    }
    for (const uint64_t ref : reachable) {
      const StormObject& object = model.object(ref);
      if (read[ref].payload != object.payload) {
        problems->push_back(absl::StrCat("payload '", read[ref].payload,
                                         "', not '", object.payload, "'"));
      }
      if (read[ref].slots != object.slots) {
        problems->push_back(absl::StrCat("slots of '", object.payload, "'"));
      }
    }
  }

  // What is there in all: nothing that no model knows of.
  void CompareCounts(const std::vector<std::unique_ptr<StormClient>>& clients,
                     std::vector<std::string>* problems) {
    const auto compare = [problems](const char* what, uint64_t is,
                                    uint64_t should_be) {
      if (is == should_be) return;
      problems->push_back(absl::StrCat(what, ": ", is, ", not ", should_be));
    };
    // What died while the first one ran is left for the second.
    EXPECT_TRUE(client_->Collect(kHeap).ok());
    EXPECT_TRUE(client_->Collect(kHeap).ok());
    uint64_t objects = 0;
    uint64_t roots = 0;
    uint64_t holds = 0;
    for (const auto& client : clients) {
      objects += client->model().Reachable().size();
      roots += client->model().roots().size();
      holds += client->model().holds().size();
    }
    const auto stats = client_->GetStats(kHeap);
    ASSERT_TRUE(stats.ok()) << stats.status();
    compare("objects", stats->object_count(), objects);
    compare("roots", stats->root_count(), roots);
    compare("holds", stats->hold_count(), holds);
  }

  static constexpr size_t kStarts = 1024;

  server::TemporaryDirectory directory_;
  server::ChildProcess heapd_;
  std::unique_ptr<Client> client_;
  uint16_t port_ = 0;
  int call_count_ = 0;
  int cut_count_ = 0;
  int retry_count_ = 0;
};

// What threads do when is chance all the same.
uint64_t Seed() {
  uint64_t seed = 1;
  const char* const given = std::getenv("HEAPD_TEST_SEED");
  EXPECT_TRUE(given == nullptr || absl::SimpleAtoi(given, &seed));
  return seed;
}

TEST_F(RetryStormTest, NothingHappensTwiceAndNothingIsLost) {
  const uint64_t seed = Seed();
  SCOPED_TRACE(absl::StrCat("HEAPD_TEST_SEED=", seed));
  EXPECT_THAT(Storm(seed, absl::Seconds(3), /*with_request_ids=*/true),
              IsEmpty());
  EXPECT_GT(call_count_, 50);
  EXPECT_GT(cut_count_, 10);
  EXPECT_GT(retry_count_, 10);
  RecordProperty("calls", call_count_);
  RecordProperty("cuts", cut_count_);
}

// Otherwise the test above would say nothing.
TEST_F(RetryStormTest, WithoutRequestIdsTheModelDisagrees) {
  EXPECT_THAT(Storm(1, absl::Seconds(1), /*with_request_ids=*/false),
              Not(IsEmpty()));
}

}  // namespace
}  // namespace heapd::e2e
