// Tags over the wire: where a request names one, and where answers show it.

#include <gtest/gtest.h>

#include <cstdint>
#include <string>

#include "tests/server/support/service_fixture.h"

namespace heapd::server {
namespace {

using Stub = v1::ObjectService::Stub;

class TagsTest : public ServiceFixture {
 protected:
  v1::ReadObjectResponse ReadBack(uint64_t ref) {
    v1::ReadObjectResponse response;
    EXPECT_SUCCEEDS(Read(ref, &response));
    return response;
  }
  uint64_t AllocateTagged(v1::AllocateObjectRequest request,
                          const std::string& tag) {
    request.set_tag(tag);
    v1::AllocateObjectResponse response;
    EXPECT_SUCCEEDS(Do(&Stub::AllocateObject, request, &response));
    return response.ref();
  }
  v1::Batch OneObject() const {
    v1::Batch batch;
    batch.add_kinds(v1::OPERATION_KIND_ALLOCATE);
    batch.add_types(type_);
    batch.add_numbers(0);
    batch.add_numbers(0);
    batch.add_sizes(0);
    return batch;
  }
};

TEST_F(TagsTest, OfACall) {
  const v1::ReadObjectResponse read =
      ReadBack(AllocateTagged(AllocateRequest("x"), "GET /orders 502"));
  EXPECT_EQ(read.tag(), "GET /orders 502");
  EXPECT_EQ(read.type(), type_);
  EXPECT_EQ(read.type_name(), "Item");
  EXPECT_EQ(ReadBack(Allocate("x")).tag(), "");
}

TEST_F(TagsTest, OfASession) {
  v1::OpenSessionRequest open;
  open.set_heap("shop");
  open.set_tag("worker");
  v1::OpenSessionResponse opened;
  ASSERT_SUCCEEDS(Do(&Stub::OpenSession, open, &opened));
  session_ = opened.session();
  EXPECT_EQ(ReadBack(Allocate("x")).tag(), "worker");
}

TEST_F(TagsTest, OfAType) {
  v1::DefineTypeRequest define;
  define.set_heap("shop");
  define.mutable_type()->set_name("Item");
  define.mutable_type()->set_tag("cache.cc:88");
  v1::DefineTypeResponse defined;
  ASSERT_SUCCEEDS(Do(&Stub::DefineType, define, &defined));
  EXPECT_NE(defined.type(), type_);
  v1::AllocateObjectRequest request = AllocateRequest("x");
  request.set_type(defined.type());
  const v1::ReadObjectResponse read = ReadBack(AllocateTagged(request, "call"));
  EXPECT_EQ(read.tag(), "cache.cc:88");
  EXPECT_EQ(read.type(), type_);
  v1::ListTypesRequest list;
  list.set_heap("shop");
  v1::ListTypesResponse listed;
  ASSERT_SUCCEEDS(Do(&Stub::ListTypes, list, &listed));
  std::string tag;
  for (const v1::Type& type : listed.types()) {
    if (type.type() == defined.type()) tag = type.tag();
  }
  EXPECT_EQ(tag, "cache.cc:88");
}

TEST_F(TagsTest, OfABatchAndInAPipeline) {
  v1::ApplyRequest request;
  request.set_heap("shop");
  request.set_session(session_);
  *request.mutable_batch() = OneObject();
  request.set_tag("batch");
  v1::ApplyResponse response;
  ASSERT_SUCCEEDS(Do(&Stub::Apply, request, &response));
  EXPECT_EQ(ReadBack(response.result().refs(0)).tag(), "batch");

  Call call;
  const auto stream = server_.objects->Pipeline(&call);
  for (const std::string tag : {"first", ""}) {
    v1::PipelineRequest piped;
    piped.set_heap("shop");
    piped.set_session(session_);
    *piped.mutable_batch() = OneObject();
    piped.set_tag(tag);
    ASSERT_TRUE(stream->Write(piped));
    v1::PipelineResponse answer;
    ASSERT_TRUE(stream->Read(&answer));
    EXPECT_EQ(ReadBack(answer.result().refs(0)).tag(), tag);
  }
  stream->WritesDone();
  EXPECT_SUCCEEDS(stream->Finish());
}

TEST_F(TagsTest, ExplanationsShowThem) {
  v1::ExplainObjectRequest request;
  request.set_heap("shop");
  request.set_ref(AllocateTagged(AllocateRequest("x"), "GET /orders 502"));
  v1::ExplainObjectResponse response;
  Call call;
  ASSERT_SUCCEEDS(server_.collector->ExplainObject(&call, request, &response));
  ASSERT_EQ(response.steps_size(), 1);
  EXPECT_EQ(response.steps(0).tag(), "GET /orders 502");
}

TEST_F(TagsTest, OneThatIsTooLongIsRefused) {
  v1::AllocateObjectRequest request = AllocateRequest("x");
  request.set_tag(std::string(257, 't'));
  v1::AllocateObjectResponse response;
  EXPECT_THAT(Do(&Stub::AllocateObject, request, &response),
              RefusesField("tag"));
}

}  // namespace
}  // namespace heapd::server
