#include "server/service/object_call.h"

#include <chrono>

namespace heapd::server {
namespace {

constexpr size_t kMaxRequestIdBytes = 64;

}  // namespace

absl::Status TakeRequestId(const std::string& request_id, CallTerms* terms) {
  if (request_id.size() > kMaxRequestIdBytes) {
    return InvalidField("request_id", "at most 64 bytes");
  }
  terms->request_id = request_id;
  return absl::OkStatus();
}

absl::Time DeadlineOf(const grpc::ServerContextBase& context) {
  const std::chrono::system_clock::time_point deadline = context.deadline();
  if (deadline == std::chrono::system_clock::time_point::max()) {
    return absl::InfiniteFuture();
  }
  return absl::FromChrono(deadline);
}

}  // namespace heapd::server
