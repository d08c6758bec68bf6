#include "server/page/api_method.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "heap/base/error.h"
#include "server/base/reasons.h"

namespace heapd::server {
namespace {

using google::protobuf::DescriptorPool;
using google::protobuf::MethodDescriptor;
using google::protobuf::ServiceDescriptor;

// The generated pool knows more services (health, reflection) than the page
// has business with.
constexpr std::array<absl::string_view, 3> kServices = {
    "heapd.v1.HeapService", "heapd.v1.CollectorService",
    "heapd.v1.SnapshotService"};

absl::Status NoMethod(absl::string_view message) {
  return MakeError(absl::StatusCode::kNotFound, reason::kMethodNotFound,
                   message);
}

}  // namespace

absl::StatusOr<const MethodDescriptor*> FindApiMethod(absl::string_view path) {
  const std::pair<absl::string_view, absl::string_view> parts =
      absl::StrSplit(path, absl::MaxSplits('/', 1));
  const auto& [service_name, method_name] = parts;
  if (std::find(kServices.begin(), kServices.end(), service_name) ==
      kServices.end()) {
    return NoMethod(
        "no such service: heapd.v1.HeapService, heapd.v1.CollectorService and "
        "heapd.v1.SnapshotService are served here");
  }
  const ServiceDescriptor* service =
      DescriptorPool::generated_pool()->FindServiceByName(
          std::string(service_name));
  const MethodDescriptor* method =
      service == nullptr ? nullptr
                         : service->FindMethodByName(std::string(method_name));
  if (method == nullptr) {
    return NoMethod(absl::StrCat(service_name, " has no such method"));
  }
  if (method->client_streaming() || method->server_streaming()) {
    return NoMethod(absl::StrCat(
        service_name, ".", method_name,
        " is a stream, which is served over gRPC only: ask GetStats or "
        "GetSnapshot again instead"));
  }
  return method;
}

}  // namespace heapd::server
