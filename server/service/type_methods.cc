#include "server/service/type_methods.h"

#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "heap/base/error.h"
#include "heap/base/limits.h"
#include "heap/base/status_macros.h"
#include "server/service/check.h"
#include "server/service/convert.h"
#include "server/service/page.h"

namespace heapd::server {
namespace {

constexpr absl::string_view kList = "types";
constexpr size_t kDefaultPage = 1000;
constexpr size_t kMaxPage = 10000;

// The type id that a page starts behind.
absl::StatusOr<TypeId> After(const v1::ListTypesRequest& request) {
  HEAPD_ASSIGN_OR_RETURN(const std::string key,
                         ReadPageToken(kList, request.page_token()));
  TypeId after = 0;
  if (key.empty() || absl::SimpleAtoi(key, &after)) return after;
  return InvalidField("page_token",
                      "must be the next_page_token of a page before");
}

}  // namespace

absl::Status DefineTypeMethod::Check(const Request& request,
                                     const MethodContext&) {
  if (!request.has_type()) return InvalidField("type", "is required");
  if (!v1::TypeKind_IsValid(request.type().kind())) {
    return InvalidField("type.kind", "is no kind of type");
  }
  return CheckName(request.type().name(), "type.name");
}

absl::Status DefineTypeMethod::Run(const Request& request, const MethodContext&,
                                   HeapAccess& access, Response* response) {
  const v1::Type& type = request.type();
  const std::vector<absl::string_view> slot_names(type.slot_names().begin(),
                                                  type.slot_names().end());
  const TypeKind kind = type.kind() == v1::TYPE_KIND_STRING ? TypeKind::kString
                                                            : TypeKind::kObject;
  HEAPD_ASSIGN_OR_RETURN(
      const TypeId id,
      access.heap.DefineType(type.name(), kind, slot_names, type.tag()));
  response->set_type(id);
  return absl::OkStatus();
}

absl::Status ListTypesMethod::Check(const Request& request,
                                    const MethodContext&) {
  HEAPD_RETURN_IF_ERROR(
      PageSize(request.page_size(), kDefaultPage, kMaxPage).status());
  return After(request).status();
}

absl::Status ListTypesMethod::Run(const Request& request, const MethodContext&,
                                  HeapAccess& access, Response* response) {
  HEAPD_ASSIGN_OR_RETURN(const size_t page_size,
                         PageSize(request.page_size(), kDefaultPage, kMaxPage));
  HEAPD_ASSIGN_OR_RETURN(const TypeId after, After(request));
  const TypeId last = access.heap.type_count();
  size_t bytes = 0;
  for (TypeId id = after; id < last;) {
    if (response->types_size() == static_cast<int>(page_size) ||
        bytes >= kPageBytes) {
      response->set_next_page_token(MakePageToken(kList, absl::StrCat(id)));
      return absl::OkStatus();
    }
    v1::Type* const message = response->add_types();
    ToMessage(*access.heap.FindType(++id), message);
    bytes += message->ByteSizeLong();
  }
  return absl::OkStatus();
}

}  // namespace heapd::server
