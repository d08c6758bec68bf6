#include <cstdint>
#include <memory>
#include <utility>

#include "heap/base/status_macros.h"
#include "heap/heap.h"
#include "heap/heap_core.h"
#include "heap/hold/session.h"
#include "heap/hold/session_survey.h"

namespace heapd {

absl::Status Heap::OpenSession(SessionId session, absl::string_view label,
                               absl::string_view tag) {
  HEAPD_ASSIGN_OR_RETURN(const TagId tag_id, core_->parts.types.DefineTag(tag));
  return core_->parts.sessions.Open(session, label, tag_id);
}

ClosedSession::ClosedSession() = default;
ClosedSession::ClosedSession(std::unique_ptr<Session> session)
    : session_(std::move(session)) {}
ClosedSession::ClosedSession(ClosedSession&&) noexcept = default;
ClosedSession& ClosedSession::operator=(ClosedSession&&) noexcept = default;
ClosedSession::~ClosedSession() = default;

bool ClosedSession::is_large() const {
  constexpr uint64_t kLargeBytes = uint64_t{64} << 10;
  return session_ != nullptr && session_->memory_bytes() >= kLargeBytes;
}

absl::Status Heap::CloseSession(SessionId session, ClosedSession* closed) {
  Session* found = nullptr;
  HEAPD_RETURN_IF_ERROR(core_->FindSession(session, &found));
  if (found->hold_count() > 0) core_->may_have_garbage = true;
  ClosedSession memory(core_->parts.sessions.Close(session));
  if (closed != nullptr) *closed = std::move(memory);
  return absl::OkStatus();
}

bool Heap::HasSession(SessionId session) const {
  return core_->parts.sessions.Find(session) != nullptr;
}

absl::StatusOr<uint32_t> Heap::PushScope(SessionId session) {
  Session* found = nullptr;
  HEAPD_RETURN_IF_ERROR(core_->FindSession(session, &found));
  if (!found->ReserveScope()) return core_->account.Exhausted();
  if (!found->PushScope()) {
    return MakeError(absl::StatusCode::kResourceExhausted, reason::kScopeCount,
                     "the session has 65,536 scopes, which is the most");
  }
  return static_cast<uint32_t>(found->depth());
}

absl::StatusOr<uint32_t> Heap::PopScope(SessionId session, Ref carry) {
  Session* found = nullptr;
  HEAPD_RETURN_IF_ERROR(core_->FindSession(session, &found));
  Index carried = 0;
  if (!carry.is_null()) {
    HEAPD_RETURN_IF_ERROR(core_->ResolveAndShade(carry, &carried));
  }
  if (found->depth() <= 1) {
    return MakeError(absl::StatusCode::kFailedPrecondition, reason::kLastScope,
                     "the session's first scope ends with the session");
  }
  if (carried != 0 && !found->Reserve()) {
    return core_->account.Exhausted();
  }
  found->PopScope(nullptr);
  core_->may_have_garbage = true;
  if (carried != 0 && !found->Holds(carried)) found->HoldNew(carried);
  found->Compact();
  return static_cast<uint32_t>(found->depth());
}

absl::Status Heap::Hold(SessionId session, Ref ref) {
  Session* found = nullptr;
  HEAPD_RETURN_IF_ERROR(core_->FindSession(session, &found));
  Index index = 0;
  HEAPD_RETURN_IF_ERROR(core_->ResolveAndShade(ref, &index));
  if (found->Holds(index)) return absl::OkStatus();
  if (!found->Reserve()) return core_->account.Exhausted();
  found->HoldNew(index);
  return absl::OkStatus();
}

absl::Status Heap::Release(SessionId session, Ref ref) {
  Session* found = nullptr;
  HEAPD_RETURN_IF_ERROR(core_->FindSession(session, &found));
  Index index = 0;
  HEAPD_RETURN_IF_ERROR(core_->Resolve(ref, &index));
  if (found->Release(index) == Session::npos) {
    return MakeError(absl::StatusCode::kFailedPrecondition, reason::kNotHeld,
                     "the session does not hold the object");
  }
  core_->may_have_garbage = true;
  found->Compact();
  return absl::OkStatus();
}

bool Heap::SurveySessions(SessionSurvey* survey, size_t count) const {
  return survey->Step(
      core_->parts.sessions,
      [this](Index object) { return core_->SelfSize(object); }, count);
}

}  // namespace heapd
