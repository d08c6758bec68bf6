#include "client/heapd/status.h"

#include <limits>

#include "absl/strings/cord.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "client/heapd/strings.h"
#include "google/protobuf/any.pb.h"

namespace heapd::client {
namespace {

using google::rpc::BadRequest;
using google::rpc::DebugInfo;
using google::rpc::ErrorInfo;
using google::rpc::RetryInfo;

constexpr char kDomain[] = "heapd";
constexpr char kTypeUrlPrefix[] = "type.googleapis.com/";

template <typename Detail>
std::string TypeUrl() {
  return absl::StrCat(kTypeUrlPrefix, Detail::descriptor()->full_name());
}

template <typename Detail>
std::optional<Detail> FindDetail(const absl::Status& status) {
  const absl::optional<absl::Cord> payload =
      status.GetPayload(TypeUrl<Detail>());
  Detail detail;
  if (!payload.has_value() || !detail.ParseFromString(std::string(*payload))) {
    return std::nullopt;
  }
  return detail;
}

// Codes of other systems may be none of ours.
absl::StatusCode KnownCode(int code) {
  const auto known = static_cast<absl::StatusCode>(code);
  if (code < 0 || code > static_cast<int>(absl::StatusCode::kUnauthenticated)) {
    return absl::StatusCode::kUnknown;
  }
  return known;
}

}  // namespace

absl::Status ToAbslStatus(const grpc::Status& status) {
  if (status.ok()) return absl::OkStatus();
  google::rpc::Status message;
  // Details that do not parse come from something between us and the daemon;
  // code and text are then all there is.
  if (!message.ParseFromString(status.error_details())) message.Clear();
  message.set_code(status.error_code());
  message.set_message(status.error_message());
  return ToAbslStatus(message);
}

absl::Status ToAbslStatus(const google::rpc::Status& status) {
  if (status.code() == 0) return absl::OkStatus();
  absl::Status result(KnownCode(status.code()), status.message());
  for (const google::protobuf::Any& detail : status.details()) {
    result.SetPayload(detail.type_url(), absl::Cord(detail.value()));
  }
  return result;
}

grpc::Status ToGrpcStatus(const absl::Status& status) {
  if (status.ok()) return grpc::Status::OK;
  google::rpc::Status message;
  message.set_code(static_cast<int>(status.code()));
  message.set_message(std::string(status.message()));
  status.ForEachPayload(
      [&message](absl::string_view type_url, const absl::Cord& value) {
        google::protobuf::Any& detail = *message.add_details();
        detail.set_type_url(std::string(type_url));
        detail.set_value(std::string(value));
      });
  return grpc::Status(static_cast<grpc::StatusCode>(message.code()),
                      message.message(), message.SerializeAsString());
}

absl::Status ErrorWithReason(absl::StatusCode code, std::string_view message,
                             std::string_view reason) {
  absl::Status status(code, Absl(message));
  ErrorInfo info;
  info.set_domain(kDomain);
  info.set_reason(std::string(reason));
  status.SetPayload(TypeUrl<ErrorInfo>(), absl::Cord(info.SerializeAsString()));
  return status;
}

std::string ErrorReason(const absl::Status& status) {
  const std::optional<ErrorInfo> info = FindDetail<ErrorInfo>(status);
  return info.has_value() ? info->reason() : "";
}

std::string ErrorMetadata(const absl::Status& status, const std::string& key) {
  const std::optional<ErrorInfo> info = FindDetail<ErrorInfo>(status);
  if (!info.has_value()) return "";
  const auto found = info->metadata().find(key);
  return found == info->metadata().end() ? "" : found->second;
}

std::optional<uint32_t> FailedOperation(const absl::Status& status) {
  uint32_t operation = 0;
  if (!absl::SimpleAtoi(ErrorMetadata(status, "operation"), &operation)) {
    return std::nullopt;
  }
  return operation;
}

std::optional<absl::Duration> RetryDelay(const absl::Status& status) {
  const std::optional<RetryInfo> info = FindDetail<RetryInfo>(status);
  if (!info.has_value()) return std::nullopt;
  return absl::Seconds(info->retry_delay().seconds()) +
         absl::Nanoseconds(info->retry_delay().nanos());
}

std::vector<BadRequest::FieldViolation> FieldViolations(
    const absl::Status& status) {
  const std::optional<BadRequest> request = FindDetail<BadRequest>(status);
  if (!request.has_value()) return {};
  return {request->field_violations().begin(),
          request->field_violations().end()};
}

std::vector<std::string> RecentCollections(const absl::Status& status) {
  const std::optional<DebugInfo> info = FindDetail<DebugInfo>(status);
  if (!info.has_value()) return {};
  return {info->stack_entries().begin(), info->stack_entries().end()};
}

std::string DescribeError(const absl::Status& status) {
  std::string text = absl::StatusCodeToString(status.code());
  const std::string reason = ErrorReason(status);
  if (!reason.empty()) absl::StrAppend(&text, " (", reason, ")");
  absl::StrAppend(&text, ": ", status.message());
  for (const auto& violation : FieldViolations(status)) {
    absl::StrAppend(&text, "\n  field ", violation.field(), ": ",
                    violation.description());
  }
  if (const auto operation = FailedOperation(status); operation.has_value()) {
    absl::StrAppend(&text, "\n  operation ", *operation, " of the batch");
  }
  if (const auto delay = RetryDelay(status); delay.has_value()) {
    absl::StrAppend(&text, "\n  retry after ", absl::FormatDuration(*delay));
  }
  for (const std::string& line : RecentCollections(status)) {
    absl::StrAppend(&text, "\n  collection ", line);
  }
  return text;
}

}  // namespace heapd::client
