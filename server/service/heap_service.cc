#include "server/service/heap_service.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/types/optional.h"
#include "heap/base/status_macros.h"
#include "server/service/convert.h"
#include "server/service/method_permission.h"
#include "server/service/page.h"
#include "server/service/permitted_unary.h"

namespace heapd::server {
namespace {

constexpr absl::string_view kList = "heaps";
constexpr size_t kDefaultPage = 100;
constexpr size_t kMaxPage = 1000;

}  // namespace

grpc::Status HeapService::StreamedCreateHeap(
    grpc::ServerContext* context,
    UnaryStreamer<v1::CreateHeapRequest, v1::CreateHeapResponse>* call) {
  return ServeOnHeap(core_, gate_, *context, call,
                     [this](const v1::CreateHeapRequest& request,
                            v1::CreateHeapResponse* response) -> absl::Status {
                       absl::optional<uint64_t> new_space_bytes;
                       if (request.has_new_space_bytes()) {
                         new_space_bytes = request.new_space_bytes();
                       }
                       HEAPD_ASSIGN_OR_RETURN(
                           const HeapFigures figures,
                           core_.registry->Create(
                               request.heap(), request.limit_bytes(),
                               request.reservation_bytes(), new_space_bytes));
                       *response->mutable_heap() = ToMessage(figures);
                       return absl::OkStatus();
                     });
}

grpc::Status HeapService::StreamedGetHeap(
    grpc::ServerContext* context,
    UnaryStreamer<v1::GetHeapRequest, v1::GetHeapResponse>* call) {
  return ServeOnHeap(core_, gate_, *context, call,
                     [this](const v1::GetHeapRequest& request,
                            v1::GetHeapResponse* response) -> absl::Status {
                       HEAPD_ASSIGN_OR_RETURN(
                           const auto hosted,
                           core_.registry->Find(request.heap()));
                       *response->mutable_heap() = ToMessage(hosted->figures());
                       return absl::OkStatus();
                     });
}

grpc::Status HeapService::StreamedListHeaps(
    grpc::ServerContext* context,
    UnaryStreamer<v1::ListHeapsRequest, v1::ListHeapsResponse>* call) {
  return ServePermitted(
      core_, gate_, *context, call,
      [this](const Caller& caller, const v1::ListHeapsRequest& request,
             v1::ListHeapsResponse* response) {
        return List(caller, request, response);
      });
}

absl::Status HeapService::List(const Caller& caller,
                               const v1::ListHeapsRequest& request,
                               v1::ListHeapsResponse* response) const {
  HEAPD_ASSIGN_OR_RETURN(const size_t page_size,
                         PageSize(request.page_size(), kDefaultPage, kMaxPage));
  HEAPD_ASSIGN_OR_RETURN(const std::string after,
                         ReadPageToken(kList, request.page_token()));
  // One more than wanted says whether there is another page.
  std::vector<HeapFigures> heaps = ListFor(caller, after, page_size + 1);
  if (heaps.size() > page_size) {
    heaps.pop_back();
    response->set_next_page_token(MakePageToken(kList, heaps.back().heap));
  }
  for (const HeapFigures& figures : heaps) {
    *response->add_heaps() = ToMessage(figures);
  }
  return absl::OkStatus();
}

std::vector<HeapFigures> HeapService::ListFor(const Caller& caller,
                                              std::string after,
                                              size_t limit) const {
  const PermissionSet needed = PermissionOf<v1::ListHeapsRequest>().needed;
  std::vector<HeapFigures> heaps;
  for (bool more = true; more && heaps.size() < limit;) {
    std::vector<HeapFigures> next = core_.registry->List(after, limit);
    more = next.size() == limit;
    if (more) after = next.back().heap;
    for (HeapFigures& figures : next) {
      if (heaps.size() < limit && caller.MayOn(figures.heap, needed)) {
        heaps.push_back(std::move(figures));
      }
    }
  }
  return heaps;
}

grpc::Status HeapService::StreamedUpdateHeap(
    grpc::ServerContext* context,
    UnaryStreamer<v1::UpdateHeapRequest, v1::UpdateHeapResponse>* call) {
  return ServeOnHeap(core_, gate_, *context, call,
                     [this](const v1::UpdateHeapRequest& request,
                            v1::UpdateHeapResponse* response) -> absl::Status {
                       absl::optional<uint64_t> limit_bytes;
                       absl::optional<uint64_t> reservation_bytes;
                       if (request.has_limit_bytes())
                         limit_bytes = request.limit_bytes();
                       if (request.has_reservation_bytes()) {
                         reservation_bytes = request.reservation_bytes();
                       }
                       HEAPD_ASSIGN_OR_RETURN(
                           const HeapFigures figures,
                           core_.registry->Update(request.heap(), limit_bytes,
                                                  reservation_bytes));
                       *response->mutable_heap() = ToMessage(figures);
                       return absl::OkStatus();
                     });
}

grpc::Status HeapService::StreamedDeleteHeap(
    grpc::ServerContext* context,
    UnaryStreamer<v1::DeleteHeapRequest, v1::DeleteHeapResponse>* call) {
  return ServeOnHeap(
      core_, gate_, *context, call,
      [this](const v1::DeleteHeapRequest& request, v1::DeleteHeapResponse*) {
        return core_.registry->Delete(request.heap());
      });
}

}  // namespace heapd::server
