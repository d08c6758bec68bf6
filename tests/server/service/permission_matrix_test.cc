// Who may call what: every method of every plane, with every request that asks
// for another permission, as every role and with no and with a wrong
// credential. What must come of it is written down here, and shares nothing
// with the daemon's own table.

#include <gmock/gmock.h>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/dynamic_message.h>
#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "tests/server/support/raw_call.h"
#include "tests/server/support/service_fixture.h"

namespace heapd::server {
namespace {

using google::protobuf::DescriptorPool;
using google::protobuf::Message;
using google::protobuf::MethodDescriptor;

// One request and what is asked for.
struct Row {
  const char* method;
  // $REDACTED and $STRINGS are snapshots of "shop", $GONE is one to remove.
  const char* request;
  // Roles that may, beside `everything`.
  const char* permitted;
  // The permission that the others are told to lack; of several, one.
  const char* missing;
  // What becomes of `outsider`, who may do everything, but with another heap.
  enum Outsider { kRefused, kSeesNothing, kNotFound } outsider = kRefused;
};

constexpr char kShop[] = "heap: 'shop'";
constexpr char kRedacted[] = "snapshot: '$REDACTED'";
constexpr char kReadingBatch[] =
    "heap: 'shop' batch { kinds: OPERATION_KIND_READ_SLOT "
    "kinds: OPERATION_KIND_READ_PAYLOAD }";
constexpr char kWritingBatch[] =
    "heap: 'shop' batch { kinds: OPERATION_KIND_UNROOT }";
constexpr char kMixedBatch[] =
    "heap: 'shop' batch { kinds: OPERATION_KIND_UNROOT "
    "kinds: OPERATION_KIND_READ_PAYLOAD }";

const Row kRows[] = {
    {"HeapService/CreateHeap", "heap: 'shop' limit_bytes: 1", "admin remover",
     "admin"},
    {"HeapService/GetHeap", kShop, "read", "read"},
    {"HeapService/ListHeaps", "", "read", "read", Row::kSeesNothing},
    {"HeapService/UpdateHeap", kShop, "admin remover", "admin"},
    {"HeapService/DeleteHeap", "heap: 'shop-none'", "admin remover", "admin"},

    {"ObjectService/OpenSession", kShop, "mutate", "mutate"},
    {"ObjectService/RenewSession", kShop, "mutate", "mutate"},
    {"ObjectService/CloseSession", kShop, "mutate", "mutate"},
    {"ObjectService/PushScope", kShop, "mutate", "mutate"},
    {"ObjectService/PopScope", kShop, "mutate", "mutate"},
    {"ObjectService/DefineType", kShop, "mutate", "mutate"},
    {"ObjectService/ListTypes", kShop, "read", "read"},
    {"ObjectService/AllocateObject", kShop, "mutate", "mutate"},
    {"ObjectService/AllocateString", kShop, "mutate", "mutate"},
    {"ObjectService/ReadObject", kShop, "read", "read"},
    {"ObjectService/WriteObject", kShop, "mutate", "mutate"},
    {"ObjectService/CopyObject", kShop, "mutate", "mutate"},
    {"ObjectService/LinkObject", kShop, "mutate", "mutate"},
    {"ObjectService/UnlinkObject", kShop, "mutate", "mutate"},
    {"ObjectService/AddSlots", kShop, "mutate", "mutate"},
    {"ObjectService/HoldObject", kShop, "mutate", "mutate"},
    {"ObjectService/ReleaseObject", kShop, "mutate", "mutate"},
    {"ObjectService/RootObject", kShop, "mutate", "mutate"},
    {"ObjectService/UnrootObject", kShop, "mutate", "mutate"},
    {"ObjectService/GetRoot", kShop, "read", "read"},
    {"ObjectService/ListRoots", kShop, "read", "read"},
    {"ObjectService/Apply", kReadingBatch, "read", "read"},
    {"ObjectService/Apply", kWritingBatch, "mutate", "read mutate"},
    {"ObjectService/Apply", kMixedBatch, "", "read mutate"},
    {"ObjectService/Apply", kShop, "mutate", "read mutate"},
    {"ObjectService/Pipeline", kReadingBatch, "read", "read"},
    {"ObjectService/Pipeline", kWritingBatch, "mutate", "read mutate"},
    {"ObjectService/Pipeline", kMixedBatch, "", "read mutate"},
    {"ObjectService/Pipeline", kShop, "mutate", "read mutate"},
    {"ObjectService/Traverse", kShop, "read", "read"},

    {"CollectorService/CollectHeap", kShop, "collect", "collect"},
    {"CollectorService/GetStats", kShop, "metrics", "metrics"},
    {"CollectorService/WatchCollections", kShop, "metrics", "metrics"},
    {"CollectorService/ExplainObject", kShop, "read", "read"},
    {"CollectorService/AnalyzeHeap", kShop, "read", "read"},
    {"CollectorService/ListSessions", kShop, "read", "read"},
    {"CollectorService/VerifyHeap", kShop, "collect", "collect"},

    {"SnapshotService/CreateSnapshot", kShop, "snapshot taker remover",
     "snapshot"},
    {"SnapshotService/CreateSnapshot", "heap: 'shop' include_strings: true",
     "taker", "snapshot snapshot-with-values"},
    {"SnapshotService/GetSnapshot", kRedacted, "snapshot taker remover",
     "snapshot", Row::kNotFound},
    {"SnapshotService/ListSnapshots", "", "snapshot taker remover", "snapshot",
     Row::kSeesNothing},
    {"SnapshotService/ListSnapshots", kShop, "snapshot taker remover",
     "snapshot"},
    {"SnapshotService/WatchSnapshot", kRedacted, "snapshot taker remover",
     "snapshot", Row::kNotFound},
    {"SnapshotService/DownloadSnapshot", kRedacted, "download fetcher",
     "download", Row::kNotFound},
    {"SnapshotService/DownloadSnapshot", "snapshot: '$STRINGS'", "fetcher",
     "download snapshot-with-values", Row::kNotFound},
    {"SnapshotService/CompareSnapshots",
     "base_snapshot: '$REDACTED' snapshot: '$STRINGS'",
     "snapshot taker remover", "snapshot", Row::kNotFound},
    {"SnapshotService/CancelSnapshot", kRedacted, "snapshot taker remover",
     "snapshot", Row::kNotFound},
    {"SnapshotService/DeleteSnapshot", "snapshot: '$GONE'", "remover",
     "snapshot admin", Row::kNotFound},
};

// Every role has its own name as its token.
const std::map<std::string, PermissionSet>& Roles() {
  static const auto& roles = *new std::map<std::string, PermissionSet>{
      {"nothing", {}},
      {"health", {Permission::kHealth}},
      {"metrics", {Permission::kMetrics}},
      {"read", {Permission::kRead}},
      {"mutate", {Permission::kMutate}},
      {"collect", {Permission::kCollect}},
      {"snapshot", {Permission::kSnapshot}},
      {"snapshot-with-values", {Permission::kSnapshotWithValues}},
      {"download", {Permission::kDownload}},
      {"admin", {Permission::kAdmin}},
      {"taker", {Permission::kSnapshot, Permission::kSnapshotWithValues}},
      {"fetcher", {Permission::kDownload, Permission::kSnapshotWithValues}},
      {"remover", {Permission::kSnapshot, Permission::kAdmin}},
      {"everything", PermissionSet::All()},
  };
  return roles;
}

PolicyRule Permit(const std::string& token, const std::string& heap,
                  PermissionSet permissions) {
  PolicyRule rule;
  rule.principals.emplace_back("token:" + token);
  rule.heaps.emplace_back(heap);
  rule.permissions = permissions;
  return rule;
}

class PermissionMatrixTest : public ServiceFixture {
 protected:
  explicit PermissionMatrixTest(const Config& config = SmallConfig())
      : ServiceFixture(config) {
    redacted_ = TakeSnapshot(false);
    strings_ = TakeSnapshot(true);
    gone_ = TakeSnapshot(false);
    std::vector<PolicyRule> rules;
    std::vector<std::pair<std::string, std::string>> tokens = {
        {"outsider", "outsider"}};
    for (const auto& [role, permissions] : Roles()) {
      tokens.emplace_back(role, role);
      rules.push_back(Permit(role, "shop*", permissions));
    }
    rules.push_back(Permit("outsider", "other", PermissionSet::All()));
    server_.SetTokens(tokens);
    server_.SetPolicy(Policy(std::move(rules)));
  }

