#include "client/heapd/status.h"

#include "absl/strings/cord.h"
#include "gtest/gtest.h"

namespace heapd::client {
namespace {

void AddDetail(const google::protobuf::Message& detail,
               google::rpc::Status& status) {
  status.add_details()->PackFrom(detail);
}

// As the daemon answers a batch that failed under load.
google::rpc::Status FullError() {
  google::rpc::Status status;
  status.set_code(static_cast<int>(absl::StatusCode::kResourceExhausted));
  status.set_message("too much in flight");
  google::rpc::ErrorInfo info;
  info.set_reason("OVERLOADED");
  info.set_domain("heapd");
  (*info.mutable_metadata())["operation"] = "17";
  AddDetail(info, status);
  google::rpc::RetryInfo retry;
  retry.mutable_retry_delay()->set_nanos(250'000'000);
  AddDetail(retry, status);
  google::rpc::BadRequest request;
  auto& violation = *request.add_field_violations();
  violation.set_field("batch.kinds");
  violation.set_description("too many");
  AddDetail(request, status);
  google::rpc::DebugInfo debug;
  debug.add_stack_entries("[1:0x2] 3 ms: Scavenge");
  AddDetail(debug, status);
  return status;
}

void ExpectFullError(const absl::Status& status) {
  EXPECT_TRUE(absl::IsResourceExhausted(status));
  EXPECT_EQ(status.message(), "too much in flight");
  EXPECT_EQ(ErrorReason(status), "OVERLOADED");
  EXPECT_EQ(ErrorMetadata(status, "operation"), "17");
  EXPECT_EQ(ErrorMetadata(status, "other"), "");
  EXPECT_EQ(FailedOperation(status), 17u);
  EXPECT_EQ(RetryDelay(status), absl::Milliseconds(250));
  ASSERT_EQ(FieldViolations(status).size(), 1u);
  EXPECT_EQ(FieldViolations(status)[0].field(), "batch.kinds");
  EXPECT_EQ(RecentCollections(status),
            std::vector<std::string>{"[1:0x2] 3 ms: Scavenge"});
}

TEST(StatusTest, KeepsDetailsFromTheWireAndBack) {
  const google::rpc::Status message = FullError();
  const grpc::Status wire(grpc::StatusCode::RESOURCE_EXHAUSTED,
                          "too much in flight", message.SerializeAsString());
  const absl::Status status = ToAbslStatus(wire);
  ExpectFullError(status);
  ExpectFullError(ToAbslStatus(ToGrpcStatus(status)));
  ExpectFullError(ToAbslStatus(message));
}

TEST(StatusTest, OkIsOk) {
  EXPECT_TRUE(ToAbslStatus(grpc::Status::OK).ok());
  EXPECT_TRUE(ToGrpcStatus(absl::OkStatus()).ok());
  EXPECT_TRUE(ToAbslStatus(google::rpc::Status()).ok());
}

TEST(StatusTest, WithoutDetailsHasNoReason) {
  const absl::Status status = ToAbslStatus(
      grpc::Status(grpc::StatusCode::UNAVAILABLE, "connection refused"));
  EXPECT_TRUE(absl::IsUnavailable(status));
  EXPECT_EQ(ErrorReason(status), "");
  EXPECT_FALSE(RetryDelay(status).has_value());
  EXPECT_FALSE(FailedOperation(status).has_value());
  EXPECT_TRUE(FieldViolations(status).empty());
}

TEST(StatusTest, BrokenDetailsLeaveCodeAndText) {
  const absl::Status status = ToAbslStatus(
      grpc::Status(grpc::StatusCode::NOT_FOUND, "gone", "\xFF\xFF\xFF"));
  EXPECT_TRUE(absl::IsNotFound(status));
  EXPECT_EQ(status.message(), "gone");
}

TEST(StatusTest, ACodeOfNobodyIsUnknown) {
  google::rpc::Status message;
  message.set_code(99);
  EXPECT_TRUE(absl::IsUnknown(ToAbslStatus(message)));
}

TEST(StatusTest, DescribesEverythingForPeople) {
  EXPECT_EQ(DescribeError(ToAbslStatus(FullError())),
            "RESOURCE_EXHAUSTED (OVERLOADED): too much in flight\n"
            "  field batch.kinds: too many\n"
            "  operation 17 of the batch\n"
            "  retry after 250ms\n"
            "  collection [1:0x2] 3 ms: Scavenge");
  EXPECT_EQ(DescribeError(absl::InternalError("broken")), "INTERNAL: broken");
}

}  // namespace
}  // namespace heapd::client
