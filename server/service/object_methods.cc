#include "server/service/object_methods.h"

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "heap/base/error.h"
#include "heap/base/limits.h"
#include "heap/base/status_macros.h"
#include "server/service/check.h"
#include "server/service/convert.h"

namespace heapd::server {
namespace {

constexpr uint32_t kDefaultCopyObjects = 1024;
// What a Value takes in a response, about.
constexpr uint64_t kValueBytes = 48;

// How many of `size` things stand from `offset` on, at most `limit`.
// INVALID_ARGUMENT (`field`) for an offset behind the end.
absl::StatusOr<uint32_t> PartSize(uint32_t size, uint32_t offset,
                                  uint32_t limit, absl::string_view field) {
  if (offset > size) {
    return InvalidField(field, absl::StrCat("is over the object's ", size));
  }
  return std::min(size - offset, limit);
}

absl::Status ReadValues(const v1::ReadObjectRequest& request, Ref ref,
                        uint32_t count, HeapAccess& access,
                        v1::ReadObjectResponse* response) {
  std::vector<Value> values;
  values.reserve(count);
  HEAPD_RETURN_IF_ERROR(
      access.heap.ReadSlots(ref, request.slot_offset(), count, &values));
  response->mutable_values()->Reserve(static_cast<int>(values.size()));
  for (const Value value : values) ToMessage(value, response->add_values());
  return absl::OkStatus();
}

}  // namespace

absl::Status AllocateObjectMethod::Check(const Request& request,
                                         const MethodContext&) {
  if (request.type() == 0) return InvalidField("type", "is required");
  if (request.values_size() > static_cast<int>(kMaxSlots)) {
    return InvalidField("values", "at most 1,048,576");
  }
  return CheckSession(request.session());
}

absl::Status AllocateObjectMethod::Run(const Request& request,
                                       const MethodContext&, HeapAccess& access,
                                       Response* response) {
  std::vector<Value> values;
  values.reserve(request.values_size());
  for (const v1::Value& message : request.values()) {
    HEAPD_ASSIGN_OR_RETURN(const Value value, FromMessage(message, "values"));
    values.push_back(value);
  }
  HEAPD_ASSIGN_OR_RETURN(
      const Ref ref,
      access.heap.Allocate(request.session(), request.type(), request.payload(),
                           request.slot_count(), values, request.tag()));
  response->set_ref(ref.bits());
  return absl::OkStatus();
}

absl::Status AllocateStringMethod::Check(const Request& request,
                                         const MethodContext&) {
  return CheckSession(request.session());
}

absl::Status AllocateStringMethod::Run(const Request& request,
                                       const MethodContext&, HeapAccess& access,
                                       Response* response) {
  HEAPD_ASSIGN_OR_RETURN(
      const Ref ref,
      access.heap.AllocateString(request.session(), request.content()));
  response->set_ref(ref.bits());
  return absl::OkStatus();
}

absl::Status ReadObjectMethod::Check(const Request& request,
                                     const MethodContext&) {
  return ToRef(request.ref(), "ref").status();
}

absl::Status ReadObjectMethod::Run(const Request& request,
                                   const MethodContext& context,
                                   HeapAccess& access, Response* response) {
  const Ref ref(request.ref());
  HEAPD_ASSIGN_OR_RETURN(const ObjectInfo info, access.heap.Describe(ref));
  HEAPD_ASSIGN_OR_RETURN(
      const uint32_t payload_count,
      PartSize(
          info.payload_size, request.payload_offset(),
          request.has_payload_limit() ? request.payload_limit() : UINT32_MAX,
          "payload_offset"));
  HEAPD_ASSIGN_OR_RETURN(
      const uint32_t slot_count,
      PartSize(info.slot_count, request.slot_offset(),
               request.has_slot_limit() ? request.slot_limit() : UINT32_MAX,
               "slot_offset"));
  HEAPD_RETURN_IF_ERROR(context.ticket.Grow(
      kAnswerCopies * (payload_count + slot_count * kValueBytes)));
  HEAPD_ASSIGN_OR_RETURN(const absl::string_view payload,
                         access.heap.ReadPayload(ref));
  response->set_payload(payload.data() + request.payload_offset(),
                        payload_count);
  HEAPD_RETURN_IF_ERROR(ReadValues(request, ref, slot_count, access, response));
  response->set_type(info.type);
  response->set_tag(std::string(info.tag));
  response->set_type_name(std::string(access.heap.FindType(info.type)->name));
  response->set_payload_size(info.payload_size);
  response->set_slot_count(info.slot_count);
  response->set_self_size(info.self_size);
  return absl::OkStatus();
}

absl::Status WriteObjectMethod::Check(const Request& request,
                                      const MethodContext&) {
  return ToRef(request.ref(), "ref").status();
}

absl::Status WriteObjectMethod::Run(const Request& request,
                                    const MethodContext&, HeapAccess& access,
                                    Response*) {
  return access.heap.WritePayload(Ref(request.ref()), request.payload_offset(),
                                  request.payload());
}

absl::Status CopyObjectMethod::Check(const Request& request,
                                     const MethodContext&) {
  HEAPD_RETURN_IF_ERROR(CheckSession(request.session()));
  if (request.max_object_count() > kMaxCopyObjects) {
    return InvalidField("max_object_count", "at most 65,536");
  }
  return ToRef(request.ref(), "ref").status();
}

bool CopyObjectMethod::IsLong(const Request& request) {
  return request.max_depth() > 0 &&
         request.max_object_count() > kDefaultCopyObjects;
}

absl::Status CopyObjectMethod::Run(const Request& request, const MethodContext&,
                                   HeapAccess& access, Response* response) {
  const uint32_t max_objects = request.max_object_count() != 0
                                   ? request.max_object_count()
                                   : kDefaultCopyObjects;
  HEAPD_ASSIGN_OR_RETURN(const auto copied,
                         access.heap.Copy(request.session(), Ref(request.ref()),
                                          request.max_depth(), max_objects));
  response->set_ref(copied.first.bits());
  response->set_object_count(copied.second);
  return absl::OkStatus();
}

absl::Status LinkObjectMethod::Check(const Request& request,
                                     const MethodContext&) {
  HEAPD_RETURN_IF_ERROR(FromMessage(request.value(), "value").status());
  return ToRef(request.ref(), "ref").status();
}

absl::Status LinkObjectMethod::Run(const Request& request, const MethodContext&,
                                   HeapAccess& access, Response* response) {
  HEAPD_ASSIGN_OR_RETURN(const Value value,
                         FromMessage(request.value(), "value"));
  HEAPD_ASSIGN_OR_RETURN(
      const Value former,
      access.heap.Link(Ref(request.ref()), request.slot(), value));
  ToMessage(former, response->mutable_former_value());
  return absl::OkStatus();
}

absl::Status UnlinkObjectMethod::Check(const Request& request,
                                       const MethodContext&) {
  return ToRef(request.ref(), "ref").status();
}

absl::Status UnlinkObjectMethod::Run(const Request& request,
                                     const MethodContext&, HeapAccess& access,
                                     Response* response) {
  HEAPD_ASSIGN_OR_RETURN(
      const Value former,
      access.heap.Link(Ref(request.ref()), request.slot(), Value::Null()));
  ToMessage(former, response->mutable_former_value());
  return absl::OkStatus();
}

absl::Status AddSlotsMethod::Check(const Request& request,
                                   const MethodContext&) {
  return ToRef(request.ref(), "ref").status();
}

absl::Status AddSlotsMethod::Run(const Request& request, const MethodContext&,
                                 HeapAccess& access, Response* response) {
  HEAPD_ASSIGN_OR_RETURN(
      const uint32_t slot_count,
      access.heap.AddSlots(Ref(request.ref()), request.count()));
  response->set_slot_count(slot_count);
  return absl::OkStatus();
}

}  // namespace heapd::server
