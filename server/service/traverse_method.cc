#include "server/service/traverse_method.h"

#include <string>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "heap/base/error.h"
#include "heap/base/limits.h"
#include "heap/base/status_macros.h"
#include "server/service/check.h"
#include "server/service/convert.h"

namespace heapd::server {
namespace {

constexpr uint32_t kDefaultObjects = 1000;
constexpr uint32_t kDefaultBytes = uint32_t{1} << 20;
constexpr uint32_t kMaxBytes = uint32_t{32} << 20;
// What an RPC thread may do itself.
constexpr uint32_t kShortObjects = 1000;
constexpr uint32_t kShortBytes = uint32_t{1} << 20;

Heap::TraverseOptions OptionsOf(const v1::TraverseRequest& request) {
  Heap::TraverseOptions options;
  options.max_depth =
      request.has_max_depth() ? request.max_depth() : UINT32_MAX;
  options.max_objects = request.max_object_count() != 0
                            ? request.max_object_count()
                            : kDefaultObjects;
  options.max_bytes =
      request.max_bytes() != 0 ? request.max_bytes() : kDefaultBytes;
  options.include_payloads = request.include_payloads();
  options.follow_weak_refs = request.follow_weak_refs();
  return options;
}

absl::StatusOr<std::vector<Ref>> StartsOf(const v1::TraverseRequest& request,
                                          const Heap& heap) {
  std::vector<Ref> starts;
  starts.reserve(request.refs_size() + request.roots_size());
  for (const uint64_t ref : request.refs()) starts.emplace_back(ref);
  for (const std::string& name : request.roots()) {
    HEAPD_ASSIGN_OR_RETURN(const Ref ref, heap.GetRoot(name));
    starts.push_back(ref);
  }
  return starts;
}

void AddRow(const Heap::TraversedObject& object,
            v1::TraverseResponse* response) {
  response->add_refs(object.ref.bits());
  response->add_types(object.info.type);
  response->add_depths(object.depth);
  response->add_payload_sizes(object.info.payload_size);
  response->add_slot_counts(object.info.slot_count);
  response->mutable_values()->Reserve(response->values_size() +
                                      static_cast<int>(object.values.size()));
  for (const Value value : object.values) response->add_values(value.bits());
  response->mutable_payloads()->append(object.payload.data(),
                                       object.payload.size());
}

}  // namespace

absl::Status TraverseMethod::Check(const Request& request,
                                   const MethodContext&) {
  const int starts = request.refs_size() + request.roots_size();
  if (starts == 0) {
    return InvalidField("refs", "at least one ref or root is required");
  }
  if (starts > static_cast<int>(kMaxTraverseStarts)) {
    return InvalidField("refs", "at most 1,024 refs and roots in all");
  }
  for (const uint64_t ref : request.refs()) {
    HEAPD_RETURN_IF_ERROR(ToRef(ref, "refs").status());
  }
  for (const std::string& name : request.roots()) {
    HEAPD_RETURN_IF_ERROR(CheckName(name, "roots"));
  }
  if (request.max_object_count() > kMaxTraverseObjects) {
    return InvalidField("max_object_count", "at most 100,000");
  }
  if (request.max_bytes() > kMaxBytes) {
    return InvalidField("max_bytes", "at most 32 MiB");
  }
  return absl::OkStatus();
}

bool TraverseMethod::IsLong(const Request& request) {
  return request.max_object_count() > kShortObjects ||
         request.max_bytes() > kShortBytes;
}

absl::Status TraverseMethod::Run(const Request& request,
                                 const MethodContext& context,
                                 HeapAccess& access, Response* response) {
  const Heap::TraverseOptions options = OptionsOf(request);
  HEAPD_RETURN_IF_ERROR(context.ticket.Grow(kAnswerCopies * options.max_bytes));
  HEAPD_ASSIGN_OR_RETURN(const std::vector<Ref> starts,
                         StartsOf(request, access.heap));
  absl::flat_hash_set<TypeId> types;
  HEAPD_ASSIGN_OR_RETURN(
      const bool truncated,
      access.heap.Traverse(
          starts, options, [&](const Heap::TraversedObject& object) {
            AddRow(object, response);
            if (types.insert(object.info.type).second) {
              ToMessage(*access.heap.FindType(object.info.type),
                        response->add_type_table());
            }
          }));
  response->set_truncated(truncated);
  return absl::OkStatus();
}

}  // namespace heapd::server