  std::string TakeSnapshot(bool include_strings) {
    v1::CreateSnapshotRequest request;
    request.set_heap("shop");
    request.set_include_strings(include_strings);
    v1::CreateSnapshotResponse created;
    Call create(InProcessServer::kToken);
    EXPECT_SUCCEEDS(
        server_.snapshots->CreateSnapshot(&create, request, &created));
    v1::WatchSnapshotRequest watch;
    watch.set_snapshot(created.snapshot().snapshot());
    Call call(InProcessServer::kToken);
    const auto reader = server_.snapshots->WatchSnapshot(&call, watch);
    v1::WatchSnapshotResponse response;
    while (reader->Read(&response)) {
    }
    EXPECT_EQ(response.snapshot().state(), v1::SNAPSHOT_STATE_READY);
    return watch.snapshot();
  }

  static const MethodDescriptor& MethodOf(const Row& row) {
    const std::vector<std::string> names = absl::StrSplit(row.method, '/');
    const MethodDescriptor* const method =
        DescriptorPool::generated_pool()->FindMethodByName(
            absl::StrCat("heapd.v1.", names[0], ".", names[1]));
    HEAPD_CHECK(method != nullptr);
    return *method;
  }

  // `heap` replaces that of the request, if there is one.
  std::string RequestOf(const Row& row, const std::string& heap = "") const {
    const std::unique_ptr<Message> message(
        google::protobuf::MessageFactory::generated_factory()
            ->GetPrototype(MethodOf(row).input_type())
            ->New());
    std::string text = absl::StrReplaceAll(
        row.request,
        {{"$REDACTED", redacted_}, {"$STRINGS", strings_}, {"$GONE", gone_}});
    if (!heap.empty()) {
      text = absl::StrReplaceAll(text, {{"'shop'", "'" + heap + "'"}});
    }
    EXPECT_TRUE(
        google::protobuf::TextFormat::ParseFromString(text, message.get()))
        << text;
    return message->SerializeAsString();
  }

