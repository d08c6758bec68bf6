#include "client/heapd/heap_metadata.h"

#include <memory>
#include <string>

#include "client/heapd/client.h"
#include "gtest/gtest.h"
#include "tests/client/heapd/fake_daemon.h"

namespace heapd::client {
namespace {

class HeapMetadataTest : public testing::Test {
 protected:
  HeapMetadataTest() { client_ = *Client::Connect(daemon_.address()); }

  FakeDaemon daemon_;
  std::unique_ptr<Client> client_;
};

TEST_F(HeapMetadataTest, CallsNameTheHeapThatTheyAreAbout) {
  ASSERT_TRUE(client_->CreateHeap("made").ok());
  EXPECT_EQ(daemon_.heap_metadata("CreateHeap"), "made");
  ASSERT_TRUE(client_->GetHeap("asked-for").ok());
  EXPECT_EQ(daemon_.heap_metadata("GetHeap"), "asked-for");
  BatchBuilder batch;
  batch.AllocateUnheld(TypeId(1), "");
  ASSERT_TRUE(client_->Heap("changed").Apply(std::move(batch)).ok());
  EXPECT_EQ(daemon_.heap_metadata("Apply"), "changed");
}

TEST_F(HeapMetadataTest, ACallAboutNoHeapNamesNone) {
  ASSERT_TRUE(client_->ListHeaps().ok());
  EXPECT_EQ(daemon_.heap_metadata("ListHeaps"), "");
}

TEST_F(HeapMetadataTest, SoDoRenewalsAndTheEndOfASession) {
  daemon_.SetTimeToLive(absl::Milliseconds(60));
  {
    const auto session = client_->OpenSession("held");
    ASSERT_TRUE(session.ok()) << session.status();
    ASSERT_TRUE(daemon_.WaitForCalls("RenewSession", 1));
  }
  EXPECT_EQ(daemon_.heap_metadata("OpenSession"), "held");
  EXPECT_EQ(daemon_.heap_metadata("RenewSession"), "held");
  EXPECT_EQ(daemon_.heap_metadata("CloseSession"), "held");
}

TEST_F(HeapMetadataTest, SoDoPipelines) {
  const auto pipeline = client_->Heap("streamed").OpenPipeline({});
  ASSERT_TRUE(pipeline.ok()) << pipeline.status();
  BatchBuilder batch;
  batch.AllocateUnheld(TypeId(1), "");
  ASSERT_TRUE((*pipeline)->Send(std::move(batch)).ok());
  ASSERT_TRUE((*pipeline)->Receive().ok());
  EXPECT_EQ(daemon_.heap_metadata("Pipeline"), "streamed");
}

// gRPC would end the process.
TEST_F(HeapMetadataTest, ANameThatHttpDoesNotAllowIsLeftOut) {
  for (const std::string& name :
       {std::string("a\nb"), std::string("\xc3\xa4"), std::string("a\0b", 3),
        std::string(5000, 'a'), std::string()}) {
    client_->GetHeap(name).IgnoreError();
    EXPECT_EQ(daemon_.heap_metadata("GetHeap"), "") << name;
  }
}

}  // namespace
}  // namespace heapd::client
