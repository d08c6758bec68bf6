#include "client/heapload/record/relay_core.h"

#include <chrono>
#include <map>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/match.h"
#include "client/heapload/record/entry.h"

namespace heapd::heapload {
namespace {

using Metadata = std::multimap<grpc::string_ref, grpc::string_ref>;

// What a connection says about itself, and not the caller about the call: each
// of the two connections says its own.
bool IsOfConnection(const std::string& key) {
  static const auto* const keys = new absl::flat_hash_set<std::string>(
      {"user-agent", "content-type", "te", "host", "accept-encoding"});
  return absl::StartsWith(key, "grpc-") || absl::StartsWith(key, ":") ||
         keys->contains(key);
}

template <typename Add>
void CopyMetadata(const Metadata& metadata, Add add) {
  for (const auto& [key_ref, value] : metadata) {
    const std::string key(key_ref.data(), key_ref.size());
    if (IsOfConnection(key)) continue;
    add(key, std::string(value.data(), value.size()));
  }
}

}  // namespace

MethodTraits TraitsOf(const std::string& method) {
  constexpr char kObjects[] = "/heapd.v1.ObjectService/";
  MethodTraits traits;
  recording::Entry entry;
  const bool stream = method == "/heapd.v1.ObjectService/Pipeline";
  traits.mutates = stream || SetMethod(method, &entry);
  traits.recorded = traits.mutates || absl::StartsWith(method, kObjects);
  traits.unary =
      !stream && (absl::StartsWith(method, kObjects) ||
                  absl::StartsWith(method, "/heapd.v1.HeapService/") ||
                  (absl::StartsWith(method, "/heapd.v1.CollectorService/") &&
                   !absl::EndsWith(method, "/WatchCollections")) ||
                  method == "/grpc.health.v1.Health/Check");
  return traits;
}

void CopyToDaemon(const grpc::GenericCallbackServerContext& from,
                  grpc::ClientContext* to) {
  CopyMetadata(from.client_metadata(),
               [to](const std::string& key, const std::string& value) {
                 to->AddMetadata(key, value);
               });
  if (from.deadline() != std::chrono::system_clock::time_point::max()) {
    to->set_deadline(from.deadline());
  }
}

void CopyInitialMetadata(const grpc::ClientContext& from,
                         grpc::GenericCallbackServerContext* to) {
  CopyMetadata(from.GetServerInitialMetadata(),
               [to](const std::string& key, const std::string& value) {
                 to->AddInitialMetadata(key, value);
               });
}

void CopyTrailingMetadata(const grpc::ClientContext& from,
                          grpc::GenericCallbackServerContext* to) {
  CopyMetadata(from.GetServerTrailingMetadata(),
               [to](const std::string& key, const std::string& value) {
                 to->AddTrailingMetadata(key, value);
               });
}

}  // namespace heapd::heapload
