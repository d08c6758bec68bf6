#include "server/service/object_methods.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/server/support/service_fixture.h"

namespace heapd::server {
namespace {

using Stub = v1::ObjectService::Stub;
using ObjectMethodsTest = ServiceFixture;

TEST_F(ObjectMethodsTest, APayloadOfAnyBytesComesBack) {
  const std::string payload("\0\xff\xc3 bytes", 9);
  v1::AllocateObjectRequest request = AllocateRequest(payload, 3);
  request.add_values()->set_small_integer(-7);
  request.add_values();
  v1::AllocateObjectResponse allocated;
  ASSERT_SUCCEEDS(Do(&Stub::AllocateObject, request, &allocated));
  v1::ReadObjectResponse read;
  ASSERT_SUCCEEDS(Read(allocated.ref(), &read));
  EXPECT_EQ(read.payload(), payload);
  EXPECT_EQ(read.payload_size(), payload.size());
  EXPECT_EQ(read.type(), type_);
  EXPECT_EQ(read.type_name(), "Item");
  EXPECT_EQ(read.slot_count(), 3u);
  ASSERT_EQ(read.values_size(), 3);
  EXPECT_EQ(read.values(0).small_integer(), -7);
  EXPECT_EQ(read.values(1).kind_case(), v1::Value::KIND_NOT_SET);
  EXPECT_GE(read.self_size(), payload.size());
}

TEST_F(ObjectMethodsTest, SlotCountIsRaisedToTheValues) {
  v1::AllocateObjectRequest request = AllocateRequest("", 0);
  request.add_values()->set_small_integer(1);
  request.add_values()->set_small_integer(2);
  v1::AllocateObjectResponse allocated;
  ASSERT_SUCCEEDS(Do(&Stub::AllocateObject, request, &allocated));
  v1::ReadObjectResponse read;
  ASSERT_SUCCEEDS(Read(allocated.ref(), &read));
  EXPECT_EQ(read.slot_count(), 2u);
}

TEST_F(ObjectMethodsTest, AllocateChecksItsFields) {
  v1::AllocateObjectResponse response;
  v1::AllocateObjectRequest request = AllocateRequest("x");
  request.set_heap("");
  EXPECT_THAT(Do(&Stub::AllocateObject, request, &response),
              RefusesField("heap"));
  request.set_heap("none");
  EXPECT_THAT(Do(&Stub::AllocateObject, request, &response),
              FailsWith(grpc::StatusCode::NOT_FOUND, "HEAP_NOT_FOUND"));
  request = AllocateRequest("x");
  request.set_session(0);
  EXPECT_THAT(Do(&Stub::AllocateObject, request, &response),
              RefusesField("session"));
  request.set_session(session_ + 1);
  EXPECT_THAT(Do(&Stub::AllocateObject, request, &response),
              FailsWith(grpc::StatusCode::NOT_FOUND, "SESSION_EXPIRED"));
  request = AllocateRequest("x");
  request.set_type(0);
  EXPECT_THAT(Do(&Stub::AllocateObject, request, &response),
              RefusesField("type"));
  request.set_type(100);
  EXPECT_THAT(Do(&Stub::AllocateObject, request, &response),
              FailsWith(grpc::StatusCode::NOT_FOUND, "TYPE_NOT_FOUND"));
  request = AllocateRequest("x", (1u << 20) + 1);
  EXPECT_THAT(Do(&Stub::AllocateObject, request, &response),
              RefusesField("slot_count"));
  request = AllocateRequest("x");
  request.add_values()->set_small_integer(1 << 30);
  EXPECT_THAT(Do(&Stub::AllocateObject, request, &response),
              RefusesField("values.small_integer"));
  request = AllocateRequest("x");
  request.set_request_id(std::string(65, 'r'));
  EXPECT_THAT(Do(&Stub::AllocateObject, request, &response),
              RefusesField("request_id"));
}

TEST_F(ObjectMethodsTest, EqualStringsAreOneObject) {
  v1::AllocateStringRequest request;
  request.set_heap("shop");
  request.set_session(session_);
  request.set_content("gr\xc3\xbc\xc3\x9f");
  v1::AllocateStringResponse first;
  v1::AllocateStringResponse second;
  ASSERT_SUCCEEDS(Do(&Stub::AllocateString, request, &first));
  ASSERT_SUCCEEDS(Do(&Stub::AllocateString, request, &second));
  EXPECT_EQ(first.ref(), second.ref());
  v1::WriteObjectRequest write;
  write.set_heap("shop");
  write.set_ref(first.ref());
  write.set_payload("x");
  v1::WriteObjectResponse written;
  EXPECT_THAT(Do(&Stub::WriteObject, write, &written),
              FailsWith(grpc::StatusCode::FAILED_PRECONDITION, "IMMUTABLE"));
}

TEST_F(ObjectMethodsTest, ReadsThePartAskedFor) {
  const uint64_t ref = Allocate("0123456789", 5);
  v1::ReadObjectRequest request;
  request.set_heap("shop");
  request.set_ref(ref);
  request.set_payload_offset(3);
  request.set_payload_limit(4);
  request.set_slot_offset(4);
  v1::ReadObjectResponse response;
  ASSERT_SUCCEEDS(Do(&Stub::ReadObject, request, &response));
  EXPECT_EQ(response.payload(), "3456");
  EXPECT_EQ(response.payload_size(), 10u);
  EXPECT_EQ(response.values_size(), 1);
  request.set_payload_offset(10);
  ASSERT_SUCCEEDS(Do(&Stub::ReadObject, request, &response));
  EXPECT_EQ(response.payload(), "");
  request.set_payload_offset(11);
  EXPECT_THAT(Do(&Stub::ReadObject, request, &response),
              RefusesField("payload_offset"));
  request.set_payload_offset(0);
  request.set_slot_offset(6);
  EXPECT_THAT(Do(&Stub::ReadObject, request, &response),
              RefusesField("slot_offset"));
}

TEST_F(ObjectMethodsTest, WritesInsideThePayloadOnly) {
  const uint64_t ref = Allocate("0123456789");
  v1::WriteObjectRequest request;
  request.set_heap("shop");
  request.set_ref(ref);
  request.set_payload_offset(8);
  request.set_payload("AB");
  v1::WriteObjectResponse response;
  ASSERT_SUCCEEDS(Do(&Stub::WriteObject, request, &response));
  v1::ReadObjectResponse read;
  ASSERT_SUCCEEDS(Read(ref, &read));
  EXPECT_EQ(read.payload(), "01234567AB");
  request.set_payload_offset(9);
  EXPECT_EQ(Do(&Stub::WriteObject, request, &response).error_code(),
            grpc::StatusCode::INVALID_ARGUMENT);
  request.set_payload_offset(UINT32_MAX);
  EXPECT_EQ(Do(&Stub::WriteObject, request, &response).error_code(),
            grpc::StatusCode::INVALID_ARGUMENT);
}

TEST_F(ObjectMethodsTest, LinksAndUnlinksSayWhatWasThere) {
  const uint64_t from = Allocate("from", 1);
  const uint64_t to = Allocate("to");
  v1::LinkObjectRequest link;
  link.set_heap("shop");
  link.set_ref(from);
  link.mutable_value()->set_weak_ref(to);
  v1::LinkObjectResponse linked;
  ASSERT_SUCCEEDS(Do(&Stub::LinkObject, link, &linked));
  EXPECT_EQ(linked.former_value().kind_case(), v1::Value::KIND_NOT_SET);
  v1::UnlinkObjectRequest unlink;
  unlink.set_heap("shop");
  unlink.set_ref(from);
  v1::UnlinkObjectResponse unlinked;
  ASSERT_SUCCEEDS(Do(&Stub::UnlinkObject, unlink, &unlinked));
  EXPECT_EQ(unlinked.former_value().weak_ref(), to);
  link.set_slot(1);
  EXPECT_EQ(Do(&Stub::LinkObject, link, &linked).error_code(),
            grpc::StatusCode::INVALID_ARGUMENT);
  link.set_slot(0);
  link.mutable_value()->set_strong_ref(to + (uint64_t{1} << 32));
  EXPECT_THAT(Do(&Stub::LinkObject, link, &linked),
              FailsWith(grpc::StatusCode::NOT_FOUND, "OBJECT_COLLECTED"));
}

TEST_F(ObjectMethodsTest, SlotsGrow) {
  const uint64_t ref = Allocate("x", 1);
  v1::AddSlotsRequest request;
  request.set_heap("shop");
  request.set_ref(ref);
  request.set_count(9);
  v1::AddSlotsResponse response;
  ASSERT_SUCCEEDS(Do(&Stub::AddSlots, request, &response));
  EXPECT_EQ(response.slot_count(), 10u);
  request.set_count(1u << 20);
  EXPECT_THAT(Do(&Stub::AddSlots, request, &response), RefusesField("count"));
}

TEST_F(ObjectMethodsTest, CopiesAreShallowOrDeep) {
  const uint64_t parent = Allocate("parent", 1);
  const uint64_t child = Allocate("child");
  ASSERT_SUCCEEDS(Link(parent, 0, child));
  v1::CopyObjectRequest request;
  request.set_heap("shop");
  request.set_session(session_);
  request.set_ref(parent);
  v1::CopyObjectResponse copied;
  ASSERT_SUCCEEDS(Do(&Stub::CopyObject, request, &copied));
  EXPECT_EQ(copied.object_count(), 1u);
  v1::ReadObjectResponse read;
  ASSERT_SUCCEEDS(Read(copied.ref(), &read));
  EXPECT_EQ(read.values(0).strong_ref(), child);
  request.set_max_depth(1);
  ASSERT_SUCCEEDS(Do(&Stub::CopyObject, request, &copied));
  EXPECT_EQ(copied.object_count(), 2u);
  request.set_max_object_count(1);
  EXPECT_THAT(Do(&Stub::CopyObject, request, &copied),
              FailsWith(grpc::StatusCode::RESOURCE_EXHAUSTED, "COPY_LIMIT"));
  request.set_max_object_count(65537);
  EXPECT_THAT(Do(&Stub::CopyObject, request, &copied),
              RefusesField("max_object_count"));
  // On the pool for long work.
  request.set_max_object_count(65536);
  EXPECT_SUCCEEDS(Do(&Stub::CopyObject, request, &copied));
}

TEST_F(ObjectMethodsTest, ACollectedObjectIsNotFoundForEveryMethod) {
  const uint64_t ref = Allocate("x");
  ASSERT_SUCCEEDS(Release({ref}));
  Collect();
  const auto collected =
      FailsWith(grpc::StatusCode::NOT_FOUND, "OBJECT_COLLECTED");
  v1::ReadObjectResponse read;
  EXPECT_THAT(Read(ref, &read), collected);
  EXPECT_THAT(Root("name", ref), collected);
  EXPECT_THAT(Release({ref}), collected);
  EXPECT_THAT(Link(ref, 0, ref), collected);
}

TEST_F(ObjectMethodsTest, AnEmptyRefIsRefusedByEveryMethod) {
  v1::ReadObjectResponse read;
  EXPECT_THAT(Read(0, &read), RefusesField("ref"));
  EXPECT_THAT(Read(uint64_t{1} << 63, &read), RefusesField("ref"));
  EXPECT_THAT(Root("name", 0), RefusesField("ref"));
  EXPECT_THAT(Release({0}), RefusesField("refs"));
  EXPECT_THAT(Link(0, 0, 1), RefusesField("ref"));
}

TEST_F(ObjectMethodsTest, ARetryWithTheSameIdAllocatesOnce) {
  v1::AllocateObjectRequest request = AllocateRequest("once");
  request.set_request_id("id-1");
  v1::AllocateObjectResponse first;
  v1::AllocateObjectResponse again;
  ASSERT_SUCCEEDS(Do(&Stub::AllocateObject, request, &first));
  ASSERT_SUCCEEDS(Do(&Stub::AllocateObject, request, &again));
  EXPECT_EQ(first.ref(), again.ref());
  EXPECT_EQ(Stats().object_count(), 1u);
  request.set_payload("other");
  EXPECT_THAT(
      Do(&Stub::AllocateObject, request, &again),
      FailsWith(grpc::StatusCode::INVALID_ARGUMENT, "REQUEST_ID_REUSED"));
  // Another heap has ids of its own, and so has another time.
  server_.clock().Advance(absl::Minutes(11));
  session_ = OpenSession();
  request.set_session(session_);
  EXPECT_SUCCEEDS(Do(&Stub::AllocateObject, request, &again));
}

TEST_F(ObjectMethodsTest, AFullHeapAnswersAndGoesOnServing) {
  const std::string payload(uint32_t{1} << 20, 'x');
  v1::AllocateObjectResponse response;
  grpc::Status status;
  std::vector<uint64_t> refs;
  while (true) {
    status = Do(&Stub::AllocateObject, AllocateRequest(payload), &response);
    if (!status.ok()) break;
    refs.push_back(response.ref());
    ASSERT_LT(refs.size(), 100u);
  }
  EXPECT_THAT(status,
              FailsWith(grpc::StatusCode::RESOURCE_EXHAUSTED, "HEAP_LIMIT"));
  EXPECT_GT(refs.size(), 20u);
  v1::ReadObjectResponse read;
  EXPECT_SUCCEEDS(Read(refs.front(), &read));
  // What is released is collected by the call that needs it.
  ASSERT_SUCCEEDS(Release(refs));
  EXPECT_SUCCEEDS(
      Do(&Stub::AllocateObject, AllocateRequest(payload), &response));
  EXPECT_GT(Stats().collections_size(), 0);
  EXPECT_SUCCEEDS(Verify());
}

}  // namespace
}  // namespace heapd::server
