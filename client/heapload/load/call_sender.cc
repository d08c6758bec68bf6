#include "client/heapload/load/call_sender.h"

#include <algorithm>
#include <random>
#include <utility>

#include "absl/strings/str_cat.h"
#include "client/heapd/heap_metadata.h"

namespace heapd::heapload {
namespace {

// How soon a stop is noticed.
constexpr Nanos kLongestSleep = 20'000'000;
// How soon a call that is to be tried again is noticed.
constexpr Nanos kRetryPoll = 1'000'000;
// How soon a new workspace is noticed.
constexpr Nanos kWorkspacePoll = 20'000'000;
// The part of its deadline by which a call may be late. A sender that cannot
// keep up falls behind until it gives calls up; if it did so at their deadline,
// all that it sent would have no time left, and a daemon that answers
// everything in time would seem to answer nothing.
constexpr Nanos kLatestShare = 4;
// Waiting for the last answers.
constexpr Nanos kDrainPoll = 200'000;

// Ids of different runs must not meet: the daemon would take the calls of one
// for retries of the other's.
std::string RandomPrefix() {
  std::random_device device;
  return absl::StrCat("load-", absl::Hex(device(), absl::kZeroPad8),
                      absl::Hex(device(), absl::kZeroPad8), "-");
}

}  // namespace

CallSender::CallSender(CallSenderOptions options, const RunClock& clock,
                       const Schedule& schedule,
                       std::vector<v1::ObjectService::Stub*> stubs,
                       Profile& profile, WorkspaceKeeper& keeper,
                       Recorder& recorder, grpc::CompletionQueue& queue,
                       AnswerRing<Call>& answers)
    : options_(std::move(options)),
      clock_(clock),
      cursor_(schedule),
      stubs_(std::move(stubs)),
      profile_(profile),
      keeper_(keeper),
      recorder_(recorder),
      queue_(queue),
      answers_(answers),
      request_id_prefix_(RandomPrefix()),
      session_(profile.session().value()) {
  request_.set_heap(options_.heap);
}

void CallSender::Run(const std::atomic<bool>& stop) {
  SleepPrecisely();
  while (const std::optional<IntendedCall> call = Next()) {
    // Release: pairs with current_interval(); what was counted in the interval
    // before is seen.
    current_interval_.store(recorder_.shape().IntervalOf(call->start),
                            std::memory_order_release);
    if (!WaitUntil(call->start, stop)) {
      GiveUpDue(*call, clock_.Now());
      break;
    }
    Start(*call);
  }
  stopped_at_ = clock_.Now();
  current_interval_.store(recorder_.shape().interval_count,
                          std::memory_order_release);
  WaitForAnswers();
  queue_.Shutdown();
}

std::optional<IntendedCall> CallSender::Next() {
  while (const std::optional<IntendedCall> call = cursor_.Next()) {
    if (next_call_++ % options_.worker_count == options_.worker) return call;
  }
  return std::nullopt;
}

bool CallSender::WaitUntil(Nanos start, const std::atomic<bool>& stop) {
  while (!stop.load(std::memory_order_relaxed)) {
    const Nanos now = clock_.Now();
    if (now >= start) return true;
    Nanos until = std::min(start, now + kLongestSleep);
    if (options_.retries) {
      TakeAnswers();
      SendRetries();
      until = std::min(until, now + kRetryPoll);
    }
    clock_.SleepUntil(until);
  }
  return false;
}

void CallSender::GiveUpDue(IntendedCall call, Nanos now) {
  std::optional<IntendedCall> due = call;
  while (due.has_value() && due->start <= now) {
    recorder_.Record(*due, [](CallTally& tally) {
      tally.CountIntended();
      tally.CountUnsent();
    });
    due = Next();
  }
}

void CallSender::Start(const IntendedCall& intended) {
  TakeAnswers();
  SendRetries();
  TakeWorkspace();
  recorder_.Record(intended, [](CallTally& tally) { tally.CountIntended(); });
  const Nanos deadline = intended.start + options_.deadline;
  if (clock_.Now() >= intended.start + options_.deadline / kLatestShare) {
    recorder_.Record(intended, [](CallTally& tally) {
      tally.CountError(ErrorClasses::kExpiredUnsentIndex, Refusal::kNone);
    });
    return;
  }
  Call* const call = TakeCall();
  if (call == nullptr) {
    recorder_.Record(intended, [](CallTally& tally) { tally.CountUnsent(); });
    return;
  }
  call->intended = intended;
  call->deadline = deadline;
  call->attempt = 1;
  call->lost_workspace = false;
  const v1::ApplyRequest& request = MakeRequest(*call);
  lag_.Record(clock_.Now() - intended.start);
  Send(*call, request);
}

Call* CallSender::TakeCall() {
  if (in_flight_ == options_.max_in_flight) return nullptr;
  ++in_flight_;
  if (idle_calls_.empty()) {
    calls_.push_back(std::make_unique<Call>());
    calls_.back()->request.set_heap(options_.heap);
    return calls_.back().get();
  }
  Call* const call = idle_calls_.back();
  idle_calls_.pop_back();
  return call;
}

const v1::ApplyRequest& CallSender::MakeRequest(Call& call) {
  v1::ApplyRequest& request = options_.retries ? call.request : request_;
  profile_.MakeBatch(batch_, call.memo);
  batch_.TakeInto(*request.mutable_batch());
  request.set_session(session_);
  call.session = session_;
  if (options_.retries) {
    request.set_request_id(
        absl::StrCat(request_id_prefix_, absl::Hex(++next_request_)));
  }
  return request;
}

void CallSender::Send(Call& call, const v1::ApplyRequest& request) {
  v1::ObjectService::Stub& stub = *stubs_[next_stub_];
  next_stub_ = (next_stub_ + 1) % stubs_.size();
  call.reader.reset();  // before the context that it uses
  call.context.emplace();
  call.context->set_deadline(clock_.ToDeadline(call.deadline));
  client::NameHeap(options_.heap, *call.context);
  call.reader = stub.AsyncApply(&*call.context, request, &queue_);
  call.reader->Finish(&call.response, &call.status, &call);
}

void CallSender::TakeAnswers() {
  while (Call* const call = answers_.Pop()) TakeAnswer(*call);
}

void CallSender::TakeAnswer(Call& call) {
  if (call.outcome == Call::Outcome::kRetry) {
    if (call.lost_workspace) AskForWorkspace(call);
    retries_.push(&call);
    return;
  }
  if (call.outcome == Call::Outcome::kOk) {
    profile_.OnApplied(call.memo, call.response.result());
  } else {
    profile_.OnFailed(call.memo, call.failure);
    // A heap that is not to be made anew stays lost.
    if (call.failure.error_class == "SESSION_EXPIRED" ||
        (options_.recreate && IsLostWorkspace(call.failure.error_class))) {
      AskForWorkspace(call);
    }
  }
  --in_flight_;
  idle_calls_.push_back(&call);
}

void CallSender::AskForWorkspace(const Call& call) {
  if (call.session != session_ || waits_for_workspace_) return;
  keeper_.Renew(options_.worker);
  waits_for_workspace_ = true;
}

void CallSender::TakeWorkspace() {
  if (!waits_for_workspace_) return;
  const std::optional<Workspace> workspace = keeper_.Take(options_.worker);
  if (!workspace.has_value()) return;
  profile_.Begin(*workspace);
  session_ = workspace->session.value();
  waits_for_workspace_ = false;
}

void CallSender::SendRetries() {
  while (!retries_.empty() && retries_.top()->retry_at <= clock_.Now()) {
    Call* const call = retries_.top();
    retries_.pop();
    if (call->lost_workspace && !Remake(*call)) continue;
    ++call->attempt;
    Send(*call, call->request);
  }
}

bool CallSender::Remake(Call& call) {
  TakeWorkspace();
  const Nanos now = clock_.Now();
  if (!waits_for_workspace_) {
    call.lost_workspace = false;
    MakeRequest(call);
  } else if (now < call.deadline) {
    call.retry_at = now + kWorkspacePoll;
    retries_.push(&call);
    return false;
  }
  // One whose time is over is sent as it is, to end as such calls end.
  return true;
}

void CallSender::WaitForAnswers() {
  // Ends: every call has a deadline.
  while (true) {
    TakeAnswers();
    SendRetries();
    if (in_flight_ == 0) return;
    clock_.SleepUntil(clock_.Now() + kDrainPoll);
  }
}

}  // namespace heapd::heapload
