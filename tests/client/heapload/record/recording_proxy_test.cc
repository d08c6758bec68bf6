#include "client/heapload/record/recording_proxy.h"

#include <chrono>
#include <fstream>
#include <sstream>
#include <string>

#include "absl/strings/match.h"
#include "client/heapd/status.h"
#include "client/heapload/record/keyed_hash.h"
#include "client/heapload/record/listen_address.h"
#include "client/heapload/record/recording_reader.h"
#include "grpcpp/grpcpp.h"
#include "gtest/gtest.h"
#include "heapd/v1/object_service.grpc.pb.h"
#include "tests/client/heapload/record/daemon_fixture.h"

namespace heapd::heapload {
namespace {

using client::BatchBuilder;
using client::TypeId;

using RecordingProxyTest = DaemonFixture;

std::unique_ptr<v1::ObjectService::Stub> StubOf(const std::string& address) {
  return v1::ObjectService::NewStub(
      grpc::CreateChannel(address, grpc::InsecureChannelCredentials()));
}

TEST_F(RecordingProxyTest, PassesDetailsOfErrorsUnchanged) {
  auto proxy = StartProxy(Path("a.rec"));
  v1::ReadObjectRequest request;
  request.set_heap("none");
  request.set_ref(7);
  v1::ReadObjectResponse response;
  grpc::ClientContext direct_context;
  const grpc::Status direct =
      StubOf(address_)->ReadObject(&direct_context, request, &response);
  grpc::ClientContext context;
  const grpc::Status passed =
      StubOf(proxy->address())->ReadObject(&context, request, &response);
  EXPECT_EQ(passed.error_code(), direct.error_code());
  EXPECT_EQ(passed.error_message(), direct.error_message());
  EXPECT_EQ(passed.error_details(), direct.error_details());
  EXPECT_NE(passed.error_details(), "");
  EXPECT_EQ(context.GetServerTrailingMetadata().size(),
            direct_context.GetServerTrailingMetadata().size());
}

TEST_F(RecordingProxyTest, PassesWatchesAndTheirCancellation) {
  auto proxy = StartProxy(Path("a.rec"));
  const auto client = Connect(proxy->address());
  ASSERT_TRUE(client->CreateHeap("heap").ok());
  // A watch sends nothing until something is collected, and ends when its
  // deadline passes, here and in the daemon.
  const absl::Status timeout = client->WatchCollections(
      "heap", v1::COLLECTION_KIND_UNSPECIFIED, absl::Milliseconds(50),
      [](const v1::WatchCollectionsResponse&) { return true; });
  EXPECT_EQ(timeout.code(), absl::StatusCode::kDeadlineExceeded);
  auto collector = v1::CollectorService::NewStub(grpc::CreateChannel(
      proxy->address(), grpc::InsecureChannelCredentials()));
  grpc::ClientContext context;
  v1::WatchCollectionsRequest request;
  request.set_heap("heap");
  auto stream = collector->WatchCollections(&context, request);
  stream->WaitForInitialMetadata();
  ASSERT_TRUE(client->Collect("heap").ok());
  v1::WatchCollectionsResponse response;
  EXPECT_TRUE(stream->Read(&response));
  context.TryCancel();
  EXPECT_EQ(stream->Finish().error_code(), grpc::StatusCode::CANCELLED);
}

TEST_F(RecordingProxyTest, HoldsNoPayloadAndNoString) {
  constexpr char kCanary[] = "canary-of-a-payload-0123456789";
  constexpr char kStringCanary[] = "canary-of-a-string-0123456789";
  {
    auto proxy = StartProxy(Path("a.rec"), RelayOrder::kAsTheyCome,
                            RecordedNames::kHash);
    const auto client = Connect(proxy->address());
    ASSERT_TRUE(client->CreateHeap("heap").ok());
    auto session = client->OpenSession("heap", {.label = "canary-of-a-label"});
    ASSERT_TRUE(session.ok());
    const auto type = session->DefineType("canary-of-a-type", {"canary-slot"});
    ASSERT_TRUE(type.ok());
    const auto ref = session->Allocate(*type, kCanary);
    ASSERT_TRUE(ref.ok());
    ASSERT_TRUE(session->AllocateString(kStringCanary).ok());
    ASSERT_TRUE(session->Write(*ref, 0, "canary-w").ok());
    ASSERT_TRUE(session->Root("canary-of-a-root", *ref).ok());
    BatchBuilder batch;
    batch.Allocate(*type, kCanary);
    batch.AllocateString(kStringCanary);
    ASSERT_TRUE(session->Apply(std::move(batch)).ok());
    StopAndCount(*proxy);
  }
  auto reader = RecordingReader::Open(Path("a.rec"));
  ASSERT_TRUE(reader.ok());
  recording::Entry entry;
  int strings = 0;
  uint64_t hash = 0;
  while (true) {
    const auto more = (*reader)->Next(&entry);
    ASSERT_TRUE(more.ok()) << more.status();
    if (!*more) break;
    EXPECT_FALSE(absl::StrContains(entry.SerializeAsString(), "canary"))
        << entry.ShortDebugString();
    for (const uint64_t found : entry.string_hashes()) {
      // Equal strings stay equal.
      if (strings++ > 0) {
        EXPECT_EQ(found, hash);
      }
      hash = found;
    }
  }
  EXPECT_EQ(strings, 2);
  EXPECT_EQ((*reader)->cut_off(), "");
}

TEST_F(RecordingProxyTest, ListensOnLoopbackOnly) {
  EXPECT_TRUE(ParseListenAddress("127.0.0.1:0").ok());
  EXPECT_TRUE(ParseListenAddress("[::1]:80").ok());
  EXPECT_EQ(*ParseListenAddress("localhost:80"), "127.0.0.1:80");
  for (const char* refused :
       {"0.0.0.0:80", "example.org:80", "127.0.0.1", "127.0.0.1:65536", ""}) {
    EXPECT_TRUE(absl::IsInvalidArgument(ParseListenAddress(refused).status()))
        << refused;
  }
  auto proxy = StartProxy(Path("a.rec"));
  RecordingProxyOptions second;
  second.listen = proxy->address();
  second.address = address_;
  second.file = Path("b.rec");
  EXPECT_EQ(RecordingProxy::Start(second).status().code(),
            absl::StatusCode::kUnavailable);
  EXPECT_FALSE(std::ifstream(Path("b.rec")).good());
}

TEST_F(RecordingProxyTest, AnotherRecordingHasAnotherKey) {
  EXPECT_EQ(KeyedHash().Name(""), "");
  EXPECT_NE(KeyedHash().Hash("same"), KeyedHash().Hash("same"));
  const KeyedHash hash;
  EXPECT_EQ(hash.Hash("same"), hash.Hash("same"));
}

}  // namespace
}  // namespace heapd::heapload
