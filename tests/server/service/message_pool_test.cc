#include "server/service/message_pool.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "heapd/v1/object_service.pb.h"

namespace heapd::server {
namespace {

using Pool = MessagePool<v1::ApplyRequest>;

TEST(MessagePoolTest, AMessageComesBackEmpty) {
  Pool pool;
  const v1::ApplyRequest* address = nullptr;
  {
    PooledMessage<v1::ApplyRequest> message(&pool);
    (*message).set_heap("shop");
    (*message).mutable_batch()->add_refs(7);
    address = &*message;
  }
  PooledMessage<v1::ApplyRequest> again(&pool);
  EXPECT_EQ(&*again, address);
  EXPECT_EQ((*again).ByteSizeLong(), 0u);
}

TEST(MessagePoolTest, AMessageKeepsTheMemoryOfItsColumns) {
  MessagePool<v1::ApplyRequest> requests;
  MessagePool<v1::ApplyResponse> responses;
  {
    PooledMessage<v1::ApplyRequest> request(&requests);
    (*request).mutable_batch()->mutable_refs()->Resize(1000, 7);
    PooledMessage<v1::ApplyResponse> response(&responses);
    (*response).mutable_result()->mutable_refs()->Resize(1000, 7);
  }
  PooledMessage<v1::ApplyRequest> request(&requests);
  EXPECT_FALSE((*request).has_batch());
  EXPECT_GE((*request).mutable_batch()->refs().Capacity(), 1000);
  PooledMessage<v1::ApplyResponse> response(&responses);
  EXPECT_GE((*response).mutable_result()->refs().Capacity(), 1000);
}

TEST(MessagePoolTest, LargeMessagesAreNotKept) {
  Pool pool;
  {
    PooledMessage<v1::ApplyRequest> message(&pool);
    (*message).mutable_batch()->set_payloads(
        std::string(Pool::kMaxMessageBytes, 'x'));
  }
  EXPECT_LT(pool.Take()->SpaceUsedLong(), Pool::kMaxMessageBytes);
}

TEST(MessagePoolTest, ManyCanBeOutAtATime) {
  Pool pool;
  for (int round = 0; round < 2; ++round) {
    std::vector<std::unique_ptr<PooledMessage<v1::ApplyRequest>>> messages;
    for (size_t i = 0; i < 2 * Pool::kMaxMessages; ++i) {
      messages.push_back(
          std::make_unique<PooledMessage<v1::ApplyRequest>>(&pool));
    }
  }
}

}  // namespace
}  // namespace heapd::server
