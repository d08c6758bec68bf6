// Planted in the payloads and strings of 1,000 random heaps: a word that must
// appear in nothing that the daemon writes or says unasked. The seed is
// printed; HEAPD_TEST_SEED takes one.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "server/ops/logging.h"
#include "tests/server/storage/memory_store.h"
#include "tests/server/support/service_fixture.h"
#include "tests/server/support/temporary_directory.h"

namespace heapd::server {
namespace {

constexpr int kHeaps = 1000;

uint64_t Seed() {
  const char* const text = std::getenv("HEAPD_TEST_SEED");
  const uint64_t seed = text != nullptr ? std::strtoull(text, nullptr, 10)
                                        : std::random_device()();
  std::printf("HEAPD_TEST_SEED=%llu\n", static_cast<unsigned long long>(seed));
  return seed;
}

// In memory where the system has that: an audit log flushes each line.
std::string ShortLivedParent() {
  return std::filesystem::is_directory("/dev/shm") ? "/dev/shm" : "/tmp";
}

Config AuditedConfig(const TemporaryDirectory& directory) {
  Config config = SmallConfig();
  config.audit_file = directory.Path("audit.log");
  return config;
}

class CanaryTest : public ::testing::Test {
 protected:
  CanaryTest()
      : random_(Seed()),
        directory_(ShortLivedParent()),
        server_(AuditedConfig(directory_), [this](const std::string&) {
          return std::make_unique<MemoryStore>(store_);
        }) {
    // Not in any name or code, so that only content can bring it in.
    for (int i = 0; i < 12; ++i) {
      canary_ += static_cast<char>('A' + random_() % 26);
    }
  }

  uint64_t Below(uint64_t bound) { return random_() % bound; }

  // Some text around the canary, so that it stands at the front, at the end,
  // or behind what is cut off elsewhere.
  std::string Content() {
    const auto filling = [this] {
      return std::string(Below(4) == 0 ? Below(1500) : Below(20), 'c');
    };
    return absl::StrCat(filling(), canary_, filling());
  }

  // The word, also in the forms that bytes take in JSON and in logs.
  void ExpectNoCanary(const std::string& text, const std::string& where) {
    const absl::string_view word = canary_;
    EXPECT_FALSE(absl::StrContains(text, word.substr(0, 8))) << where;
    EXPECT_FALSE(absl::StrContains(text, word.substr(4))) << where;
    EXPECT_FALSE(absl::StrContains(text, absl::BytesToHexString(word)))
        << where;
    // Three letters are four of base64, wherever they stand.
    for (const size_t offset : {0, 1, 2}) {
      EXPECT_FALSE(
          absl::StrContains(text, absl::Base64Escape(word.substr(offset, 9))))
          << where;
    }
  }
  void ExpectRefusedInSilence(const grpc::Status& status) {
    EXPECT_FALSE(status.ok());
    ExpectNoCanary(status.error_message() + status.error_details(),
                   "an error of code " + std::to_string(status.error_code()));
  }

  // The first call of each kind that fails is a failure of the test.
  template <typename Stub, typename Request, typename Response>
  grpc::Status Do(const std::unique_ptr<Stub>& stub,
                  grpc::Status (Stub::*method)(grpc::ClientContext*,
                                               const Request&, Response*),
                  const Request& request, Response* response) {
    Call call(InProcessServer::kToken);
    return (stub.get()->*method)(&call, request, response);
  }

  using Objects = v1::ObjectService::Stub;

  void MakeHeap(const std::string& heap) {
    v1::CreateHeapRequest request;
    request.set_heap(heap);
    request.set_limit_bytes(uint64_t{8} << 20);
    v1::CreateHeapResponse response;
    ASSERT_SUCCEEDS(Do(server_.heaps, &v1::HeapService::Stub::CreateHeap,
                       request, &response));
    v1::OpenSessionRequest open;
    open.set_heap(heap);
    v1::OpenSessionResponse opened;
    ASSERT_SUCCEEDS(Do(server_.objects, &Objects::OpenSession, open, &opened));
    session_ = opened.session();
    v1::DefineTypeRequest type;
    type.set_heap(heap);
    type.mutable_type()->set_name("Item");
    v1::DefineTypeResponse defined;
    ASSERT_SUCCEEDS(Do(server_.objects, &Objects::DefineType, type, &defined));
    type_ = defined.type();
  }

  void FillHeap(const std::string& heap) {
    std::vector<uint64_t> refs;
    const uint64_t count = 2 + Below(5);
    for (uint64_t i = 0; i < count; ++i) {
      if (Below(2) == 0) {
        v1::AllocateStringRequest request;
        request.set_heap(heap);
        request.set_session(session_);
        request.set_content(Content());
        v1::AllocateStringResponse response;
        ASSERT_SUCCEEDS(
            Do(server_.objects, &Objects::AllocateString, request, &response));
        refs.push_back(response.ref());
        continue;
      }
      v1::AllocateObjectRequest request;
      request.set_heap(heap);
      request.set_session(session_);
      request.set_type(type_);
      request.set_payload(Content());
      for (const uint64_t ref : refs) {
        if (Below(2) == 0) request.add_values()->set_strong_ref(ref);
      }
      v1::AllocateObjectResponse response;
      ASSERT_SUCCEEDS(
          Do(server_.objects, &Objects::AllocateObject, request, &response));
      refs.push_back(response.ref());
    }
    Misuse(heap, refs.front());
  }

