#include "client/heapload/load/call_receiver.h"

#include <optional>

#include "client/heapd/status.h"

namespace heapd::heapload {

namespace {

// Until another attempt in a new workspace.
constexpr absl::Duration kWorkspaceDelay = absl::Milliseconds(50);

}  // namespace

CallReceiver::CallReceiver(const RunClock& clock,
                           const CallReceiverOptions& options,
                           ErrorClasses& classes, Recorder& recorder,
                           grpc::CompletionQueue& queue,
                           AnswerRing<Call>& answers)
    : clock_(clock),
      options_(options),
      classes_(classes),
      recorder_(recorder),
      queue_(queue),
      answers_(answers) {}

void CallReceiver::Run() {
  void* tag = nullptr;
  bool ok = false;
  while (queue_.Next(&tag, &ok)) {
    const Nanos now = clock_.Now();
    Finish(*static_cast<Call*>(tag), now);
  }
}

void CallReceiver::Finish(Call& call, Nanos now) {
  if (call.status.ok()) {
    call.outcome = Call::Outcome::kOk;
    const Nanos latency = now - call.intended.start;
    recorder_.Record(call.intended, [&](CallTally& tally) {
      tally.CountOk(latency, call.memo.operation_count);
    });
  } else if (const absl::Status status = client::ToAbslStatus(call.status);
             WillRetry(call, status, now)) {
    call.outcome = Call::Outcome::kRetry;
    recorder_.Record(call.intended,
                     [](CallTally& tally) { tally.CountRetry(); });
  } else {
    call.outcome = Call::Outcome::kFailed;
    call.failure = DescribeFailure(status);
    const size_t error_class = classes_.IndexOf(call.failure.error_class);
    recorder_.Record(call.intended, [&](CallTally& tally) {
      tally.CountError(error_class, call.failure.refusal);
    });
  }
  answers_.Push(&call);
}

std::optional<absl::Duration> CallReceiver::RetryDelay(
    const Call& call, const absl::Status& status, Nanos now) {
  const absl::Duration time_left = absl::Nanoseconds(call.deadline - now);
  if (call.lost_workspace) {
    if (call.attempt >= options_.retry.max_attempts ||
        time_left <= kWorkspaceDelay) {
      return std::nullopt;
    }
    return kWorkspaceDelay;
  }
  // Safe: the request has an id.
  return client::NextRetryDelay(options_.retry, status, call.attempt,
                                client::Repeat::kSafe, time_left, random_);
}

bool CallReceiver::WillRetry(Call& call, const absl::Status& status,
                             Nanos now) {
  call.lost_workspace =
      options_.recreate && IsLostWorkspace(client::ErrorReason(status));
  const std::optional<absl::Duration> delay = RetryDelay(call, status, now);
  if (!delay.has_value()) return false;
  call.retry_at = now + absl::ToInt64Nanoseconds(*delay);
  return true;
}

}  // namespace heapd::heapload
