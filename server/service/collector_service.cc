#include "server/service/collector_service.h"

#include <memory>
#include <string>

#include "heap/base/error.h"
#include "heap/base/status_macros.h"
#include "server/host/heap_call.h"
#include "server/host/hosted_heap.h"
#include "server/host/requested_collection.h"
#include "server/service/admission_message.h"
#include "server/service/analyze_method.h"
#include "server/service/collection_stream.h"
#include "server/service/convert.h"
#include "server/service/leak_message.h"
#include "server/service/list_sessions_method.h"
#include "server/service/object_call.h"
#include "server/service/permitted_unary.h"
#include "server/service/resident_memory.h"

namespace heapd::server {
namespace {

CallTerms TermsOf(const grpc::ServerContext& context) {
  CallTerms terms;
  terms.deadline = DeadlineOf(context);
  return terms;
}

void ToMessage(const Heap::Explanation& explanation, const Heap& heap,
               v1::ExplainObjectResponse* response) {
  if (explanation.by_root) {
    response->set_root(explanation.root);
  } else {
    response->set_session(explanation.session);
  }
  for (const Heap::Explanation::Step& step : explanation.steps) {
    v1::PathStep* const message = response->add_steps();
    const Type& type = *heap.FindType(step.type);
    message->set_ref(step.ref.bits());
    message->set_type_name(std::string(type.name));
    message->set_tag(std::string(type.tag));
    if (!step.has_slot) continue;
    message->set_slot(step.slot);
    message->set_slot_name(std::string(type.SlotName(step.slot)));
  }
}

}  // namespace

absl::Status CollectorService::Collect(
    const grpc::ServerContext& context, const v1::CollectHeapRequest& request,
    v1::CollectHeapResponse* response) const {
  const bool compact = request.kind() == v1::COLLECTION_KIND_COMPACT;
  HEAPD_ASSIGN_OR_RETURN(
      const absl::optional<CollectionKind> kind,
      FromMessage(compact ? v1::COLLECTION_KIND_MAJOR : request.kind()));
  HEAPD_ASSIGN_OR_RETURN(const auto hosted,
                         core_.registry->Find(request.heap()));
  if (kind.value_or(CollectionKind::kMajor) == CollectionKind::kMajor) {
    HEAPD_ASSIGN_OR_RETURN(
        const Collection collection,
        CollectAndWait(hosted, TermsOf(context),
                       compact ? Compaction::kThorough : Compaction::kUsual));
    *response->mutable_collection() = ToMessage(collection);
    return absl::OkStatus();
  }
  return RunAndWait(
      hosted, TermsOf(context), nullptr, [response](HeapAccess& access) {
        *response->mutable_collection() = ToMessage(access.heap.Collect(
            CollectionReason::kRequested, CollectionKind::kMinor));
        return absl::OkStatus();
      });
}

absl::Status CollectorService::Stats(const grpc::ServerContext& context,
                                     const v1::GetStatsRequest& request,
                                     v1::GetStatsResponse* response) const {
  HEAPD_ASSIGN_OR_RETURN(const auto hosted,
                         core_.registry->Find(request.heap()));
  HeapStats stats;
  HEAPD_RETURN_IF_ERROR(RunAndWait(hosted, TermsOf(context), nullptr,
                                   [&stats](HeapAccess& access) {
                                     stats = access.heap.Stats();
                                     return absl::OkStatus();
                                   }));
  v1::HeapStats* const message = response->mutable_stats();
  *message = ToMessage(stats);
  *message->mutable_leak_verdict() = ToMessage(hosted->leak_verdict());
  message->set_process_resident_bytes(ResidentBytes());
  message->set_budget_bytes(core_.registry->budget().total_bytes());
  *message->mutable_admission() =
      ToMessage(*core_.calls, core_.counters->Read(), hosted->in_flight());
  return absl::OkStatus();
}

absl::Status CollectorService::Explain(
    const grpc::ServerContext& context, const v1::ExplainObjectRequest& request,
    v1::ExplainObjectResponse* response) const {
  HEAPD_ASSIGN_OR_RETURN(const Ref ref, ToRef(request.ref(), "ref"));
  HEAPD_ASSIGN_OR_RETURN(const auto hosted,
                         core_.registry->Find(request.heap()));
  return RunAndWait(hosted, TermsOf(context), hosted->long_pool(),
                    [ref, response](HeapAccess& access) -> absl::Status {
                      HEAPD_ASSIGN_OR_RETURN(
                          const Heap::Explanation explanation,
                          access.heap.Explain(ref));
                      ToMessage(explanation, access.heap, response);
                      return absl::OkStatus();
                    });
}

absl::Status CollectorService::Verify(const grpc::ServerContext& context,
                                      const v1::VerifyHeapRequest& request,
                                      v1::VerifyHeapResponse* response) const {
  HEAPD_ASSIGN_OR_RETURN(const auto hosted,
                         core_.registry->Find(request.heap()));
  return RunAndWait(hosted, TermsOf(context), hosted->long_pool(),
                    [response](HeapAccess& access) -> absl::Status {
                      HEAPD_RETURN_IF_ERROR(access.heap.Verify());
                      response->set_object_count(access.heap.object_count());
                      return absl::OkStatus();
                    });
}

grpc::Status CollectorService::StreamedCollectHeap(
    grpc::ServerContext* context,
    UnaryStreamer<v1::CollectHeapRequest, v1::CollectHeapResponse>* call) {
  return ServeOnHeap(core_, gate_, *context, call,
                     [&](const auto& request, auto* response) {
                       return Collect(*context, request, response);
                     });
}

grpc::Status CollectorService::StreamedGetStats(
    grpc::ServerContext* context,
    UnaryStreamer<v1::GetStatsRequest, v1::GetStatsResponse>* call) {
  return ServeOnHeap(core_, gate_, *context, call,
                     [&](const auto& request, auto* response) {
                       return Stats(*context, request, response);
                     });
}

grpc::Status CollectorService::StreamedExplainObject(
    grpc::ServerContext* context,
    UnaryStreamer<v1::ExplainObjectRequest, v1::ExplainObjectResponse>* call) {
  return ServeOnHeap(core_, gate_, *context, call,
                     [&](const auto& request, auto* response) {
                       return Explain(*context, request, response);
                     });
}

grpc::Status CollectorService::StreamedAnalyzeHeap(
    grpc::ServerContext* context,
    UnaryStreamer<v1::AnalyzeHeapRequest, v1::AnalyzeHeapResponse>* call) {
  return ServeOnHeap(
      core_, gate_, *context, call, [&](const auto& request, auto* response) {
        return RunAnalysis(core_, request, DeadlineOf(*context), response);
      });
}

grpc::Status CollectorService::StreamedListSessions(
    grpc::ServerContext* context,
    UnaryStreamer<v1::ListSessionsRequest, v1::ListSessionsResponse>* call) {
  return ServeOnHeap(
      core_, gate_, *context, call, [&](const auto& request, auto* response) {
        return SurveySessions(core_, request, DeadlineOf(*context), response);
      });
}

grpc::Status CollectorService::StreamedVerifyHeap(
    grpc::ServerContext* context,
    UnaryStreamer<v1::VerifyHeapRequest, v1::VerifyHeapResponse>* call) {
  return ServeOnHeap(core_, gate_, *context, call,
                     [&](const auto& request, auto* response) {
                       return Verify(*context, request, response);
                     });
}

grpc::ServerWriteReactor<grpc::ByteBuffer>* CollectorService::WatchCollections(
    grpc::CallbackServerContext* context, const grpc::ByteBuffer* request) {
  return CollectionStream::Start(core_, *context, *request);
}

}  // namespace heapd::server
