#include "client/heapd/remote_heap.h"

#include <utility>

#include "client/heapd/status_macros.h"

namespace heapd::client {

using Stub = v1::ObjectService::Stub;

RemoteHeap::RemoteHeap(std::shared_ptr<Connection> connection, std::string heap,
                       SessionId session)
    : connection_(std::move(connection)),
      stub_(v1::ObjectService::NewStub(connection_->channel())),
      heap_(std::move(heap)),
      session_(session) {}

template <typename Request>
Request RemoteHeap::NewRequest() const {
  Request request;
  request.set_heap(heap_);
  if constexpr (requires { request.set_session(uint64_t{1}); }) {
    request.set_session(session_.value());
  }
  return request;
}

template <typename Request>
Request RemoteHeap::NewMutation() const {
  Request request = NewRequest<Request>();
  request.set_request_id(connection_->NewRequestId());
  return request;
}

template <typename Response, typename Request>
absl::StatusOr<Response> RemoteHeap::Call(
    grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&,
                                 Response*),
    const Request& request, Repeat repeat) const {
  return connection_->Call<Response>(*stub_, method, request, repeat);
}

template <typename Response, typename Request>
absl::StatusOr<Response> RemoteHeap::Mutate(
    grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&,
                                 Response*),
    const Request& request) const {
  return Call(method, request, connection_->RepeatWithRequestId());
}

absl::StatusOr<TypeId> RemoteHeap::DefineType(
    std::string_view name, const std::vector<std::string>& slot_names,
    TypeKind kind, std::string_view tag) const {
  auto request = NewRequest<v1::DefineTypeRequest>();
  v1::Type& type = *request.mutable_type();
  type.set_name(std::string(name));
  type.set_kind(kind == TypeKind::kString ? v1::TYPE_KIND_STRING
                                          : v1::TYPE_KIND_OBJECT);
  type.mutable_slot_names()->Add(slot_names.begin(), slot_names.end());
  type.set_tag(std::string(tag));
  HEAPD_CLIENT_ASSIGN_OR_RETURN(const v1::DefineTypeResponse response,
                                Call(&Stub::DefineType, request));
  return TypeId(response.type());
}

