#include "client/heapd/client.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_split.h"
#include "client/heapd/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/client/heapd/fake_clock.h"
#include "tests/client/heapd/fake_daemon.h"

namespace heapd::client {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

absl::Status Overloaded() {
  return ErrorWithReason(absl::StatusCode::kResourceExhausted, "busy",
                         "OVERLOADED");
}

class ClientTest : public testing::Test {
 protected:
  std::unique_ptr<Client> Connect(RequestIds ids = RequestIds::kGenerate) {
    ClientOptions options;
    options.clock = &clock_;
    options.request_ids = ids;
    absl::StatusOr<std::unique_ptr<Client>> client =
        Client::Connect(daemon_.address(), options);
    EXPECT_TRUE(client.ok()) << client.status();
    return *std::move(client);
  }

  FakeDaemon daemon_;
  FakeClock clock_;
};

TEST_F(ClientTest, ARetryHasTheRequestIdOfTheFirstAttempt) {
  const auto client = Connect();
  daemon_.FailNext(absl::UnavailableError("connection reset"));
  daemon_.FailNext(Overloaded());
  const RemoteHeap heap = client->Heap("h", SessionId(1));
  ASSERT_TRUE(heap.Allocate(TypeId(1), "payload").ok());
  const std::vector<std::string> calls = daemon_.calls();
  ASSERT_THAT(calls, SizeIs(3));
  EXPECT_EQ(calls[0], calls[1]);
  EXPECT_EQ(calls[1], calls[2]);
  EXPECT_GT(calls[0].size(), std::string("AllocateObject ").size() + 16);
  EXPECT_LE(calls[0].size(), std::string("AllocateObject ").size() + 64);
}

TEST_F(ClientTest, EveryCallHasARequestIdOfItsOwn) {
  const auto client = Connect();
  const auto other = Connect();
  for (const auto& each : {client.get(), client.get(), other.get()}) {
    ASSERT_TRUE(each->Heap("h", SessionId(1)).Allocate(TypeId(1), "").ok());
  }
  const std::vector<std::string> calls = daemon_.calls();
  ASSERT_THAT(calls, SizeIs(3));
  EXPECT_NE(calls[0], calls[1]);
  EXPECT_NE(calls[1], calls[2]);
  EXPECT_NE(calls[0], calls[2]);
}

TEST_F(ClientTest, ACutConnectionIsNotRetriedWithoutRequestIds) {
  const auto client = Connect(RequestIds::kNone);
  daemon_.FailNext(absl::UnavailableError("connection reset"));
  const RemoteHeap heap = client->Heap("h", SessionId(1));
  EXPECT_TRUE(
      absl::IsUnavailable(heap.Allocate(TypeId(1), "payload").status()));
  EXPECT_THAT(daemon_.calls(), ElementsAre("AllocateObject "));
  daemon_.FailNext(absl::UnavailableError("connection reset"));
  EXPECT_TRUE(client->GetHeap("h").ok()) << "a read is safe";
}

TEST_F(ClientTest, CreateHeapIsNotRetriedWhenItMayHaveBeenDone) {
  const auto client = Connect();
  daemon_.FailNext(absl::UnavailableError("connection reset"));
  EXPECT_TRUE(absl::IsUnavailable(client->CreateHeap("h").status()));
  EXPECT_EQ(daemon_.CallCount("CreateHeap"), 1u);
}

TEST_F(ClientTest, AFullHeapIsReportedAtOnce) {
  const auto client = Connect();
  daemon_.FailNext(ErrorWithReason(absl::StatusCode::kResourceExhausted, "full",
                                   "HEAP_LIMIT"));
  BatchBuilder batch;
  batch.AllocateUnheld(TypeId(1), "");
  const absl::Status status =
      client->Heap("h").Apply(std::move(batch)).status();
  EXPECT_EQ(ErrorReason(status), "HEAP_LIMIT");
  EXPECT_EQ(daemon_.CallCount("Apply"), 1u);
}

TEST_F(ClientTest, GivesUpAfterTheAttemptsOfItsOptions) {
  const auto client = Connect();
  for (int i = 0; i < 10; ++i) daemon_.FailNext(Overloaded());
  EXPECT_EQ(ErrorReason(client->GetHeap("h").status()), "OVERLOADED");
  EXPECT_EQ(daemon_.CallCount("GetHeap"), 6u);
}

TEST_F(ClientTest, NobodyListeningIsUnavailable) {
  ClientOptions options;
  options.clock = &clock_;
  // Port 1 needs privileges that no test has, and nothing listens there.
  const auto client = Client::Connect("127.0.0.1:1", options);
  ASSERT_TRUE(client.ok());
  EXPECT_TRUE(absl::IsUnavailable((*client)->GetHeap("h").status()));
  EXPECT_THAT(clock_.waits(), SizeIs(5)) << "six attempts";
}

TEST_F(ClientTest, ListsAllPages) {
  const auto heaps = Connect()->ListHeaps();
  ASSERT_TRUE(heaps.ok());
  ASSERT_THAT(*heaps, SizeIs(2));
  EXPECT_EQ((*heaps)[0].heap(), "alpha");
  EXPECT_EQ((*heaps)[1].heap(), "beta");
}

TEST_F(ClientTest, AppliesABatchAndReadsItsResult) {
  const auto client = Connect();
  BatchBuilder batch;
  const LocalRef object = batch.AllocateUnheld(TypeId(1), "");
  const PayloadRead payload = batch.ReadPayload(Ref(3));
  const auto result = client->Heap("h").Apply(std::move(batch));
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->ref(object), Ref(101));
  EXPECT_EQ(result->payload(payload), "ppp");
}

TEST(ParseAddressTest, TakesTcpAndUnixAddresses) {
  EXPECT_EQ(ParseAddress("127.0.0.1:7700").value(), "dns:///127.0.0.1:7700");
  EXPECT_EQ(ParseAddress("[::1]:7700").value(), "dns:///[::1]:7700");
  EXPECT_EQ(ParseAddress("localhost:7700").value(), "dns:///localhost:7700");
  EXPECT_EQ(ParseAddress("unix:/run/heapd.sock").value(),
            "unix:/run/heapd.sock");
  for (const char* text :
       {"", "localhost", ":7700", "localhost:", "host:0", "host:65536",
        "::1:7700", "unix:", "http://host:1", "host:77x"}) {
    EXPECT_TRUE(absl::IsInvalidArgument(ParseAddress(text).status())) << text;
  }
}

}  // namespace
}  // namespace heapd::client