  // The planes that have the service.
  std::vector<std::shared_ptr<grpc::Channel>> ChannelsOf(const Row& row) const {
    const absl::string_view method = row.method;
    std::vector<std::shared_ptr<grpc::Channel>> channels;
    if (absl::StartsWith(method, "SnapshotService")) {
      return {server_.snapshots_channel()};
    }
    channels.push_back(server_.data_channel());
    if (!absl::StartsWith(method, "ObjectService")) {
      channels.push_back(server_.operations_channel());
    }
    return channels;
  }

  // What comes of the call; of a Pipeline, of its batch.
  RawAnswer Ask(const Row& row, const std::shared_ptr<grpc::Channel>& channel,
                const std::string& token, const std::string& request) {
    const std::string path = absl::StrCat("heapd.v1.", row.method);
    std::function<void()> on_open;
    if (absl::EndsWith(row.method, "WatchCollections")) {
      on_open = [this] {
        v1::CollectHeapRequest collect;
        collect.set_heap("shop");
        v1::CollectHeapResponse collected;
        Call call("everything");
        EXPECT_SUCCEEDS(
            server_.collector->CollectHeap(&call, collect, &collected));
      };
    }
    RawAnswer answer = RawCall(channel, path, token, request, on_open);
    // One that was open until it was left.
    if (on_open != nullptr && !answer.responses.empty()) {
      answer.status = grpc::Status::OK;
    }
    if (absl::EndsWith(row.method, "Pipeline") && answer.status.ok()) {
      v1::PipelineResponse response;
      if (answer.responses.size() == 1 &&
          response.ParseFromString(answer.responses[0]) &&
          response.has_error()) {
        answer.status = grpc::Status(
            static_cast<grpc::StatusCode>(response.error().code()),
            response.error().message(), response.error().SerializeAsString());
      }
    }
    return answer;
  }

