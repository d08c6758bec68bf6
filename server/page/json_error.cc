#include "server/page/json_error.h"

#include <google/protobuf/util/json_util.h>

#include <nlohmann/json.hpp>

#include "google/rpc/error_details.pb.h"
#include "server/http/http_message.h"
#include "server/service/status.h"

namespace heapd::server {
namespace {

int HttpStatusOf(absl::StatusCode code) {
  return ErrorResponse(absl::Status(code, "")).status;
}

int64_t RetryAfterSeconds(const google::rpc::Status& status) {
  for (const google::protobuf::Any& detail : status.details()) {
    google::rpc::RetryInfo retry;
    if (!detail.UnpackTo(&retry)) continue;
    return retry.retry_delay().seconds() +
           (retry.retry_delay().nanos() > 0 ? 1 : 0);
  }
  return 0;
}

// Empty where a detail is of no type that is known here, which cannot be
// written as JSON.
nlohmann::json DetailsOf(const google::rpc::Status& status) {
  nlohmann::json details = nlohmann::json::array();
  for (const google::protobuf::Any& detail : status.details()) {
    std::string text;
    google::protobuf::util::JsonPrintOptions options;
    options.preserve_proto_field_names = true;
    if (!google::protobuf::util::MessageToJsonString(detail, &text, options)
             .ok()) {
      continue;
    }
    details.push_back(nlohmann::json::parse(text));
  }
  return details;
}

JsonError FromRpcStatus(const google::rpc::Status& status) {
  const auto code = static_cast<absl::StatusCode>(status.code());
  JsonError error;
  error.http_status = HttpStatusOf(code);
  error.retry_after_seconds = RetryAfterSeconds(status);
  const nlohmann::json body = {{"error",
                                {{"code", error.http_status},
                                 {"status", absl::StatusCodeToString(code)},
                                 {"message", status.message()},
                                 {"details", DetailsOf(status)}}}};
  // What is not UTF-8 (a message of gRPC's own) is replaced and not refused.
  error.body =
      body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  return error;
}

}  // namespace

JsonError ToJsonError(const absl::Status& error) {
  return FromRpcStatus(ToRpcStatus(error));
}

JsonError ToJsonError(const grpc::Status& error) {
  google::rpc::Status status;
  // What gRPC itself refused has no details.
  if (error.error_details().empty() ||
      !status.ParseFromString(error.error_details())) {
    status.Clear();
    status.set_code(error.error_code());
    status.set_message(error.error_message());
  }
  return FromRpcStatus(status);
}

}  // namespace heapd::server