  // Calls that fail and carry the word where content stands.
  void Misuse(const std::string& heap, uint64_t ref) {
    v1::WriteObjectRequest write;
    write.set_heap(heap);
    write.set_ref(ref);
    write.set_payload_offset(1 << 20);
    write.set_payload(Content());
    v1::WriteObjectResponse written;
    ExpectRefusedInSilence(
        Do(server_.objects, &Objects::WriteObject, write, &written));
    v1::AllocateObjectRequest object;
    object.set_heap(heap);
    object.set_session(session_);
    object.set_type(type_ + 100);
    object.set_payload(Content());
    v1::AllocateObjectResponse allocated;
    ExpectRefusedInSilence(
        Do(server_.objects, &Objects::AllocateObject, object, &allocated));
    v1::AllocateStringRequest text;
    text.set_heap("no-such-heap");
    text.set_session(session_);
    text.set_content(Content());
    v1::AllocateStringResponse made;
    ExpectRefusedInSilence(
        Do(server_.objects, &Objects::AllocateString, text, &made));
    v1::ApplyRequest apply;
    apply.set_heap(heap);
    apply.set_session(session_);
    v1::Batch* const batch = apply.mutable_batch();
    batch->add_kinds(v1::OPERATION_KIND_ALLOCATE_STRING);
    batch->add_sizes(1 << 20);
    batch->set_payloads(Content());
    v1::ApplyResponse applied;
    ExpectRefusedInSilence(
        Do(server_.objects, &Objects::Apply, apply, &applied));
  }

  // Asks the catalog, for a watch of the service takes its time.
  SnapshotState AwaitEnd(const std::string& snapshot) {
    uint64_t version = 0;
    for (;;) {
      const auto record =
          server_.catalog().AwaitChange(snapshot, absl::Seconds(30), version);
      if (!record.ok()) return SnapshotState::kFailed;
      if (record->state != SnapshotState::kWriting) return record->state;
    }
  }

  // Everything that a snapshot of the heap left in the store.
  std::string TakeSnapshot(const std::string& heap, bool include_strings) {
    v1::CreateSnapshotRequest request;
    request.set_heap(heap);
    request.set_include_strings(include_strings);
    v1::CreateSnapshotResponse created;
    EXPECT_SUCCEEDS(Do(server_.snapshots,
                       &v1::SnapshotService::Stub::CreateSnapshot, request,
                       &created));
    EXPECT_EQ(AwaitEnd(created.snapshot().snapshot()), SnapshotState::kReady);
    const absl::MutexLock lock(&store_->mu);
    std::string all;
    for (const auto& [name, data] : store_->blobs) absl::StrAppend(&all, data);
    EXPECT_GT(all.size(), 500u);
    store_->blobs.clear();
    return all;
  }

  void RemoveHeap(const std::string& heap) {
    v1::DeleteHeapRequest request;
    request.set_heap(heap);
    v1::DeleteHeapResponse response;
    ASSERT_SUCCEEDS(Do(server_.heaps, &v1::HeapService::Stub::DeleteHeap,
                       request, &response));
  }

  std::mt19937_64 random_;
  std::string canary_;
  const std::shared_ptr<MemoryStore::State> store_ =
      std::make_shared<MemoryStore::State>();
  const TemporaryDirectory directory_;
  InProcessServer server_;
  uint64_t session_ = 0;
  uint32_t type_ = 0;
};

TEST_F(CanaryTest, WhatIsRedactedSaysNothing) {
  InitLogging(LogLevel::kDebug, LogFormat::kText);
  ::testing::internal::CaptureStderr();
  for (int i = 0; i < kHeaps && !HasFailure(); ++i) {
    const std::string heap = absl::StrCat("heap-", i);
    SCOPED_TRACE(heap);
    MakeHeap(heap);
    FillHeap(heap);
    ExpectNoCanary(TakeSnapshot(heap, false), "a redacted snapshot");
    RemoveHeap(heap);
  }
  const std::string log = ::testing::internal::GetCapturedStderr();
  InitLogging(LogLevel::kInfo, LogFormat::kText);
  ExpectNoCanary(log, "the log");
  ExpectNoCanary(directory_.Read("audit.log"), "the audit log");
  // Something was looked through.
  EXPECT_TRUE(absl::StrContains(log, "snapshot_ready"));
  EXPECT_TRUE(absl::StrContains(directory_.Read("audit.log"), "heap-0"));
}

TEST_F(CanaryTest, WhatWasAskedForIsThereAndPayloadsStillAreNot) {
  MakeHeap("strings");
  v1::AllocateStringRequest request;
  request.set_heap("strings");
  request.set_session(session_);
  request.set_content("text " + canary_);
  v1::AllocateStringResponse response;
  ASSERT_SUCCEEDS(
      Do(server_.objects, &Objects::AllocateString, request, &response));
  EXPECT_TRUE(absl::StrContains(TakeSnapshot("strings", true), canary_));
  ExpectNoCanary(TakeSnapshot("strings", false), "the redacted one");
  MakeHeap("payloads");
  v1::AllocateObjectRequest object;
  object.set_heap("payloads");
  object.set_session(session_);
  object.set_type(type_);
  object.set_payload(canary_);
  v1::AllocateObjectResponse allocated;
  ASSERT_SUCCEEDS(
      Do(server_.objects, &Objects::AllocateObject, object, &allocated));
  ExpectNoCanary(TakeSnapshot("payloads", true), "payloads");
}

}  // namespace
}  // namespace heapd::server
