#include "client/import/graph_writer.h"

#include <string_view>

#include "absl/status/statusor.h"
#include "client/heapd/batch_reader.h"
#include "client/heapd/remote_heap.h"
#include "client/heapd/scope.h"
#include "client/heapd/status_macros.h"

namespace heapd::importer {

using ::heapd::client::BatchReader;
using ::heapd::client::BatchValue;
using ::heapd::client::Ref;
using ::heapd::client::Scope;
using ::heapd::client::TypeKind;

GraphWriter::GraphWriter(const client::Session& session, const TypeTable& types,
                         const BatchLimits& limits)
    : session_(session), types_(types), limits_(limits) {}

absl::Status GraphWriter::Apply(const GraphChanges& changes) {
  std::vector<Ref> refs(changes.result.object_count());
  for (size_t object = 0; object < refs.size(); ++object) {
    const uint32_t origin = changes.origins[object];
    if (origin != kNoObject) refs[object] = refs_[origin];
  }
  refs_ = std::move(refs);

  HEAPD_CLIENT_ASSIGN_OR_RETURN(Scope scope, session_.OpenScope());
  HEAPD_CLIENT_RETURN_IF_ERROR(WriteObjects(changes));
  HEAPD_CLIENT_RETURN_IF_ERROR(WriteSlots(changes));
  HEAPD_CLIENT_RETURN_IF_ERROR(WriteRoots(changes));
  return scope.Close();
}

absl::Status GraphWriter::WriteObjects(const GraphChanges& changes) {
  for (uint32_t object = 0; object < refs_.size(); ++object) {
    if (changes.origins[object] == kNoObject) {
      HEAPD_CLIENT_RETURN_IF_ERROR(AllocateObject(changes.result, object));
    }
  }
  for (const uint32_t object : changes.holds) {
    HEAPD_CLIENT_RETURN_IF_ERROR(MakeRoom(0));
    batch_.Hold(refs_[object]);
  }
  // From here on every object has a ref.
  return Send();
}

absl::Status GraphWriter::AllocateObject(const ObjectGraph& graph,
                                         uint32_t object) {
  const uint32_t type = graph.types[object];
  const size_t size = graph.payload_sizes[object];
  HEAPD_CLIENT_RETURN_IF_ERROR(DefineType(type));
  HEAPD_CLIENT_RETURN_IF_ERROR(MakeRoom(size));
  if (zeros_.size() < size) zeros_.resize(size);
  const std::string_view payload =
      graph.text(object).value_or(zeros_).substr(0, size);
  allocated_.emplace_back(
      object,
      batch_.Allocate(type_ids_[type], payload, {},
                      static_cast<uint32_t>(graph.slots_of(object).size())));
  return absl::OkStatus();
}

absl::Status GraphWriter::WriteSlots(const GraphChanges& changes) {
  for (const SlotGrowth& growth : changes.growths) {
    HEAPD_CLIENT_RETURN_IF_ERROR(MakeRoom(0));
    batch_.AddSlots(refs_[growth.object], growth.count);
  }
  for (const SlotChange& link : changes.links) {
    HEAPD_CLIENT_RETURN_IF_ERROR(MakeRoom(0));
    const Ref ref = refs_[link.object];
    if (link.value.is_null()) {
      batch_.Unlink(ref, link.slot);
      continue;
    }
    const Ref target = refs_[link.value.target];
    batch_.Link(ref, link.slot,
                link.value.weak ? BatchValue::Weak(target)
                                : BatchValue::Strong(target));
  }
  return absl::OkStatus();
}

absl::Status GraphWriter::WriteRoots(const GraphChanges& changes) {
  for (const RootChange& root : changes.roots) {
    HEAPD_CLIENT_RETURN_IF_ERROR(MakeRoom(root.name.size()));
    if (root.object == kNoObject) {
      batch_.Unroot(root.name);
    } else {
      batch_.Root(root.name, refs_[root.object]);
    }
  }
  return Send();
}

absl::Status GraphWriter::DefineType(uint32_t type) {
  if (type_ids_.size() <= type) type_ids_.resize(types_.size());
  if (type_ids_[type] != client::TypeId()) return absl::OkStatus();
  const ObjectType& wanted = types_.type(type);
  HEAPD_CLIENT_ASSIGN_OR_RETURN(
      type_ids_[type],
      session_.DefineType(
          wanted.name, wanted.slot_names,
          wanted.is_string ? TypeKind::kString : TypeKind::kObject));
  return absl::OkStatus();
}

absl::Status GraphWriter::MakeRoom(size_t bytes) {
  if (batch_.empty() || (batch_.op_count() < limits_.max_operations &&
                         batch_.byte_size() + bytes <= limits_.max_bytes)) {
    return absl::OkStatus();
  }
  return Send();
}

absl::Status GraphWriter::Send() {
  if (batch_.empty()) return absl::OkStatus();
  ++batch_count_;
  operation_count_ += batch_.op_count();
  HEAPD_CLIENT_ASSIGN_OR_RETURN(const BatchReader reader,
                                session_.Apply(std::move(batch_)));
  for (const auto& [object, local] : allocated_) {
    refs_[object] = reader.ref(local);
  }
  allocated_.clear();
  batch_.Clear();
  return absl::OkStatus();
}

}  // namespace heapd::importer