  static bool IsOneOf(const std::string& word, const char* words) {
    const std::vector<std::string> all = absl::StrSplit(words, ' ');
    return std::find(all.begin(), all.end(), word) != all.end();
  }

  static void ExpectPermitted(const grpc::Status& status) {
    EXPECT_NE(status.error_code(), grpc::StatusCode::PERMISSION_DENIED)
        << status.error_message();
    EXPECT_NE(status.error_code(), grpc::StatusCode::UNAUTHENTICATED)
        << status.error_message();
    // The request was understood, as far as permissions go.
    EXPECT_NE(status.error_code(), grpc::StatusCode::UNIMPLEMENTED);
  }

  static void ExpectRefused(const grpc::Status& status, const Row& row) {
    EXPECT_THAT(status, FailsWith(grpc::StatusCode::PERMISSION_DENIED,
                                  "PERMISSION_MISSING"));
    const std::string missing = ErrorDetails(status).metadata("permission");
    EXPECT_TRUE(IsOneOf(missing, row.missing)) << missing;
    EXPECT_THAT(status.error_message(),
                ::testing::HasSubstr("'" + missing + "'"));
  }

  std::string PlaneOf(const std::shared_ptr<grpc::Channel>& channel) const {
    if (channel == server_.data_channel()) return "data plane";
    return channel == server_.operations_channel() ? "operations plane"
                                                   : "snapshots plane";
  }

  void ExpectWhatPermissionsSay();
  void ExpectNothingWithoutAGoodCredential();

  std::string redacted_;
  std::string strings_;
  std::string gone_;
};

TEST_F(PermissionMatrixTest, TheMatrixHasEveryMethod) {
  std::set<std::string> rows;
  for (const Row& row : kRows) rows.insert(row.method);
  for (const char* service : {"HeapService", "ObjectService",
                              "CollectorService", "SnapshotService"}) {
    const auto* const descriptor =
        DescriptorPool::generated_pool()->FindServiceByName(
            absl::StrCat("heapd.v1.", service));
    for (int i = 0; i < descriptor->method_count(); ++i) {
      const std::string method =
          absl::StrCat(service, "/", descriptor->method(i)->name());
      EXPECT_TRUE(rows.contains(method)) << method;
    }
  }
}

void PermissionMatrixTest::ExpectWhatPermissionsSay() {
  for (const Row& row : kRows) {
    const std::string request = RequestOf(row);
    for (const auto& channel : ChannelsOf(row)) {
      for (const auto& [role, permissions] : Roles()) {
        SCOPED_TRACE(absl::StrCat(row.method, " {", row.request, "} as ", role,
                                  " on the ", PlaneOf(channel)));
        const grpc::Status status = Ask(row, channel, role, request).status;
        if (role == "everything" || IsOneOf(role, row.permitted)) {
          ExpectPermitted(status);
          continue;
        }
        ExpectRefused(status, row);
        // Who may do nothing with the heap learns nothing of it.
        if (role == "nothing" || role == "health") {
          EXPECT_EQ(ErrorDetails(status).metadata("heap"), "");
          EXPECT_THAT(status.error_message(),
                      ::testing::Not(::testing::HasSubstr("shop")));
        }
      }
    }
  }
}

void PermissionMatrixTest::ExpectNothingWithoutAGoodCredential() {
  for (const Row& row : kRows) {
    const std::string request = RequestOf(row);
    for (const auto& channel : ChannelsOf(row)) {
      SCOPED_TRACE(absl::StrCat(row.method, " {", row.request, "}"));
      EXPECT_THAT(
          Ask(row, channel, "", request).status,
          FailsWith(grpc::StatusCode::UNAUTHENTICATED, "CREDENTIALS_MISSING"));
      EXPECT_THAT(
          Ask(row, channel, "a-wrong-token", request).status,
          FailsWith(grpc::StatusCode::UNAUTHENTICATED, "CREDENTIALS_INVALID"));
    }
  }
}

TEST_F(PermissionMatrixTest, EveryRoleMayDoWhatItsPermissionsSay) {
  ExpectWhatPermissionsSay();
}

TEST_F(PermissionMatrixTest, WithoutAGoodCredentialNothingIsPermitted) {
  ExpectNothingWithoutAGoodCredential();
}

// Snapshots on a plane of their own.
class SnapshotPlaneMatrixTest : public PermissionMatrixTest {
 protected:
  SnapshotPlaneMatrixTest() : PermissionMatrixTest(ConfigOfPlane()) {}

