#include "server/service/apply_method.h"

#include <gtest/gtest.h>

#include <string>

#include "heap/object/value.h"
#include "tests/server/support/service_fixture.h"

namespace heapd::server {
namespace {

using Stub = v1::ObjectService::Stub;

class ApplyMethodTest : public ServiceFixture {
 protected:
  v1::ApplyRequest Request() const {
    v1::ApplyRequest request;
    request.set_heap("shop");
    request.set_session(session_);
    return request;
  }

  // Adds an allocation with one slot that holds `value`.
  void AddAllocate(v1::Batch* batch, const std::string& payload, Value value) {
    batch->add_kinds(v1::OPERATION_KIND_ALLOCATE);
    batch->add_types(type_);
    batch->add_numbers(1);
    batch->add_numbers(1);
    batch->add_values(value.bits());
    batch->add_sizes(static_cast<uint32_t>(payload.size()));
    batch->mutable_payloads()->append(payload);
  }
};

TEST_F(ApplyMethodTest, AGraphIsBuiltAndReadInOneCall) {
  v1::ApplyRequest request = Request();
  v1::Batch* const batch = request.mutable_batch();
  AddAllocate(batch, "leaf", Value::SmallInteger(5));
  AddAllocate(batch, "parent", Value::LocalStrong(0));
  batch->add_kinds(v1::OPERATION_KIND_ROOT);
  batch->add_names("top");
  batch->add_refs(uint64_t{1} << 63 | 1);
  batch->add_kinds(v1::OPERATION_KIND_READ_PAYLOAD);
  batch->add_refs(uint64_t{1} << 63 | 0);
  batch->add_kinds(v1::OPERATION_KIND_READ_SLOT);
  batch->add_refs(uint64_t{1} << 63 | 1);
  batch->add_numbers(0);
  v1::ApplyResponse response;
  ASSERT_SUCCEEDS(Do(&Stub::Apply, request, &response));
  const v1::BatchResult& result = response.result();
  ASSERT_EQ(result.refs_size(), 2);
  ASSERT_EQ(result.values_size(), 1);
  EXPECT_EQ(result.values(0), result.refs(0));
  EXPECT_EQ(result.payloads(), "leaf");
  ASSERT_EQ(result.sizes_size(), 1);
  EXPECT_EQ(result.sizes(0), 4u);
  v1::ReadObjectResponse read;
  ASSERT_SUCCEEDS(Read(result.refs(1), &read));
  EXPECT_EQ(read.payload(), "parent");
}

TEST_F(ApplyMethodTest, ABatchThatFailsChangesNothingAndNamesTheOperation) {
  v1::ApplyRequest request = Request();
  v1::Batch* const batch = request.mutable_batch();
  AddAllocate(batch, "a", Value::Null());
  AddAllocate(batch, "b", Value::Strong(Ref(uint64_t{9} << 32 | 77)));
  v1::ApplyResponse response;
  const grpc::Status status = Do(&Stub::Apply, request, &response);
  EXPECT_THAT(status,
              FailsWith(grpc::StatusCode::NOT_FOUND, "OBJECT_COLLECTED"));
  EXPECT_EQ(ErrorDetails(status).metadata("operation"), "1");
  EXPECT_EQ(Stats().object_count(), 0u);
  EXPECT_SUCCEEDS(Verify());
}

TEST_F(ApplyMethodTest, ColumnsMustBeUsedUp) {
  v1::ApplyRequest request = Request();
  AddAllocate(request.mutable_batch(), "a", Value::Null());
  request.mutable_batch()->add_sizes(1);
  v1::ApplyResponse response;
  EXPECT_THAT(Do(&Stub::Apply, request, &response),
              RefusesField("batch.sizes"));
  EXPECT_EQ(Stats().object_count(), 0u);
}

TEST_F(ApplyMethodTest, ChecksTheBatch) {
  v1::ApplyRequest request = Request();
  v1::ApplyResponse response;
  EXPECT_THAT(Do(&Stub::Apply, request, &response), RefusesField("batch"));
  request.mutable_batch()->add_kinds(static_cast<v1::OperationKind>(99));
  EXPECT_THAT(Do(&Stub::Apply, request, &response),
              RefusesField("batch.kinds"));
  request = Request();
  request.set_session(0);
  AddAllocate(request.mutable_batch(), "a", Value::Null());
  EXPECT_THAT(Do(&Stub::Apply, request, &response), RefusesField("session"));
  request = Request();
  for (int i = 0; i < 65537; ++i) {
    request.mutable_batch()->add_kinds(v1::OPERATION_KIND_PUSH_SCOPE);
  }
  EXPECT_THAT(Do(&Stub::Apply, request, &response),
              RefusesField("batch.kinds"));
}

TEST_F(ApplyMethodTest, AnEmptyBatchDoesNothing) {
  v1::ApplyRequest request = Request();
  request.mutable_batch();
  v1::ApplyResponse response;
  EXPECT_SUCCEEDS(Do(&Stub::Apply, request, &response));
}

TEST_F(ApplyMethodTest, ARetryWithTheSameIdIsAppliedOnce) {
  v1::ApplyRequest request = Request();
  request.set_request_id("batch-1");
  AddAllocate(request.mutable_batch(), "a", Value::Null());
  v1::ApplyResponse first;
  v1::ApplyResponse again;
  ASSERT_SUCCEEDS(Do(&Stub::Apply, request, &first));
  ASSERT_SUCCEEDS(Do(&Stub::Apply, request, &again));
  EXPECT_EQ(first.SerializeAsString(), again.SerializeAsString());
  EXPECT_EQ(Stats().object_count(), 1u);
}

TEST_F(ApplyMethodTest, ABatchThatNeedsACollectionGetsIt) {
  // Unheld objects that something was done with are garbage at the end of their
  // batch; others are not even made.
  v1::ApplyRequest request;
  request.set_heap("shop");
  v1::Batch* const batch = request.mutable_batch();
  for (int i = 0; i < 100; ++i) {
    batch->add_kinds(v1::OPERATION_KIND_ALLOCATE_UNHELD);
    batch->add_types(type_);
    batch->add_numbers(0);
    batch->add_numbers(0);
    batch->add_sizes(100'000);
    batch->mutable_payloads()->append(100'000, 'x');
    batch->add_kinds(v1::OPERATION_KIND_WRITE);
    batch->add_refs(kLocalRefBit | (2 * i));
    batch->add_numbers(0);
    batch->add_sizes(0);
  }
  v1::ApplyResponse response;
  for (int i = 0; i < 20; ++i) {
    ASSERT_SUCCEEDS(Do(&Stub::Apply, request, &response)) << i;
  }
  EXPECT_GT(Stats().collections_size(), 0);
  EXPECT_SUCCEEDS(Verify());
}

}  // namespace
}  // namespace heapd::server