absl::StatusOr<std::vector<v1::Type>> RemoteHeap::ListTypes() const {
  std::vector<v1::Type> types;
  auto request = NewRequest<v1::ListTypesRequest>();
  do {
    HEAPD_CLIENT_ASSIGN_OR_RETURN(v1::ListTypesResponse page,
                                  Call(&Stub::ListTypes, request));
    for (v1::Type& type : *page.mutable_types()) {
      types.push_back(std::move(type));
    }
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  return types;
}

absl::StatusOr<Ref> RemoteHeap::Allocate(TypeId type, std::string_view payload,
                                         absl::Span<const Value> values,
                                         uint32_t slot_count) const {
  auto request = NewMutation<v1::AllocateObjectRequest>();
  request.set_type(type.value());
  request.set_payload(std::string(payload));
  request.set_slot_count(slot_count);
  for (const Value value : values) *request.add_values() = value.ToProto();
  HEAPD_CLIENT_ASSIGN_OR_RETURN(const v1::AllocateObjectResponse response,
                                Mutate(&Stub::AllocateObject, request));
  return Ref(response.ref());
}

absl::StatusOr<Ref> RemoteHeap::AllocateString(std::string_view content) const {
  auto request = NewMutation<v1::AllocateStringRequest>();
  request.set_content(std::string(content));
  HEAPD_CLIENT_ASSIGN_OR_RETURN(const v1::AllocateStringResponse response,
                                Mutate(&Stub::AllocateString, request));
  return Ref(response.ref());
}

absl::StatusOr<Ref> RemoteHeap::Copy(Ref ref, uint32_t max_depth,
                                     uint32_t max_object_count) const {
  auto request = NewMutation<v1::CopyObjectRequest>();
  request.set_ref(ref.id());
  request.set_max_depth(max_depth);
  request.set_max_object_count(max_object_count);
  HEAPD_CLIENT_ASSIGN_OR_RETURN(const v1::CopyObjectResponse response,
                                Mutate(&Stub::CopyObject, request));
  return Ref(response.ref());
}

absl::StatusOr<ObjectData> RemoteHeap::Read(Ref ref,
                                            const ReadOptions& options) const {
  auto request = NewRequest<v1::ReadObjectRequest>();
  request.set_ref(ref.id());
  request.set_payload_offset(options.payload_offset);
  request.set_slot_offset(options.slot_offset);
  if (options.payload_limit.has_value()) {
    request.set_payload_limit(*options.payload_limit);
  }
  if (options.slot_limit.has_value()) {
    request.set_slot_limit(*options.slot_limit);
  }
  HEAPD_CLIENT_ASSIGN_OR_RETURN(v1::ReadObjectResponse response,
                                Call(&Stub::ReadObject, request));
  ObjectData data{.type = TypeId(response.type()),
                  .type_name = std::move(*response.mutable_type_name()),
                  .payload_size = response.payload_size(),
                  .payload = std::move(*response.mutable_payload()),
                  .slot_count = response.slot_count(),
                  .values = {},
                  .self_size = response.self_size(),
                  .tag = std::move(*response.mutable_tag())};
  data.values.reserve(static_cast<size_t>(response.values_size()));
  for (const v1::Value& value : response.values()) {
    data.values.push_back(Value::FromProto(value));
  }
  return data;
}

absl::Status RemoteHeap::Write(Ref ref, uint32_t offset,
                               std::string_view bytes) const {
  auto request = NewMutation<v1::WriteObjectRequest>();
  request.set_ref(ref.id());
  request.set_payload_offset(offset);
  request.set_payload(std::string(bytes));
  return Mutate(&Stub::WriteObject, request).status();
}

absl::StatusOr<Value> RemoteHeap::Link(Ref ref, uint32_t slot,
                                       Value value) const {
  auto request = NewMutation<v1::LinkObjectRequest>();
  request.set_ref(ref.id());
  request.set_slot(slot);
  *request.mutable_value() = value.ToProto();
  HEAPD_CLIENT_ASSIGN_OR_RETURN(const v1::LinkObjectResponse response,
                                Mutate(&Stub::LinkObject, request));
  return Value::FromProto(response.former_value());
}

absl::StatusOr<Value> RemoteHeap::Unlink(Ref ref, uint32_t slot) const {
  auto request = NewMutation<v1::UnlinkObjectRequest>();
  request.set_ref(ref.id());
  request.set_slot(slot);
  HEAPD_CLIENT_ASSIGN_OR_RETURN(const v1::UnlinkObjectResponse response,
                                Mutate(&Stub::UnlinkObject, request));
  return Value::FromProto(response.former_value());
}

absl::StatusOr<uint32_t> RemoteHeap::AddSlots(Ref ref, uint32_t count) const {
  auto request = NewMutation<v1::AddSlotsRequest>();
  request.set_ref(ref.id());
  request.set_count(count);
  HEAPD_CLIENT_ASSIGN_OR_RETURN(const v1::AddSlotsResponse response,
                                Mutate(&Stub::AddSlots, request));
  return response.slot_count();
}

absl::Status RemoteHeap::Hold(Ref ref) const {
  auto request = NewMutation<v1::HoldObjectRequest>();
  request.set_ref(ref.id());
  return Mutate(&Stub::HoldObject, request).status();
}

absl::Status RemoteHeap::Release(absl::Span<const Ref> refs) const {
  auto request = NewMutation<v1::ReleaseObjectRequest>();
  for (const Ref ref : refs) request.add_refs(ref.id());
  return Mutate(&Stub::ReleaseObject, request).status();
}

absl::StatusOr<uint32_t> RemoteHeap::PushScope() const {
  HEAPD_CLIENT_ASSIGN_OR_RETURN(
      const v1::PushScopeResponse response,
      Mutate(&Stub::PushScope, NewMutation<v1::PushScopeRequest>()));
  return response.depth();
}

absl::StatusOr<uint32_t> RemoteHeap::PopScope(Ref carry) const {
  auto request = NewMutation<v1::PopScopeRequest>();
  request.set_carry_ref(carry.id());
  HEAPD_CLIENT_ASSIGN_OR_RETURN(const v1::PopScopeResponse response,
                                Mutate(&Stub::PopScope, request));
  return response.depth();
}

absl::StatusOr<Ref> RemoteHeap::Root(std::string_view name, Ref ref) const {
  auto request = NewMutation<v1::RootObjectRequest>();
  request.set_name(std::string(name));
  request.set_ref(ref.id());
  HEAPD_CLIENT_ASSIGN_OR_RETURN(const v1::RootObjectResponse response,
                                Mutate(&Stub::RootObject, request));
  return Ref(response.former_ref());
}

absl::StatusOr<Ref> RemoteHeap::Unroot(std::string_view name) const {
  auto request = NewMutation<v1::UnrootObjectRequest>();
  request.set_name(std::string(name));
  HEAPD_CLIENT_ASSIGN_OR_RETURN(const v1::UnrootObjectResponse response,
                                Mutate(&Stub::UnrootObject, request));
  return Ref(response.former_ref());
}

absl::StatusOr<Ref> RemoteHeap::GetRoot(std::string_view name) const {
  auto request = NewRequest<v1::GetRootRequest>();
  request.set_name(std::string(name));
  HEAPD_CLIENT_ASSIGN_OR_RETURN(const v1::GetRootResponse response,
                                Call(&Stub::GetRoot, request));
  return Ref(response.ref());
}

absl::StatusOr<std::vector<v1::Root>> RemoteHeap::ListRoots() const {
  std::vector<v1::Root> roots;
  auto request = NewRequest<v1::ListRootsRequest>();
  do {
    HEAPD_CLIENT_ASSIGN_OR_RETURN(v1::ListRootsResponse page,
                                  Call(&Stub::ListRoots, request));
    for (v1::Root& root : *page.mutable_roots()) {
      roots.push_back(std::move(root));
    }
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  return roots;
}

absl::StatusOr<BatchReader> RemoteHeap::Apply(BatchBuilder&& batch,
                                              std::string_view tag) const {
  auto request = NewMutation<v1::ApplyRequest>();
  request.set_tag(std::string(tag));
  *request.mutable_batch() = batch.Take();
  BatchShape shape(request.batch());
  HEAPD_CLIENT_ASSIGN_OR_RETURN(v1::ApplyResponse response,
                                Mutate(&Stub::Apply, request));
  return BatchReader::Create(std::move(shape),
                             std::move(*response.mutable_result()));
}

absl::StatusOr<std::unique_ptr<Pipeline>> RemoteHeap::OpenPipeline(
    const PipelineOptions& options) const {
  if (options.max_outstanding == 0) {
    return absl::InvalidArgumentError("max_outstanding is at least 1");
  }
  return std::make_unique<Pipeline>(connection_, stub_, heap_, session_,
                                    options);
}

absl::StatusOr<TraverseReader> RemoteHeap::Traverse(
    const TraverseOptions& options) const {
  auto request = NewRequest<v1::TraverseRequest>();
  for (const Ref ref : options.refs) request.add_refs(ref.id());
  for (const std::string& root : options.roots) request.add_roots(root);
  if (options.max_depth.has_value()) request.set_max_depth(*options.max_depth);
  request.set_max_object_count(options.max_object_count);
  request.set_max_bytes(options.max_bytes);
  request.set_include_payloads(options.include_payloads);
  request.set_follow_weak_refs(options.follow_weak_refs);
  HEAPD_CLIENT_ASSIGN_OR_RETURN(v1::TraverseResponse response,
                                Call(&Stub::Traverse, request));
  return TraverseReader::Create(std::move(response));
}

}  // namespace heapd::client
