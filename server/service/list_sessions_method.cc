#include "server/service/list_sessions_method.h"

#include <memory>
#include <string>
#include <vector>

#include "heap/base/status_macros.h"
#include "heap/hold/session_survey.h"
#include "server/host/heap_call.h"
#include "server/host/hosted_heap.h"
#include "server/service/convert.h"
#include "server/service/page.h"

namespace heapd::server {
namespace {

constexpr size_t kDefaultCount = 20;
constexpr size_t kMaxCount = 1000;
// Holds and sessions that are looked at with the lane: each can miss the cache
// a few times.
constexpr size_t kStepCount = 1000;

void AddRow(const SessionHolds& row, const HeapAccess& access,
            v1::ListSessionsResponse* response) {
  const absl::Time end = access.leases.EndOf(row.session);
  // Closed since it was looked at.
  if (end == absl::InfinitePast()) return;
  v1::SessionHolds* const message = response->add_sessions();
  message->set_session(row.session);
  message->set_label(row.label);
  message->set_tag(std::string(access.heap.TagText(row.tag)));
  message->set_scope_count(static_cast<uint32_t>(row.scope_count));
  message->set_hold_count(row.hold_count);
  message->set_held_bytes(row.held_bytes);
  *message->mutable_expire_time() = ToMessage(end);
}

}  // namespace

absl::Status SurveySessions(const ServiceCore& core,
                            const v1::ListSessionsRequest& request,
                            absl::Time deadline,
                            v1::ListSessionsResponse* response) {
  HEAPD_ASSIGN_OR_RETURN(
      const size_t max_rows,
      AnswerCount(request.max_session_count(), "max_session_count",
                  kDefaultCount, kMaxCount));
  HEAPD_ASSIGN_OR_RETURN(const auto hosted,
                         core.registry->Find(request.heap()));
  CallTerms terms;
  terms.deadline = deadline;
  SessionSurvey survey(max_rows);
  for (bool over = false; !over;) {
    HEAPD_RETURN_IF_ERROR(
        RunAndWait(hosted, terms, nullptr, [&](HeapAccess& access) {
          over = access.heap.SurveySessions(&survey, kStepCount);
          return absl::OkStatus();
        }));
  }
  const std::vector<SessionHolds> rows = survey.TakeRows();
  return RunAndWait(hosted, terms, nullptr, [&](HeapAccess& access) {
    for (const SessionHolds& row : rows) AddRow(row, access, response);
    response->set_session_count(access.heap.session_count());
    return absl::OkStatus();
  });
}

}  // namespace heapd::server
