#include "server/service/hold_methods.h"

#include <string>
#include <vector>

#include "heap/base/error.h"
#include "heap/base/limits.h"
#include "heap/base/status_macros.h"
#include "heap/batch.h"
#include "server/service/check.h"
#include "server/service/convert.h"
#include "server/service/page.h"

namespace heapd::server {
namespace {

constexpr absl::string_view kList = "roots";
constexpr size_t kDefaultPage = 1000;
constexpr size_t kMaxPage = 10000;

}  // namespace

absl::Status HoldObjectMethod::Check(const Request& request,
                                     const MethodContext&) {
  HEAPD_RETURN_IF_ERROR(CheckSession(request.session()));
  return ToRef(request.ref(), "ref").status();
}

absl::Status HoldObjectMethod::Run(const Request& request, const MethodContext&,
                                   HeapAccess& access, Response*) {
  return access.heap.Hold(request.session(), Ref(request.ref()));
}

absl::Status ReleaseObjectMethod::Check(const Request& request,
                                        const MethodContext&) {
  HEAPD_RETURN_IF_ERROR(CheckSession(request.session()));
  if (request.refs().empty()) return InvalidField("refs", "is required");
  if (request.refs_size() > static_cast<int>(kMaxOperations)) {
    return InvalidField("refs", "at most 65,536");
  }
  for (const uint64_t ref : request.refs()) {
    HEAPD_RETURN_IF_ERROR(ToRef(ref, "refs").status());
  }
  return absl::OkStatus();
}

absl::Status ReleaseObjectMethod::Run(const Request& request,
                                      const MethodContext&, HeapAccess& access,
                                      Response*) {
  if (request.refs_size() == 1) {
    return access.heap.Release(request.session(), Ref(request.refs(0)));
  }
  // All or none: what a batch is for.
  const std::vector<int32_t> kinds(
      request.refs_size(), static_cast<int32_t>(OperationKind::kRelease));
  BatchView batch;
  batch.kinds = kinds;
  batch.refs = request.refs();
  BatchResult result;
  return access.heap.Apply(request.session(), batch, &result);
}

absl::Status RootObjectMethod::Check(const Request& request,
                                     const MethodContext&) {
  HEAPD_RETURN_IF_ERROR(CheckName(request.name(), "name"));
  return ToRef(request.ref(), "ref").status();
}

absl::Status RootObjectMethod::Run(const Request& request, const MethodContext&,
                                   HeapAccess& access, Response* response) {
  HEAPD_ASSIGN_OR_RETURN(const Ref former,
                         access.heap.Root(request.name(), Ref(request.ref())));
  response->set_former_ref(former.bits());
  return absl::OkStatus();
}

absl::Status UnrootObjectMethod::Check(const Request& request,
                                       const MethodContext&) {
  return CheckName(request.name(), "name");
}

absl::Status UnrootObjectMethod::Run(const Request& request,
                                     const MethodContext&, HeapAccess& access,
                                     Response* response) {
  HEAPD_ASSIGN_OR_RETURN(const Ref former, access.heap.Unroot(request.name()));
  response->set_former_ref(former.bits());
  return absl::OkStatus();
}

absl::Status GetRootMethod::Check(const Request& request,
                                  const MethodContext&) {
  return CheckName(request.name(), "name");
}

absl::Status GetRootMethod::Run(const Request& request, const MethodContext&,
                                HeapAccess& access, Response* response) {
  HEAPD_ASSIGN_OR_RETURN(const Ref ref, access.heap.GetRoot(request.name()));
  response->set_ref(ref.bits());
  return absl::OkStatus();
}

absl::Status ListRootsMethod::Check(const Request& request,
                                    const MethodContext&) {
  HEAPD_RETURN_IF_ERROR(
      PageSize(request.page_size(), kDefaultPage, kMaxPage).status());
  return ReadPageToken(kList, request.page_token()).status();
}

absl::Status ListRootsMethod::Run(const Request& request, const MethodContext&,
                                  HeapAccess& access, Response* response) {
  HEAPD_ASSIGN_OR_RETURN(const size_t page_size,
                         PageSize(request.page_size(), kDefaultPage, kMaxPage));
  HEAPD_ASSIGN_OR_RETURN(const std::string after,
                         ReadPageToken(kList, request.page_token()));
  // One more than wanted says whether there is another page.
  const auto roots = access.heap.ListRoots(after, page_size + 1);
  size_t bytes = 0;
  for (const auto& [name, ref] : roots) {
    const int listed = response->roots_size();
    if (listed == static_cast<int>(page_size) || bytes >= kPageBytes) {
      response->set_next_page_token(
          MakePageToken(kList, response->roots(listed - 1).name()));
      break;
    }
    v1::Root* const root = response->add_roots();
    root->set_name(name);
    root->set_ref(ref.bits());
    bytes += name.size() + sizeof(uint64_t);
  }
  return absl::OkStatus();
}

}  // namespace heapd::server
