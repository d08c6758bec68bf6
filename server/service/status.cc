#include "server/service/status.h"

#include <string>
#include <vector>

#include "absl/strings/cord.h"
#include "absl/strings/strip.h"
#include "google/rpc/error_details.pb.h"
#include "heap/base/error.h"
#include "server/base/recent_collections.h"
#include "server/base/retry_delay.h"

namespace heapd::server {
namespace {

// Trailing metadata has a limit of 8 KiB by default, percent-encoding can
// triple the text, and names in it can be 1,024 bytes long.
constexpr size_t kMaxMessageBytes = 1024;
constexpr size_t kMaxValueBytes = 256;

// Cut at a character's border: a proto3 string must be UTF-8.
std::string Truncated(absl::string_view text, size_t max_bytes) {
  if (text.size() <= max_bytes) return std::string(text);
  size_t end = max_bytes;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) {
    --end;
  }
  return std::string(text.substr(0, end));
}

void AddErrorInfo(const absl::Status& status, google::rpc::Status* rpc) {
  google::rpc::ErrorInfo info;
  info.set_domain("heapd");
  info.set_reason(ReasonOf(status));
  // What no part of ours named is told apart by its code.
  if (info.reason().empty()) {
    info.set_reason(absl::StatusCodeToString(status.code()));
  }
  status.ForEachPayload(
      [&info](absl::string_view url, const absl::Cord& payload) {
        if (!absl::ConsumePrefix(&url, "heapd/")) return;
        if (url == "reason" || url == "retry_delay" ||
            url == "recent_collections") {
          return;
        }
        (*info.mutable_metadata())[std::string(url)] =
            Truncated(std::string(payload), kMaxValueBytes);
      });
  rpc->add_details()->PackFrom(info);
}

void AddBadRequest(const absl::Status& status, google::rpc::Status* rpc) {
  const std::string field = FieldOf(status);
  if (field.empty()) return;
  google::rpc::BadRequest bad_request;
  auto* const violation = bad_request.add_field_violations();
  violation->set_field(Truncated(field, kMaxValueBytes));
  violation->set_description(rpc->message());
  rpc->add_details()->PackFrom(bad_request);
}

void AddRetryInfo(const absl::Status& status, google::rpc::Status* rpc) {
  const absl::optional<absl::Duration> delay = RetryDelayOf(status);
  if (!delay.has_value()) return;
  google::rpc::RetryInfo retry;
  absl::Duration rest;
  retry.mutable_retry_delay()->set_seconds(
      absl::IDivDuration(*delay, absl::Seconds(1), &rest));
  retry.mutable_retry_delay()->set_nanos(
      static_cast<int32_t>(absl::ToInt64Nanoseconds(rest)));
  rpc->add_details()->PackFrom(retry);
}

void AddDebugInfo(const absl::Status& status, google::rpc::Status* rpc) {
  const std::vector<std::string> lines = RecentCollectionsOf(status);
  if (lines.empty()) return;
  google::rpc::DebugInfo debug;
  debug.set_detail("the last collections, oldest first");
  for (const std::string& line : lines) {
    debug.add_stack_entries(Truncated(line, kMaxValueBytes));
  }
  rpc->add_details()->PackFrom(debug);
}

}  // namespace

google::rpc::Status ToRpcStatus(const absl::Status& status) {
  google::rpc::Status rpc;
  rpc.set_code(static_cast<int32_t>(status.code()));
  if (status.ok()) return rpc;
  rpc.set_message(Truncated(status.message(), kMaxMessageBytes));
  AddErrorInfo(status, &rpc);
  AddBadRequest(status, &rpc);
  AddRetryInfo(status, &rpc);
  AddDebugInfo(status, &rpc);
  return rpc;
}

grpc::Status ToGrpcStatus(const absl::Status& status) {
  if (status.ok()) return grpc::Status::OK;
  const google::rpc::Status rpc = ToRpcStatus(status);
  return grpc::Status(static_cast<grpc::StatusCode>(rpc.code()), rpc.message(),
                      rpc.SerializeAsString());
}

}  // namespace heapd::server
