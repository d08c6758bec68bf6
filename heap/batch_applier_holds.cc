// The operations of a batch on what holds objects: scopes and roots.

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "heap/base/error.h"
#include "heap/batch_applier.h"

namespace heapd {

bool BatchApplier::FindSession() {
  absl::Status status = core_->FindSession(session_id_, &session_);
  return status.ok() || Fail(std::move(status));
}

bool BatchApplier::HoldIfNew(Index index) {
  if (session_->Holds(index)) return true;
  if (!session_->Reserve()) return FailForMemory();
  session_->HoldNew(index);
  undo_.HeldNew(session_);
  return true;
}

bool BatchApplier::Hold() {
  Index index = 0;
  return RequireSession() && NextObject(&index) && HoldIfNew(index);
}

bool BatchApplier::Release() {
  Index index = 0;
  if (!RequireSession() || !NextObject(&index)) return false;
  const size_t position = session_->Release(index);
  if (position == Session::npos) {
    return Fail(MakeError(absl::StatusCode::kFailedPrecondition,
                          reason::kNotHeld,
                          "the session does not hold the object"));
  }
  undo_.Released(session_, index, position);
  core_->may_have_garbage = true;
  return true;
}

bool BatchApplier::Root() {
  absl::string_view name;
  Index index = 0;
  if (!operands_.NextName(&name)) return FailOperand();
  if (!NextObject(&index)) return false;
  Index former = 0;
  absl::Status status = core_->SetRoot(name, index, &former);
  if (!status.ok()) return Fail(std::move(status));
  undo_.Rooted(name, former);
  return true;
}

bool BatchApplier::Unroot() {
  absl::string_view name;
  if (!operands_.NextName(&name)) return FailOperand();
  const Index former = core_->parts.roots.Remove(name);
  if (former == 0) {
    return Fail(
        MakeError(absl::StatusCode::kNotFound, reason::kRootNotFound,
                  absl::StrCat("there is no root named \"", name, "\"")));
  }
  undo_.Unrooted(name, former);
  core_->may_have_garbage = true;
  return true;
}

bool BatchApplier::PushScope() {
  if (!RequireSession()) return false;
  if (!session_->ReserveScope()) return FailForMemory();
  if (!session_->PushScope()) {
    return Fail(MakeError(absl::StatusCode::kResourceExhausted,
                          reason::kScopeCount,
                          "the session has 65,536 scopes, which is the most"));
  }
  undo_.PushedScope(session_);
  return true;
}

bool BatchApplier::PopScope() {
  Index carried = 0;
  if (!RequireSession()) return false;
  if (!operands_.TakeNullRef() && !NextObject(&carried)) return false;
  if (session_->depth() <= 1) {
    return Fail(MakeError(absl::StatusCode::kFailedPrecondition,
                          reason::kLastScope,
                          "the session's first scope ends with the session"));
  }
  std::vector<Index> dropped;
  session_->PopScope(&dropped);
  undo_.PoppedScope(session_, std::move(dropped));
  core_->may_have_garbage = true;
  return carried == 0 || HoldIfNew(carried);
}

}  // namespace heapd