  static Config ConfigOfPlane() {
    Config config = SmallConfig();
    config.listen_snapshots = {"127.0.0.1:0"};
    return config;
  }
};

TEST_F(SnapshotPlaneMatrixTest, EveryRoleMayDoWhatItsPermissionsSay) {
  ExpectWhatPermissionsSay();
  ExpectNothingWithoutAGoodCredential();
}

TEST_F(SnapshotPlaneMatrixTest, NoOtherPlaneHasSnapshotsAndItHasNothingElse) {
  for (const Row& row : kRows) {
    const bool is_snapshot = absl::StartsWith(row.method, "SnapshotService");
    std::vector<std::shared_ptr<grpc::Channel>> others;
    if (is_snapshot) {
      others = {server_.data_channel(), server_.operations_channel()};
    } else {
      others = {server_.snapshots_channel()};
    }
    for (const auto& channel : others) {
      SCOPED_TRACE(absl::StrCat(row.method, " on the ", PlaneOf(channel)));
      EXPECT_EQ(RawCall(channel, absl::StrCat("heapd.v1.", row.method),
                        "everything", RequestOf(row), nullptr)
                    .status.error_code(),
                grpc::StatusCode::UNIMPLEMENTED);
    }
  }
}

TEST_F(PermissionMatrixTest, ToAnOutsiderTheHeapIsNotThere) {
  for (const Row& row : kRows) {
    for (const auto& channel : ChannelsOf(row)) {
      SCOPED_TRACE(absl::StrCat(row.method, " {", row.request, "}"));
      const RawAnswer answer = Ask(row, channel, "outsider", RequestOf(row));
      switch (row.outsider) {
        case Row::kRefused:
          ExpectRefused(answer.status, row);
          EXPECT_EQ(ErrorDetails(answer.status).metadata("heap"), "");
          break;
        case Row::kSeesNothing:
          EXPECT_TRUE(answer.status.ok()) << answer.status.error_message();
          EXPECT_EQ(answer.responses, std::vector<std::string>{""});
          break;
        case Row::kNotFound:
          EXPECT_THAT(answer.status, FailsWith(grpc::StatusCode::NOT_FOUND,
                                               "SNAPSHOT_NOT_FOUND"));
          break;
      }
    }
  }
}

TEST_F(PermissionMatrixTest, AnOutsiderHearsTheSameOfAHeapThatThereIsNot) {
  for (const Row& row : kRows) {
    if (absl::StrContains(row.request, "$")) continue;
    for (const auto& channel : ChannelsOf(row)) {
      SCOPED_TRACE(absl::StrCat(row.method, " {", row.request, "}"));
      for (const char* token : {"outsider", "nothing", ""}) {
        const RawAnswer there = Ask(row, channel, token, RequestOf(row));
        const RawAnswer not_there =
            Ask(row, channel, token, RequestOf(row, "shopnone"));
        EXPECT_EQ(there.status.error_code(), not_there.status.error_code());
        EXPECT_EQ(there.status.error_message(),
                  not_there.status.error_message());
        EXPECT_EQ(there.status.error_details(),
                  not_there.status.error_details());
        EXPECT_EQ(there.responses, not_there.responses);
      }
    }
  }
}

}  // namespace
}  // namespace heapd::server
