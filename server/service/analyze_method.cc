#include "server/service/analyze_method.h"

#include <memory>

#include "heap/base/error.h"
#include "heap/base/status_macros.h"
#include "heap/base/utf8.h"
#include "heap/snapshot/graph_analysis.h"
#include "server/base/reasons.h"
#include "server/base/retry_delay.h"
#include "server/host/take_snapshot.h"
#include "server/service/page.h"
#include "server/storage/spill_file.h"

namespace heapd::server {
namespace {

constexpr size_t kDefaultCount = 20;
constexpr size_t kMaxCount = 1000;
// A heap of a million objects takes about two seconds.
constexpr absl::Duration kRetryDelay = absl::Seconds(2);

absl::Status Running() {
  return WithRetryDelay(
      MakeError(absl::StatusCode::kResourceExhausted, reason::kAnalysisRunning,
                "another analysis runs, and there is memory for one at a time"),
      kRetryDelay);
}

void ToMessage(const GraphAnalysis& analysis,
               v1::AnalyzeHeapResponse* response) {
  for (const GraphAnalysis::Group& row : analysis.classes) {
    v1::RetainingClass* const message = response->add_classes();
    message->set_class_name(ReplaceBadUtf8(row.name));
    message->set_object_count(row.count);
    message->set_self_size_bytes(row.self_size);
    message->set_retained_size_bytes(row.retained_size);
  }
  for (const GraphAnalysis::Group& row : analysis.tags) {
    v1::RetainingTag* const message = response->add_tags();
    message->set_tag(row.name);
    message->set_object_count(row.count);
    message->set_self_size_bytes(row.self_size);
    message->set_retained_size_bytes(row.retained_size);
  }
  for (const GraphAnalysis::Object& row : analysis.objects) {
    v1::RetainingObject* const message = response->add_objects();
    message->set_ref(row.ref.bits());
    message->set_class_name(ReplaceBadUtf8(row.class_name));
    message->set_tag(row.tag);
    message->set_self_size_bytes(row.self_size);
    message->set_retained_size_bytes(row.retained_size);
  }
  response->set_class_count(analysis.class_count);
  response->set_tag_count(analysis.tag_count);
  response->set_object_count(analysis.object_count);
  response->set_total_self_size_bytes(analysis.total_self_size);
}

}  // namespace

absl::Status RunAnalysis(const ServiceCore& core,
                         const v1::AnalyzeHeapRequest& request,
                         absl::Time deadline,
                         v1::AnalyzeHeapResponse* response) {
  AnalysisOptions options;
  HEAPD_ASSIGN_OR_RETURN(
      options.max_classes,
      AnswerCount(request.max_class_count(), "max_class_count", kDefaultCount,
                  kMaxCount));
  HEAPD_ASSIGN_OR_RETURN(
      options.max_objects,
      AnswerCount(request.max_object_count(), "max_object_count", kDefaultCount,
                  kMaxCount));
  options.class_name = request.class_name();
  options.tag = request.tag();
  HEAPD_ASSIGN_OR_RETURN(const auto hosted,
                         core.registry->Find(request.heap()));
  WatcherSlot slot;
  if (!slot.Take(core.analyses, 1).ok()) return Running();
  HEAPD_ASSIGN_OR_RETURN(const std::unique_ptr<SpillFile> spill,
                         SpillFile::Create(core.spill_directory));
  MajorCollections collections(hosted.get());
  HEAPD_ASSIGN_OR_RETURN(const std::shared_ptr<SnapshotCapture> capture,
                         ReadGraph(hosted, SnapshotOptions(), deadline,
                                   spill.get(), &collections));
  HEAPD_ASSIGN_OR_RETURN(const GraphAnalysis analysis,
                         AnalyzeCapturedGraph(*capture, spill.get(), options,
                                              &core.registry->budget()));
  ToMessage(analysis, response);
  return absl::OkStatus();
}

}  // namespace heapd::server
