#include "server/page/json_api.h"

#include <google/protobuf/message.h>
#include <google/protobuf/util/json_util.h>

#include "absl/strings/str_cat.h"
#include "heap/base/error.h"
#include "heap/base/status_macros.h"
#include "server/page/api_method.h"

namespace heapd::server {
namespace {

using google::protobuf::Message;
using google::protobuf::MessageFactory;
using google::protobuf::MethodDescriptor;

JsonApi::Answer FromError(JsonError error) {
  return {error.http_status, std::move(error.body), error.retry_after_seconds};
}

std::unique_ptr<Message> NewMessage(const google::protobuf::Descriptor* type) {
  return std::unique_ptr<Message>(
      MessageFactory::generated_factory()->GetPrototype(type)->New());
}

absl::Status ParseRequest(absl::string_view json, Message* request) {
  if (json.size() > JsonApi::kMaxRequestBytes) {
    return InvalidField("body",
                        absl::StrCat("has ", json.size(), " bytes; at most ",
                                     JsonApi::kMaxRequestBytes, " are taken"));
  }
  const auto parsed = google::protobuf::util::JsonStringToMessage(
      google::protobuf::StringPiece(json.data(), json.size()), request);
  if (parsed.ok()) return absl::OkStatus();
  // Protobuf quotes the place, with a caret on a line of its own below.
  std::string place(parsed.message().data(), parsed.message().size());
  for (char& c : place) {
    // Of what the caller sent, only what can be in any message.
    if (c < ' ' || c > '~') c = c == '\n' ? ' ' : '?';
  }
  return InvalidField(
      "body", absl::StrCat("is not the JSON of ",
                           request->GetDescriptor()->full_name(), ": ", place));
}

absl::Status ToJson(const Message& message, std::string* json) {
  google::protobuf::util::JsonPrintOptions options;
  options.always_print_primitive_fields = true;
  options.preserve_proto_field_names = true;
  const auto printed =
      google::protobuf::util::MessageToJsonString(message, json, options);
  if (printed.ok()) return absl::OkStatus();
  return absl::InternalError("the answer cannot be written as JSON");
}

}  // namespace

JsonApi::Answer ErrorAnswer(const absl::Status& error) {
  return FromError(ToJsonError(error));
}

JsonApi::Answer JsonApi::Call(absl::string_view path, const PlaneCaller& caller,
                              absl::string_view json) {
  const absl::StatusOr<const MethodDescriptor*> method = FindApiMethod(path);
  if (!method.ok()) return ErrorAnswer(method.status());
  absl::Status good = PlaneChannel::CheckCaller(caller);
  const std::unique_ptr<Message> request = NewMessage((*method)->input_type());
  if (good.ok()) good = ParseRequest(json, request.get());
  if (!good.ok()) return ErrorAnswer(good);
  const std::unique_ptr<Message> response =
      NewMessage((*method)->output_type());
  const grpc::Status status =
      plane_->Call(**method, caller, *request, response.get());
  if (!status.ok()) return FromError(ToJsonError(status));
  Answer answer;
  good = ToJson(*response, &answer.body);
  return good.ok() ? answer : ErrorAnswer(good);
}

std::pair<JsonApi::StartedDownload, absl::optional<JsonApi::Answer>>
JsonApi::StartDownload(const PlaneCaller& caller, absl::string_view json) {
  v1::DownloadSnapshotRequest request;
  absl::Status good = PlaneChannel::CheckCaller(caller);
  if (good.ok()) good = ParseRequest(json, &request);
  StartedDownload started;
  if (!good.ok()) return {std::move(started), ErrorAnswer(good)};
  started.download_ = plane_->StartDownload(caller, request);
  if (started.download_->Next(&started.first_piece_)) {
    return {std::move(started), absl::nullopt};
  }
  const grpc::Status status = started.download_->Finish();
  started.download_.reset();
  // From its last byte on there is nothing, which is no error.
  if (status.ok()) return {std::move(started), absl::nullopt};
  return {std::move(started), FromError(ToJsonError(status))};
}

absl::StatusOr<std::string> JsonApi::StartedDownload::Next() {
  if (!first_piece_.empty()) return std::exchange(first_piece_, {});
  std::string piece;
  if (download_ == nullptr) return piece;
  while (download_->Next(&piece)) {
    // An empty one would be taken for the end.
    if (!piece.empty()) return piece;
  }
  const grpc::Status status = download_->Finish();
  download_.reset();
  if (status.ok()) return std::string();
  return absl::Status(static_cast<absl::StatusCode>(status.error_code()),
                      status.error_message());
}

}  // namespace heapd::server
